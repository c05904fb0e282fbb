"""The messages that commits add to their parents' transcripts, read from git's objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha1
from typing import TYPE_CHECKING, NamedTuple

from porcelain.transcript.format_table import format_named
from porcelain.transcript.row import Row
from store.document.row_format import name_at
from store.errors import ObjectError
from store.ids import EMPTY_TREE, BlobId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow
from store.objects.objects import read_blob
from store.tree_layout.layout import message_ids, read_session

if TYPE_CHECKING:
    from store.tree_layout.appended_rows import RowGrowth

_AT_ONCE = 500
_COLUMNS = ", ".join(CommitRow._fields)


class Step(NamedTuple):
    """A commit with its parents; those that are the virtual root are left out.

    `key` is the same for commits that do the same to the same transcripts.
    """

    row: CommitRow
    parents: tuple[CommitRow, ...]

    @property
    def key(self) -> bytes:
        """20 bytes made of the trees."""
        trees = [*(parent.tree for parent in self.parents), self.row.tree]
        return sha1(b"".join(map(bytes.fromhex, trees))).digest()

    @property
    def has_rows(self) -> bool:
        """Whether it may add messages."""
        row = self.row
        if row.problem is not None or row.tree == EMPTY_TREE or not row.rows:
            return False
        return not any(parent.tree == row.tree for parent in self.parents)


def read_steps(index: Index, positions: Sequence[int]) -> Iterator[Step]:
    """Yield commits with their parents, in the order of the positions."""
    for start in range(0, len(positions), _AT_ONCE):
        some = positions[start : start + _AT_ONCE]
        above: dict[int, list[int]] = {}
        sql = "SELECT child, parent FROM edges WHERE child IN ({}) ORDER BY child, ord"
        for child, parent in index.query_among(sql, some):
            above.setdefault(child, []).append(parent)
        wanted = {*some, *(parent for parents in above.values() for parent in parents if parent)}
        sql = f"SELECT {_COLUMNS} FROM commits WHERE pos IN ({{}})"
        rows = {row.pos: row for row in map(CommitRow.of, index.query_among(sql, wanted))}
        for position in some:
            parents = tuple(rows[parent] for parent in above.get(position, ()) if parent)
            yield Step(rows[position], parents)


class AddedRows:
    """Reads the rows that commits add, and each row as its format does."""

    def __init__(self, index: Index) -> None:
        """Read nothing yet."""
        self._reader = index.repository
        self._growth: RowGrowth | None = None

    def of(self, step: Step) -> list[tuple[int, BlobId]]:
        """Return number and blob of each row that a commit adds, numbered as `wj show` does.

        Raises:
            InvalidSession, ObjectError: a transcript cannot be read.
        """
        if not step.has_rows:
            return []
        from store.tree_layout.appended_rows import RowGrowth

        self._growth = self._growth or RowGrowth(self._reader)
        row, rows = step.row, step.row.rows or 0
        parents = [parent for parent in step.parents if parent.rows and not parent.problem]
        if len(step.parents) < 2:
            before = parents[0] if parents else None
            kept = (before.rows or 0) if before else 0
            if kept <= rows:
                tree = before.tree if before else None
                found = self._growth.added(tree, row.tree, (kept, rows))
                if found is not None:
                    return [*enumerate(found, kept + 1)]
        known = {one for parent in parents for one in message_ids(self._reader, parent.tree)}
        numbered = enumerate(message_ids(self._reader, row.tree), 1)
        return [(number, blob) for number, blob in numbered if blob not in known]

    def read(self, row: CommitRow, number: int, blob: BlobId) -> Row | None:
        """Read a row of a commit; None if it is no message, or cannot be read."""
        try:
            name, raw = row.format or "", self._raw(row, number, blob)
            if "+" in name:
                name = name_at(read_session(self._reader, row.tree).format, number - 1)
            found = format_named(name).read_row(raw)
        except Exception:  # noqa: BLE001 - `wj show` says why it cannot be read
            return None
        return found if found.role is not None else None

    def _raw(self, row: CommitRow, number: int, blob: BlobId) -> bytes:
        try:
            return read_blob(self._reader, blob)
        except ObjectError:
            # In the single-file layout a message is no object of its own.
            return read_session(self._reader, row.tree).messages[number - 1].raw
