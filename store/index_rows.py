"""Rows of the commit index: read from git parents first, inserted with their facts.

Text comes from anybody's repository: what sqlite cannot hold (half surrogate pairs, numbers
past 64 bits) is made to fit, so that one strange commit never stops a listing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from store.commit import Commit, read_commit
from store.errors import InvalidSession, ObjectError
from store.ids import BlobId, CommitId, TreeId
from store.layout import Facts, digest_chain, read_facts, transcript_digest
from store.objects import Kind, ObjectReader
from store.row_growth import RowGrowth
from store.session import commit_message

HEADER = "change-id"  # the one header that listings ask for; its meaning is porcelain's
_INSERT = (
    "INSERT OR IGNORE INTO commits (id, tree, generation, time, header, subject, session, model, "
    "title, format, rows, messages, digest, empty, generated, problem) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MOST_KEPT = 1024
_SMALL = 1 << 16


class Growth(NamedTuple):
    """What is known of a commit that was just written: its parent's rows, and some more."""

    facts: Facts
    added: tuple[BlobId, ...]


def read_pending(
    reader: ObjectReader, wanted: Iterable[CommitId], position: Callable[[str], int | None]
) -> Iterator[tuple[CommitId, Commit]]:
    """Yield the commits that have no position yet, parents first, else oldest first.

    Raises:
        ObjectNotFound, CorruptObject, WrongObjectKind: before the first is yielded.
    """
    commits: dict[CommitId, Commit] = {}
    stack = list(wanted)
    while stack:
        commit_id = stack.pop()
        if commit_id not in commits and position(commit_id) is None:
            commits[commit_id] = read_commit(reader, commit_id)
            stack += commits[commit_id].parents
    children: dict[CommitId, list[CommitId]] = {}
    missing: dict[CommitId, int] = {}
    for commit_id, commit in commits.items():
        inside = {parent for parent in commit.parents if parent in commits}
        missing[commit_id] = len(inside)
        for parent in inside:
            children.setdefault(parent, []).append(commit_id)
    ready = [(commits[c].committer.time, c) for c, count in missing.items() if not count]
    heapify(ready)
    while ready:
        _, commit_id = heappop(ready)
        yield commit_id, commits[commit_id]
        for child in children.get(commit_id, ()):
            missing[child] -= 1
            if not missing[child]:
                heappush(ready, (commits[child].committer.time, child))


class RowWriter:
    """Inserts commits; remembers the objects of the last ones, whose children come next."""

    def __init__(self, reader: ObjectReader, connection: sqlite3.Connection) -> None:
        """Read objects from `reader`, inside a write transaction."""
        self._reader = _Remembering(reader)
        self._growth = RowGrowth(self._reader)
        self._connection = connection
        self._last: dict[CommitId, _Parent] = {}

    def insert(self, commit_id: CommitId, commit: Commit, growth: Growth | None = None) -> None:
        """Add one commit whose parents are all there.

        `growth` spares looking at its objects where the writer knows what they hold.
        """
        parents = [self._parent(parent) for parent in commit.parents]
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
        position = _insert(self._connection, commit_id, commit, facts, (digest, problem), parents)
        if position is not None:
            if len(self._last) >= _MOST_KEPT:
                self._last.clear()
            generation = 1 + max((parent.generation for parent in parents), default=0)
            rows = facts.rows if facts is not None else None
            self._last[commit_id] = _Parent(position, generation, commit.tree, rows, digest)

    def _parent(self, parent: CommitId) -> _Parent:
        known = self._last.get(parent)
        if known is not None:
            return known
        row = self._connection.execute(
            "SELECT pos, generation, tree, rows, digest FROM commits WHERE id = ?",
            (bytes.fromhex(parent),),
        ).fetchone()
        return _Parent(row[0], row[1], TreeId(row[2].hex()), row[3], row[4])

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
    facts: Facts | None,
    found: tuple[bytes | None, str | None],
    parents: list[_Parent],
) -> int | None:
    """Insert a row and its links; return its position, None if it was there."""
    digest, problem = found
    subject = commit.message.partition("\n")[0]
    generated = facts is not None and commit.message.rstrip("\n") == commit_message(
        facts.id, facts.prompt
    )
    empty = digest is not None and _adds_nothing(digest, facts, parents)
    header = commit.header(HEADER)
    columns = (
        *(_text(facts.id), _text(facts.model), _text(facts.title), _text(_format_text(facts))),
        *(_fit(facts.rows), _fit(facts.message_count)),
    ) if facts is not None else (None,) * 6  # fmt: skip
    cursor = connection.execute(
        _INSERT,
        (
            bytes.fromhex(commit_id),
            bytes.fromhex(commit.tree),
            1 + max((parent.generation for parent in parents), default=0),
            _fit(commit.author.time),
            None if header is None else _text(header),
            _text(subject),
            *columns,
            digest,
            empty,
            generated,
            problem,
        ),
    )
    if not cursor.rowcount:
        return None
    edges = [(parent.pos, cursor.lastrowid, place) for place, parent in enumerate(parents)]
    connection.executemany(
        "INSERT OR IGNORE INTO edges VALUES (?, ?, ?)", edges or [(0, cursor.lastrowid, 0)]
    )
    return cursor.lastrowid


def _adds_nothing(digest: bytes, facts: Facts | None, parents: list[_Parent]) -> bool:
    if not parents:
        return facts is not None and facts.rows == 0
    return any(parent.digest == digest for parent in parents)


def _format_text(facts: Facts) -> str:
    if isinstance(facts.format, str):
        return facts.format
    return "+".join(dict.fromkeys(name for name, _ in facts.format))


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _fit(number: int) -> int:
    return max(-(2**63), min(number, 2**63 - 1))
