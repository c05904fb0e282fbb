"""Compare refs with the view: which refs a view exports, and which refs were moved outside.

`refs/wj/op` is authoritative; the session, tag and remote refs are exported from its view. No
journal is needed to tell an outside change from an unfinished export. If a ref differs from the
head view but equals the view of an operation since the last exported one, the export is
unfinished; otherwise the ref was moved outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from porcelain.errors import CorruptOperation
from porcelain.index.exported_refs import exported_value, first_side
from porcelain.index.view_rows import get_row, part_rows
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, decode_operation
from porcelain.model.operation_store import read_operation
from porcelain.model.view import Roots, read_roots, readable_values
from porcelain.model.view_merge import IsAncestor, merge_value
from porcelain.model.view_value import REMOTES, SESSIONS, TAGS
from store.errors import ObjectError
from store.ids import CommitId, RefName
from store.index.commit_index import Index
from store.objects.objects import ObjectReader


class OutsideMove(NamedTuple):
    """A ref that was moved outside: its value in our view, its commit now, its exported value.

    `ours` and `base` are values of the view.
    """

    part: str
    key: str
    ours: str | None
    theirs: CommitId | None
    base: str | None

    def merged(self, theirs: CommitId | None, is_ancestor: IsAncestor) -> str | None:
        """Return the value of the name when the ref was moved to `theirs`."""
        text: str | None = theirs
        if theirs is not None and self.part.startswith(REMOTES):
            text = f"{(self.ours or self.base or 'untracked').partition(' ')[0]} {theirs}"
        merged = merge_value(self.part, self.base, self.ours, text, is_ancestor)
        if self.ours is None or merged is None or text is None or self.base is None:
            return merged
        # The exported side of a conflict stays in its place, so that the ref keeps showing it.
        terms = self.ours.split(" ")
        if len(merged.split(" ")) == len(terms) and self.base in terms[::2]:
            terms[terms.index(self.base)] = text
            return " ".join(terms)
        return merged


def ref_of(part: str, key: str) -> RefName | None:
    """Return the ref that exports a name of the view; None for parts without refs."""
    if part in (SESSIONS, TAGS) or part.startswith(REMOTES):
        return RefName(f"refs/{part}/{key}")
    return None


def name_of(ref: str) -> tuple[str, str] | None:
    """Return the (part, key) that a ref exports; None for other refs."""
    for part in (SESSIONS, TAGS):
        if ref.startswith(f"refs/{part}/"):
            return part, ref[len(part) + 6 :]
    if ref.startswith("refs/remotes/"):
        for part in (SESSIONS, TAGS):
            remote, middle, key = ref[len("refs/remotes/") :].partition(f"/{part}/")
            if middle:
                return f"{REMOTES}{remote}/{part}", key
    return None


def exported_text(text: str | None) -> str | None:
    """Return a value of the view as its ref shows it."""
    side = first_side(text)
    if text is None or side is None:
        return None
    state, space, _ = text.partition(" ")
    return f"{state} {side}" if space and state in ("tracked", "untracked") else side


def differing_refs(index: Index, touched: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the (part, key) of the refs that differ from the view.

    Only names that changed in the view, refs that moved, and refs that differed last time are
    compared, so the cost does not depend on the number of names.
    """
    names: set[tuple[str, str]] = set()
    with index.writing() as connection:
        for (ref,) in connection.execute("SELECT name FROM moved UNION SELECT name FROM unsettled"):
            name = name_of(ref)
            if name is not None:
                names.update(with_neighbours(index, *name))
        for part, key in touched:
            if ref_of(part, key) is not None:
                names.update(with_neighbours(index, part, key))
        connection.execute("DELETE FROM moved")
        connection.execute("DELETE FROM unsettled")
        differing = [name for name in sorted(names) if _differs(index, *name)]
        connection.executemany(
            "INSERT INTO unsettled VALUES (?)", [(ref_of(*name),) for name in differing]
        )
    return differing


def _differs(index: Index, part: str, key: str) -> bool:
    sql = "SELECT commits.id FROM refs LEFT JOIN commits USING (pos) WHERE name = ?"
    rows = index.query(sql, (ref_of(part, key),))
    if rows and rows[0][0] is None:
        return False  # unreadable or no commit: reported elsewhere, not deleted
    return (rows[0][0].hex() if rows else None) != exported_value(index, part, key)


def actual(index: Index, part: str, key: str) -> CommitId | None:
    """Return the commit of a name's ref, annotated tags peeled; None if there is none."""
    rows = index.query(
        "SELECT commits.id FROM refs JOIN commits ON commits.pos = refs.pos WHERE name = ?",
        (ref_of(part, key),),
    )
    return CommitId(rows[0][0].hex()) if rows else None


def outside_moves(
    index: Index,
    reader: ObjectReader,
    differing: list[tuple[str, str]],
    head: OperationId,
    exported: OperationId,
) -> list[OutsideMove]:
    """Return the differing refs that were moved outside; the others are unfinished exports."""
    if not differing:
        return []
    chain = _chain(index, head, exported)
    views = list(_views(reader, chain))
    moves = []
    for part, key in differing:
        theirs = actual(index, part, key)
        values = [readable_values(reader, roots, part, [key]).get(key) for roots in views]
        if len(chain) > 1 and any(first_side(value) == theirs for value in values):
            continue
        if theirs is None and _is_unexportable(index, part, key):
            continue
        base = exported_text(values[-1])
        moves.append(OutsideMove(part, key, get_row(index, part, key), theirs, base))
    return moves


def _views(reader: ObjectReader, chain: list[OperationId]) -> Iterator[Roots]:
    """Yield the views of operations, the head's first; unreadable older ones are left out."""
    for operation_id in chain:
        try:
            yield read_roots(reader, read_operation(reader, operation_id).view, operation_id)
        except (CorruptOperation, ObjectError):
            if operation_id == chain[0]:
                raise


def _is_unexportable(index: Index, part: str, key: str) -> bool:
    return get_row(index, part, key) is not None and exported_value(index, part, key) is None


def _chain(index: Index, head: OperationId, exported: OperationId) -> list[OperationId]:
    """Return the operations from the head back to the exported one; the head if it is not found."""
    found = [head]
    while found[-1] not in (exported, ROOT_OPERATION):
        rows = index.query("SELECT data FROM operations WHERE id = ?", (found[-1],))
        if not rows:
            break
        found.append((*decode_operation(rows[0][0], found[-1]).parents, ROOT_OPERATION)[0])
    return found if found[-1] == exported else [head]


def with_neighbours(index: Index, part: str, key: str) -> list[tuple[str, str]]:
    """Return a name and the names whose export may depend on it."""
    below = [(part, other) for other, _ in part_rows(index, part, f"{key}/")]
    return [(part, key), *below]
