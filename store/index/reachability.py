"""Marks: sets of commits closed under parents, each given by its roots.

`live` commits are reachable from the session, tag and remote refs, `visible` ones from
porcelain's heads. A commit
is marked exactly if it is a root or has a marked child, so moving a root costs only what
changes. A live commit without a live child is a leaf.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

Mark = Literal["live", "visible"]

_AMONG = "IN (SELECT value FROM json_each(?))"  # a list of numbers, as text


class MarkChange(NamedTuple):
    """Positions that a change of roots marks, and those that it unmarks, both rising."""

    marked: list[int]
    unmarked: list[int]


class Links(Protocol):
    """The part of an index that marks are worked out from."""

    def parents(self, position: int) -> Sequence[int]:
        """Return the parents of a commit; 0 for none."""
        ...

    def query(self, sql: str, arguments: Sequence[Any]) -> list[Any]:
        """Return all rows of a query."""
        ...


class Marks(Protocol):
    """One mark on the commits of an index."""

    def parents(self, position: int) -> Sequence[int]:
        """Return the parents; 0 for none."""
        ...

    def is_marked(self, position: int) -> bool:
        """Tell whether a commit is marked."""
        ...

    def is_held(self, position: int) -> bool:
        """Tell whether a commit is a root or has a marked child."""
        ...

    def set_marked(self, position: int, marked: bool, /) -> None:
        """Mark or unmark a commit alone."""
        ...


def change_marks(marks: Marks, added: Iterable[int], removed: Iterable[int]) -> MarkChange:
    """Bring marks up to date after roots were added and removed; return the difference."""
    marked, unmarked = set[int](), set[int]()
    # Added first: commits that old and new roots reach are then never unmarked in between.
    pending = [position for position in added if position]
    while pending:
        here = pending.pop()
        if not marks.is_marked(here):
            marks.set_marked(here, True)
            marked.add(here)
            pending += [parent for parent in marks.parents(here) if parent]
    pending = [position for position in removed if position]
    while pending:
        here = pending.pop()
        if marks.is_marked(here) and not marks.is_held(here):
            marks.set_marked(here, False)
            unmarked.add(here)
            pending += [parent for parent in marks.parents(here) if parent]
    return MarkChange(sorted(marked - unmarked), sorted(unmarked - marked))


def move_roots(
    index: Links,
    connection: sqlite3.Connection,
    mark: Mark,
    added: Collection[int],
    removed: Collection[int],
) -> MarkChange:
    """Add and remove roots of a mark in the index, inside a write transaction."""
    count = "INSERT INTO roots VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1"
    connection.executemany(count, [(mark, position) for position in added])
    gone = [(mark, position) for position in removed]
    connection.executemany("UPDATE roots SET count = count - 1 WHERE mark = ? AND pos = ?", gone)
    connection.executemany("DELETE FROM roots WHERE mark = ? AND pos = ? AND count < 1", gone)
    change = change_marks(_StoredMarks(index, connection, mark), added, removed)
    if mark == "live":
        flipped = [*change.marked, *change.unmarked]
        connection.execute(
            "UPDATE commits SET leaf = live = 1 AND NOT EXISTS (SELECT 1 FROM edges JOIN commits "
            "AS child ON child.pos = edges.child WHERE parent = commits.pos AND child.live = 1) "
            f"WHERE pos {_AMONG} OR pos IN (SELECT parent FROM edges WHERE child {_AMONG})",
            (str(flipped), str(flipped)),
        )
    return change


class _StoredMarks:
    """A mark as it is stored in the index."""

    def __init__(self, index: Links, connection: sqlite3.Connection, mark: Mark) -> None:
        self.parents = index.parents
        self._connection = connection
        self._mark = mark

    def is_marked(self, position: int) -> bool:
        sql = f"SELECT {self._mark} FROM commits WHERE pos = ?"
        return bool(self._connection.execute(sql, (position,)).fetchone()[0])

    def is_held(self, position: int) -> bool:
        sql = (
            "SELECT 1 FROM roots WHERE mark = ? AND pos = ? UNION ALL SELECT 1 FROM edges JOIN "
            f"commits ON pos = child WHERE parent = ? AND {self._mark} = 1 LIMIT 1"
        )
        found = self._connection.execute(sql, (self._mark, position, position))
        return found.fetchone() is not None

    def set_marked(self, position: int, marked: bool, /) -> None:
        sql = f"UPDATE commits SET {self._mark} = ? WHERE pos = ?"
        self._connection.execute(sql, (marked, position))


class MarksOverlay:
    """A mark as it would be with other roots, worked out without changing the index.

    Only the differences are kept, so a move costs no more than the commits that it changes.
    """

    def __init__(self, index: Links, mark: Mark) -> None:
        """Begin with the mark that is stored in the index."""
        self.parents = index.parents
        self._index = index
        self._mark = mark
        self._roots: dict[int, bool] = {}
        self._marked: dict[int, bool] = {}

    def move_roots(self, added: Collection[int], removed: Collection[int]) -> MarkChange:
        """Add and remove roots; return the commits that this marks and unmarks."""
        self._roots.update(dict.fromkeys(removed, False) | dict.fromkeys(added, True))
        return change_marks(self, added, removed)

    def is_marked(self, position: int) -> bool:
        """Tell whether a commit is marked."""
        if position not in self._marked:
            sql = f"SELECT {self._mark} FROM commits WHERE pos = ?"
            self._marked[position] = bool(self._index.query(sql, (position,))[0][0])
        return self._marked[position]

    def is_held(self, position: int) -> bool:
        """Tell whether a commit is a root or has a marked child."""
        if position not in self._roots:
            sql = "SELECT 1 FROM roots WHERE mark = ? AND pos = ?"
            self._roots[position] = bool(self._index.query(sql, (self._mark, position)))
        sql = f"SELECT pos, {self._mark} FROM edges JOIN commits ON pos = child WHERE parent = ?"
        return self._roots[position] or any(
            self._marked.get(child, marked) for child, marked in self._index.query(sql, (position,))
        )

    def set_marked(self, position: int, marked: bool, /) -> None:
        """Mark or unmark a commit alone."""
        self._marked[position] = marked
