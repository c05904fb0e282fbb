"""Rows of the commit index: read from git parents first, inserted with their facts.

Text comes from anybody's repository: what sqlite cannot hold (half surrogate pairs, numbers
past 64 bits) is made to fit, so that one strange commit never stops a listing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from store.document.headline import commit_message
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.merge.conflicts import read_conflicts
from store.merge.merge_parents import merged_tree
from store.objects.commit import Commit, read_commit
from store.objects.objects import Kind, ObjectReader, Scratch
from store.objects.tree import read_tree
from store.tree_layout.appended_rows import RowGrowth
from store.tree_layout.conflict_tree import conflicts_in
from store.tree_layout.facts import Facts, read_facts
from store.tree_layout.layout import transcript_digest
from store.tree_layout.message_tree import digest_chain

if TYPE_CHECKING:
    from store.tree_layout.append import Growth

HEADER = "change-id"  # the one header that listings ask for; its meaning is porcelain's
_INSERT = (
    "INSERT OR IGNORE INTO commits (id, tree, generation, time, header, subject, session, model, "
    "title, format, rows, messages, digest, empty, generated, problem, conflict) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TWINS = (
    "SELECT id, tree, subject, session, model, title, format, rows, messages, digest, generated "
    "FROM commits "
    "WHERE id IN ({}) AND problem IS NULL AND digest IS NOT NULL AND conflict = 0"
)
_AT_ONCE = 500
_MOST_KEPT = 1024
_SMALL = 1 << 16


Likeness = Mapping[CommitId, Sequence[CommitId]]
"""Commits to others that may hold the same transcript."""


def read_pending(
    reader: ObjectReader,
    wanted: Iterable[CommitId],
    position: Callable[[str], int | None],
    read: Mapping[CommitId, Commit] | None = None,
) -> Iterator[tuple[CommitId, Commit]]:
    """Yield the commits that have no position yet, parents first, else oldest first.

    Those in `read` are not read again; then `wanted` is the order of what is in no line.

    Raises:
        ObjectNotFound, CorruptObject, WrongObjectKind: before the first is yielded.
    """
    commits: dict[CommitId, Commit] = {}
    rank = {commit_id: number for number, commit_id in enumerate(wanted)}
    stack = list(rank)
    while stack:
        commit_id = stack.pop()
        if commit_id not in commits and position(commit_id) is None:
            found = read.get(commit_id) if read else None
            commits[commit_id] = found or read_commit(reader, commit_id)
            stack += commits[commit_id].parents
    children: dict[CommitId, list[CommitId]] = {}
    missing: dict[CommitId, int] = {}
    for commit_id, commit in commits.items():
        inside = {parent for parent in commit.parents if parent in commits}
        missing[commit_id] = len(inside)
        for parent in inside:
            children.setdefault(parent, []).append(commit_id)

    def entry(commit_id: CommitId) -> tuple[int, int, CommitId]:
        time = 0 if read else commits[commit_id].committer.time
        return time, rank.get(commit_id, len(rank)), commit_id

    ready = [entry(commit_id) for commit_id, count in missing.items() if not count]
    heapify(ready)
    while ready:
        commit_id = heappop(ready)[-1]
        yield commit_id, commits[commit_id]
        for child in children.get(commit_id, ()):
            missing[child] -= 1
            if not missing[child]:
                heappush(ready, entry(child))


class RowWriter:
    """Inserts commits; remembers the objects of the last ones, whose children come next."""

    def __init__(
        self, reader: ObjectReader, connection: sqlite3.Connection, like: Likeness | None = None
    ) -> None:
        """Read objects from `reader`, inside a write transaction.

        `like` maps commits to others, of which those with the same transcript tell their facts.
        """
        self._reader = _Remembering(reader)
        self._growth = RowGrowth(self._reader)
        self._connection = connection
        self._last: dict[CommitId, _Parent] = {}
        self._like = like or {}
        self._twins: dict[bytes, tuple[object, ...]] = {}

    def insert(self, commit_id: CommitId, commit: Commit, growth: Growth | None = None) -> None:
        """Add one commit whose parents are all there.

        `growth` spares looking at its objects where the writer knows what they hold.
        """
        parents = [self._parent(parent) for parent in commit.parents]
        if self._like and self._insert_like(commit_id, commit, parents):
            return
        facts: Facts | None = None
        digest: bytes | None = None
        problem: str | None = None
        try:
            if growth is not None:
                facts, digest = growth.facts, _grown(growth, parents)
            facts = facts or read_facts(self._reader, commit.tree)
            digest = digest or self._digest(commit.tree, facts, parents)
        except (InvalidSession, ObjectError, RecursionError, OverflowError) as error:
            problem = _text(str(error))
        found = _Found(facts, digest, problem, self._conflicts(commit.tree, facts))
        empty = digest is not None and self._adds_nothing(commit, found, parents)
        position = _insert(self._connection, commit_id, commit, found, (empty, parents))
        if position is not None:
            generation = 1 + max((parent.generation for parent in parents), default=0)
            rows = facts.rows if facts is not None else None
            known = (commit.tree, rows, digest, found.conflicts is not None)
            self._remember(commit_id, _Parent(position, generation, *known))

    def _insert_like(self, commit_id: CommitId, commit: Commit, parents: list[_Parent]) -> bool:
        """Add a commit with the facts of one that holds the same; tell whether there is one."""
        if len(parents) > 1:
            return False
        for other in self._like.get(commit_id, ()):
            twin = self._twin(other, commit)
            if twin is None:
                continue
            empty = (
                parents[0].digest == twin.digest and not parents[0].conflict
                if parents
                else (twin.rows == 0)
            )
            place = 1 + parents[0].generation if parents else 1
            row = _row(commit_id, commit, place, (*twin[:7], empty, twin.generated, None, False))
            position = _put(self._connection, row, parents)
            if position is not None:
                self._remember(
                    commit_id, _Parent(position, place, commit.tree, twin.rows, twin.digest, False)
                )
            return True
        return False

    def _twin(self, other: CommitId, commit: Commit) -> _Twin | None:
        """Return what the row of another commit says of this one, which holds the same transcript.

        None where it does not, where the message is another one, or where it has to be looked at.
        """
        if not self._twins:
            olds = [old for others in self._like.values() for old in others]
            self._twins.update(_read_twins(self._connection, olds))
        row = self._twins.get(bytes.fromhex(other))
        if row is None:
            row = next((found for _, found in _read_twins(self._connection, [other])), None)
        subject = commit.message.partition("\n")[0]
        if row is None or row[:2] != (bytes.fromhex(commit.tree), _text(subject)):
            return None
        return _Twin(*row[2:]) if commit.message.rstrip("\n") == subject else None  # type: ignore[arg-type]

    def _remember(self, commit_id: CommitId, parent: _Parent) -> None:
        if len(self._last) >= _MOST_KEPT:
            self._last.clear()
        self._last[commit_id] = parent

    def _parent(self, parent: CommitId) -> _Parent:
        known = self._last.get(parent)
        if known is not None:
            return known
        row = self._connection.execute(
            "SELECT pos, generation, tree, rows, digest, conflict FROM commits WHERE id = ?",
            (bytes.fromhex(parent),),
        ).fetchone()
        return _Parent(row[0], row[1], TreeId(row[2].hex()), row[3], row[4], bool(row[5]))

    def _conflicts(self, tree: TreeId, facts: Facts | None) -> TreeId | None:
        """Return the tree of a session's conflicts, where there is one that counts."""
        if facts is None or not facts.conflict:
            return None
        try:
            there = read_conflicts(self._reader, tree)
        except (InvalidSession, ObjectError):
            return None
        return conflicts_in(read_tree(self._reader, tree)) if there else None

    def _adds_nothing(self, commit: Commit, found: _Found, parents: list[_Parent]) -> bool:
        """Tell whether a commit's transcript is its parent's, or what its parents are merged."""
        if not parents:
            return found.facts is not None and found.facts.rows == 0
        if len(parents) == 1 or len({parent.tree for parent in parents}) == 1:
            parent = parents[0]
            return parent.digest == found.digest and self._shares(parent, found.conflicts)
        try:
            scratch = Scratch(self._reader)
            tree = merged_tree(scratch, commit.parents) or EMPTY_TREE
            if found.digest != transcript_digest(scratch, tree):
                return False
            there = conflicts_in(read_tree(scratch, tree)) if tree != EMPTY_TREE else None
        except (InvalidSession, ObjectError, RecursionError, OverflowError):
            return False
        return there == found.conflicts

    def _shares(self, parent: _Parent, conflicts: TreeId | None) -> bool:
        if conflicts is None or not parent.conflict:
            return parent.conflict == (conflicts is not None)
        return conflicts_in(read_tree(self._reader, parent.tree)) == conflicts

    def _digest(self, tree: TreeId, facts: Facts, parents: list[_Parent]) -> bytes:
        for parent in parents:
            if parent.tree == tree and parent.digest is not None:
                return parent.digest
        if facts.layout == "native":
            for parent in parents:
                if parent.digest is None or parent.rows is None or parent.rows > facts.rows:
                    continue
                added = self._growth.added(parent.tree, tree, (parent.rows, facts.rows))
                if added is not None:
                    return _last(digest_chain(added, parent.digest), parent.digest)
            whole = self._growth.added(None, tree, (0, facts.rows))
            if whole is not None:
                return _last(digest_chain(whole), bytes(20))
        return transcript_digest(self._reader, tree, None)


class _Remembering:
    """A reader that keeps the small objects that it read last."""

    def __init__(self, reader: ObjectReader) -> None:
        self._reader = reader
        self._kept: dict[str, tuple[Kind, bytes]] = {}

    def read(self, object_id: str) -> tuple[Kind, bytes]:
        found = self._kept.get(object_id)
        if found is None:
            found = self._reader.read(object_id)
            if len(found[1]) < _SMALL:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[object_id] = found
        return found


class _Parent(NamedTuple):
    pos: int
    generation: int
    tree: TreeId
    rows: int | None
    digest: bytes | None
    conflict: bool


class _Found(NamedTuple):
    """What was read of a commit's session; `conflicts` is the tree of them."""

    facts: Facts | None
    digest: bytes | None
    problem: str | None
    conflicts: TreeId | None


def _grown(growth: Growth, parents: list[_Parent]) -> bytes | None:
    if len(parents) != 1 or parents[0].digest is None or parents[0].rows is None:
        return None
    if parents[0].rows + len(growth.added) != growth.facts.rows:
        return None
    return _last(digest_chain(growth.added, parents[0].digest), parents[0].digest)


def _last(chain: Iterable[bytes], start: bytes) -> bytes:
    digest = start
    for step in chain:
        digest = step
    return digest


def _insert(
    connection: sqlite3.Connection,
    commit_id: CommitId,
    commit: Commit,
    found: _Found,
    placed: tuple[bool, list[_Parent]],
) -> int | None:
    """Insert a row and its links; return its position, None if it was there."""
    facts, digest, problem, conflicts = found
    empty, parents = placed
    generated = facts is not None and commit.message.rstrip("\n") == commit_message(
        facts.id, facts.prompt
    )
    columns = (
        *(_text(facts.id), _text(facts.model), _text(facts.title), _text(_format_text(facts))),
        *(_fit(facts.rows), _fit(facts.message_count)),
    ) if facts is not None else (None,) * 6  # fmt: skip
    generation = 1 + max((parent.generation for parent in parents), default=0)
    more = (*columns, digest, empty, generated, problem, conflicts is not None)
    return _put(connection, _row(commit_id, commit, generation, more), parents)


def _row(
    commit_id: CommitId, commit: Commit, generation: int, facts: tuple[object, ...]
) -> tuple[object, ...]:
    header = commit.header(HEADER)
    return (
        bytes.fromhex(commit_id),
        bytes.fromhex(commit.tree),
        generation,
        _fit(commit.author.time),
        None if header is None else _text(header),
        _text(commit.message.partition("\n")[0]),
        *facts,
    )


def _put(
    connection: sqlite3.Connection, row: tuple[object, ...], parents: list[_Parent]
) -> int | None:
    """Insert a row and its links; return its position, None if it was there."""
    cursor = connection.execute(_INSERT, row)
    if not cursor.rowcount:
        return None
    insert = "INSERT OR IGNORE INTO edges VALUES (?, ?, ?)"
    if not parents:
        connection.execute(insert, (0, cursor.lastrowid, 0))
    for place, parent in enumerate(parents):
        connection.execute(insert, (parent.pos, cursor.lastrowid, place))
    return cursor.lastrowid


class _Twin(NamedTuple):
    """The columns of a row from `session` to `digest`, and whether its message is generated."""

    session: str | None
    model: str | None
    title: str | None
    format: str | None
    rows: int | None
    messages: int | None
    digest: bytes | None
    generated: bool


def _read_twins(
    connection: sqlite3.Connection, others: Sequence[CommitId]
) -> Iterator[tuple[bytes, tuple[object, ...]]]:
    """Yield the rows of commits that can be told without a look at them, by id."""
    for start in range(0, len(others), _AT_ONCE):
        some = [bytes.fromhex(other) for other in others[start : start + _AT_ONCE]]
        for row in connection.execute(_TWINS.format(", ".join("?" * len(some))), some):
            yield row[0], row[1:]


def _format_text(facts: Facts) -> str:
    if isinstance(facts.format, str):
        return facts.format
    return "+".join(dict.fromkeys(name for name, _ in facts.format))


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _fit(number: int) -> int:
    return max(-(2**63), min(number, 2**63 - 1))
