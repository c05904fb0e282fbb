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

_MOST_AHEAD = 512
_MANY = 100
_ABOVE = (  # it stops at marked commits, whose parents are marked, too
    "WITH RECURSIVE above (pos) AS (SELECT pos FROM json_each(?) CROSS JOIN commits "
    "ON pos = value WHERE {0} = 0 UNION SELECT commits.pos FROM above CROSS JOIN edges "
    "ON edges.child = above.pos CROSS JOIN commits ON commits.pos = edges.parent WHERE {0} = 0) "
    "SELECT pos FROM above ORDER BY pos"
)
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

    def query_among(self, sql: str, values: Iterable[object]) -> list[Any]:
        """Return all rows of a query in which `{}` stands for a list of values."""
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

    def expect(self, positions: Sequence[int], /) -> None:
        """Prepare for questions about many commits."""
        ...


def change_marks(marks: Marks, added: Iterable[int], removed: Iterable[int]) -> MarkChange:
    """Bring marks up to date after roots were added and removed; return the difference."""
    marked, unmarked = set[int](), set[int]()
    # Added first: commits that old and new roots reach are then never unmarked in between.
    # The highest is looked at first, so that parents can be read ahead.
    pending = sorted(position for position in added if position)
    marks.expect(pending)
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
    if gone:
        change = change_marks(MarksOverlay(index, mark), added, removed)
    else:
        new = str([position for position in added if position])
        change = MarkChange([row[0] for row in index.query(_ABOVE.format(mark), (new,))], [])
    for value, positions in ((1, change.marked), (0, change.unmarked)):
        sql = f"UPDATE commits SET {mark} = {value} WHERE pos "
        if len(positions) > _MANY:
            connection.execute(sql + _AMONG, (str(positions),))
        else:
            connection.executemany(f"{sql} = ?", [(position,) for position in positions])
    flipped = [*change.marked, *change.unmarked]
    if mark == "live" and flipped:
        connection.execute(
            "UPDATE commits SET leaf = live = 1 AND NOT EXISTS (SELECT 1 FROM edges JOIN commits "
            "AS child ON child.pos = edges.child WHERE parent = commits.pos AND child.live = 1) "
            f"WHERE pos {_AMONG} OR pos IN (SELECT parent FROM edges WHERE child {_AMONG})",
            (str(flipped), str(flipped)),
        )
    return change


class _ReadAhead:
    """How far down to read beside a position: further, as the questions go downwards."""

    def __init__(self) -> None:
        self._lowest, self._size = 0, 1

    def below(self, position: int) -> int:
        """Return the position below the lowest one to read together with this one."""
        near = 0 <= self._lowest - position <= 2 * self._size
        self._size = min(2 * self._size, _MOST_AHEAD) if near else 1
        self._lowest = max(0, position - self._size)
        return self._lowest


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
        self._children: dict[int, list[tuple[int, bool]]] = {}
        self._stored_roots: set[int] = set()
        self._marks_ahead, self._children_ahead = _ReadAhead(), _ReadAhead()

    def move_roots(self, added: Collection[int], removed: Collection[int]) -> MarkChange:
        """Add and remove roots; return the commits that this marks and unmarks."""
        self._roots.update(dict.fromkeys(removed, False) | dict.fromkeys(added, True))
        return change_marks(self, added, removed)

    def expect(self, positions: Sequence[int], /) -> None:
        """Read many marks at once; commits may have been added to the index since."""
        self._children.clear()
        unknown = [position for position in positions if position not in self._marked]
        sql = f"SELECT pos, {self._mark} FROM commits WHERE pos IN ({{}})"
        self._marked |= {at: bool(marked) for at, marked in self._index.query_among(sql, unknown)}

    def is_marked(self, position: int) -> bool:
        """Tell whether a commit is marked."""
        if position not in self._marked:
            sql = f"SELECT pos, {self._mark} FROM commits WHERE pos > ? AND pos <= ?"
            for at, marked in self._index.query(sql, (self._marks_ahead.below(position), position)):
                self._marked.setdefault(at, bool(marked))
        return self._marked[position]

    def is_held(self, position: int) -> bool:
        """Tell whether a commit is a root or has a marked child."""
        if position not in self._children:
            self._read_children(self._children_ahead.below(position), position)
        if self._roots.get(position, position in self._stored_roots):
            return True
        return any(self._marked.get(child, marked) for child, marked in self._children[position])

    def _read_children(self, low: int, high: int) -> None:
        """Read children with their marks, and roots, of all commits in `low` < n <= `high`."""
        self._children |= {position: [] for position in range(low + 1, high + 1)}
        sql = (
            f"SELECT parent, pos, {self._mark} FROM edges JOIN commits ON pos = child "
            "WHERE parent > ? AND parent <= ?"
        )
        for parent, child, marked in self._index.query(sql, (low, high)):
            self._children[parent].append((child, bool(marked)))
        sql = "SELECT pos FROM roots WHERE mark = ? AND pos > ? AND pos <= ?"
        self._stored_roots.difference_update(range(low + 1, high + 1))
        self._stored_roots.update(row[0] for row in self._index.query(sql, (self._mark, low, high)))

    def set_marked(self, position: int, marked: bool, /) -> None:
        """Mark or unmark a commit alone."""
        self._marked[position] = marked
