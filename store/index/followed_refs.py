"""The commits that refs hold: found after the refs have moved, and marked as live."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

from store.errors import ObjectError
from store.ids import CommitId
from store.index.database_file import MANY, without_indexes
from store.index.ref_mirror import RefMove, note_moves, put_ref, record_broken
from store.index.ref_stat_cache import real_name
from store.objects.tag import peel_to_commit
from store.repository.ref_name import SESSIONS, fold_name

if TYPE_CHECKING:
    from store.index.reachability import Mark, MarkChange
    from store.objects.objects import ObjectReader
    from store.repository.repository import Repository

_NEW = (
    "INSERT INTO refs (name, folded, id, pos, time) SELECT ?, ?, ?, pos, time FROM commits "
    "WHERE pos = ?"
)
_MOVED = (
    "UPDATE refs SET (pos, time) = (SELECT pos, time FROM commits WHERE pos = ?) WHERE name = ?"
)


class Commits(Protocol):
    """The part of an index that refs are followed in."""

    repository: Repository

    def query_among(self, sql: str, values: Iterable[object]) -> list[Any]:
        """Return all rows of a query in which `{}` stands for a list of values."""
        ...

    def positions(self, commits: Iterable[CommitId]) -> dict[CommitId, int]:
        """Return the positions of those commits that are in the index."""
        ...

    def position(self, commit_id: str) -> int | None:
        """Return a commit's position, or None."""
        ...

    def ensure(self, reader: ObjectReader, ids: Iterable[CommitId]) -> None:
        """Add these commits and their ancestors."""
        ...

    def move_roots(
        self, mark: Mark, added: Collection[int], removed: Collection[int]
    ) -> MarkChange:
        """Add and remove roots of a mark."""
        ...


def follow_moves(
    index: Commits,
    connection: sqlite3.Connection,
    moves: Sequence[RefMove],
    unwritten: Mapping[str, str] | None = None,
) -> None:
    """Bring the commits that refs hold up to date with the refs, inside a write transaction.

    `unwritten` are the refs among them that the mirror lacks, name to id; they are added with
    their commits at once, which takes half as long.
    """
    new_refs = dict(unwritten or {})
    held = "SELECT name, pos FROM roots_of WHERE name IN ({})"
    old = dict(index.query_among(held, [m.name for m in moves if m.name not in new_refs]))
    known = index.positions({CommitId(move.new) for move in moves if move.new is not None})
    new: dict[str, int] = {}
    for move in moves:
        position = known.get(CommitId(move.new or ""))
        if position is None and move.new is not None:
            if new_refs.pop(move.name, None) is not None:
                put_ref(connection, real_name(move.name), move.new)
            position = _locate(index, connection, move)
        if position is not None:
            new[move.name] = position
    _write_refs(connection, new, new_refs)
    # A ref that could not be read had no id. If it is gone now, that is a move as well.
    moved = [
        (move.name,)
        for move in moves
        if move.new is None or move.old != move.new or old.get(move.name) != new.get(move.name)
    ]
    note_moves(connection, moved, moves)
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    gone = [(name,) for name in changed if name not in new]
    connection.executemany("DELETE FROM roots_of WHERE name = ?", gone)
    roots = [(name, new[name]) for name in changed if name in new]
    connection.executemany("REPLACE INTO roots_of VALUES (?, ?)", roots)
    index.move_roots(
        "live", [at for _, at in roots], [old[name] for name in changed if name in old]
    )


def _write_refs(
    connection: sqlite3.Connection, new: Mapping[str, int], new_refs: Mapping[str, str]
) -> None:
    there = [(position, name) for name, position in new.items() if name not in new_refs]
    connection.executemany(_MOVED, there)
    rows = [(name, fold_name(name), one, new[name]) for name, one in new_refs.items()]
    with ExitStack() as stack:
        if len(rows) >= MANY:
            more = "SELECT 1 FROM refs LIMIT 1 OFFSET ?"
            if not connection.execute(more, (len(rows),)).fetchone():
                stack.enter_context(without_indexes(connection, "refs"))
        connection.executemany(_NEW, rows)


def _locate(index: Commits, connection: sqlite3.Connection, move: RefMove) -> int | None:
    """Return the position of the commit that a ref names, adding it to the index."""
    try:
        commit_id = peel_to_commit(index.repository, move.new or "")
        if commit_id is not None:
            index.ensure(index.repository, [commit_id])
            return index.position(commit_id)
        if move.name.startswith(SESSIONS):
            reason = f"it names {move.new}, which is no commit"
            record_broken(connection, real_name(move.name), reason)
    except ObjectError as error:
        record_broken(connection, real_name(move.name), str(error))
    return None
