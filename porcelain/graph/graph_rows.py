"""The rows of a log: which commits, with which lines between them, in which order.

Everything is lazy: `log -n 10` of a hundred thousand commits computes about ten rows. A commit
is its position in the graph (children larger than their parents, 0 the root commit), and a
selection is read in descending order.

    rows        each selected commit with edges to the nearest selected commits that it continues
    grouped     the same rows, reordered so that every line of commits is one block
    reversed_rows   oldest first, edges turned around
    elided      a row of its own wherever an edge leaves commits out
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Literal, NamedTuple, Protocol

Parents = Callable[[int], Sequence[int]]

DIRECT: Literal["direct"] = "direct"
INDIRECT: Literal["indirect"] = "indirect"
MISSING: Literal["missing"] = "missing"
EdgeKind = Literal["direct", "indirect", "missing"]


class Edge(NamedTuple):
    """A line down from a commit.

    Direct: `target` is its parent. Indirect: the nearest selected ancestor of an unselected
    parent. Missing: an unselected parent from which no line leads to a selected commit.
    `elided`: it leads to the row that stands for what was left out above `target`.
    """

    kind: EdgeKind
    target: int
    elided: bool = False


class Row(NamedTuple):
    """A commit and the lines down from it, the first parent's first.

    `elided`: not the commit, but what was left out above it.
    """

    position: int
    edges: tuple[Edge, ...]
    elided: bool = False


class Selected(Protocol):
    """A lazy set of positions, as a revset evaluates to."""

    def positions(self) -> Iterator[int]:
        """Yield the positions in descending order."""
        ...

    def contains(self, position: int) -> bool:
        """Tell whether a position is in the set."""
        ...

    def ends_above(self, position: int) -> bool:
        """Tell whether nothing at `position` or below is known to be in the set."""
        ...


def rows(selected: Selected, parents: Parents) -> Iterator[Row]:
    """Yield a row for each selected commit in descending order.

    An indirect edge that another path of edges implies is left out, and with it, as in jj, any
    direct edge of the same commit that is implied so.
    """
    finder = _EdgeFinder(selected, parents)
    for position in selected.positions():
        yield Row(position, finder.edges(position))


class _EdgeFinder:
    """Finds edges, and remembers those that it found on the way."""

    def __init__(self, selected: Selected, parents: Parents) -> None:
        self.selected = selected
        self.parents = parents
        self._within: dict[int, tuple[Edge, ...]] = {}
        self._without: dict[int, tuple[Edge, ...]] = {}

    def edges(self, position: int) -> tuple[Edge, ...]:
        """Return the edges of a selected commit, without implied ones, the missing one last."""
        edges = self._all_edges(position)
        found = [edge for edge in edges if edge.kind != MISSING]
        missing = [edge for edge in edges if edge.kind == MISSING]
        if len(found) > 1 and any(edge.kind == INDIRECT for edge in found):
            implied = self._below([edge.target for edge in found])
            found = [edge for edge in found if edge.target not in implied]
        return (*found, *missing[-1:])

    def _below(self, targets: Sequence[int]) -> set[int]:
        """Return the targets, and other commits, that lie below one of the targets."""
        lowest = min(targets)
        stack = list(targets)
        found: set[int] = set()
        while stack:
            position = stack.pop()
            if position <= lowest:
                continue
            for edge in self._all_edges(position):
                if edge.kind != MISSING and edge.target not in found:
                    found.add(edge.target)
                    stack.append(edge.target)
        return found

    def _all_edges(self, position: int) -> tuple[Edge, ...]:
        """Return the edges of a selected commit, implied ones included."""
        known = self._within.get(position)
        if known is None:
            # A parent that is also reached around an unselected one keeps both its lines.
            found = (edge for parent in self.parents(position) for edge in self._edges_to(parent))
            known = self._within[position] = tuple(dict.fromkeys(found))
        return known

    def _edges_to(self, parent: int) -> Sequence[Edge]:
        """Return the edges that a parent of a selected commit gives it."""
        if self.selected.contains(parent):
            return (Edge(DIRECT, parent),)
        if self.selected.ends_above(parent):
            return (Edge(MISSING, parent),)
        beyond = self._edges_from_outside(parent)
        if all(edge.kind == MISSING for edge in beyond):
            return (Edge(MISSING, parent),)
        return beyond

    def _edges_from_outside(self, start: int) -> tuple[Edge, ...]:
        """Return indirect and missing edges for what lies below an unselected commit."""
        stack = [start]
        while stack:
            position = stack[-1]
            found: dict[int, Edge] = {}
            complete = True
            for parent in self.parents(position):
                if self.selected.contains(parent):
                    found[parent] = Edge(INDIRECT, parent)
                elif (known := self._without.get(parent)) is not None:
                    if all(edge.kind == MISSING for edge in known):
                        known = (Edge(MISSING, parent),)
                    for edge in known:
                        found.setdefault(edge.target, edge)
                elif self.selected.ends_above(parent):
                    found[parent] = Edge(MISSING, parent)
                else:
                    stack.append(parent)
                    complete = False
            if complete:
                stack.pop()
                self._without[position] = tuple(found.values())
        return self._without[start]


class _Pending:
    """A commit that is not printed yet: its row once read, and who must come before it."""

    __slots__ = ("above", "row")

    def __init__(self) -> None:
        self.above: set[int] = set()
        self.row: Row | None = None


class _Leading:
    """The heads that lead to a fork point: as a set, and as a heap in their order.

    The heap may still hold heads whose line has begun.
    """

    __slots__ = ("heads", "queue")

    def __init__(self) -> None:
        self.heads: set[int] = set()
        self.queue: list[tuple[int, int]] = []


def grouped(source: Iterable[Row], first: Iterable[int] = ()) -> Iterator[Row]:
    """Yield the rows so that every line of commits is one block.

    A walk downwards: after a merge the last parent's line comes first; before a fork point come
    all lines that begin there; other heads wait as long as they can. `first` are commits of the
    source whose lines begin the log. Rows are read only as the walk needs them, in the order
    of the source, children before parents.
    """
    return _Grouping(source, first).run()


class _Grouping:
    def __init__(self, source: Iterable[Row], first: Iterable[int]) -> None:
        self.source = iter(source)
        self.pending: dict[int, _Pending] = {}
        # Commits whose turn it is, the next one last.
        self.ready: list[int] = []
        # Heads that were read and wait to begin a line, in their order, with a number each.
        self.heads: OrderedDict[int, int] = OrderedDict()
        # Commits that were reached from above but wait for another line.
        self.blocked: set[int] = set()
        # For each commit that was ever blocked, the heads that lead to it through rows that
        # were read. Kept up to date, because to search anew for every line is quadratic.
        self.leading: dict[int, _Leading] = {}
        for position in first:
            if position not in self.pending:
                self.pending[position] = _Pending()
                self.heads[position] = len(self.heads)
        self.numbered = len(self.heads)

    def run(self) -> Iterator[Row]:
        while True:
            if not self.ready:
                if self.heads:
                    self.begin_line()
                elif not self.read():
                    return
                continue
            position = self.ready[-1]
            waiting = self.pending.get(position)
            if waiting is None:
                # It was queued a second time by a child that was read late.
                self.ready.pop()
            elif waiting.above:
                self.block(self.ready.pop())
            elif waiting.row is not None:
                self.ready.pop()
                del self.pending[position]
                self.leading.pop(position, None)
                self.release(waiting.row)
                yield waiting.row
            elif not self.read():
                # Not in the source at all, as may be with `first`.
                self.ready.pop()
                del self.pending[position]

    def read(self) -> bool:
        """Read one more row; False when there is none."""
        row = next(self.source, None)
        if row is None:
            return False
        for target in _reachable(row):
            self.pending.setdefault(target, _Pending()).above.add(row.position)
        waiting = self.pending.get(row.position)
        if waiting is None:
            waiting = self.pending[row.position] = _Pending()
            self.numbered += 1
            self.heads[row.position] = self.numbered
        waiting.row = row
        for target in _reachable(row):
            # What is read next lies further down, so nothing leads from `target` onwards yet.
            if target in self.leading:
                self.add_heads(self.leading[target], row.position)
        return True

    def release(self, row: Row) -> None:
        """Queue what waited for this commit alone; the last parent so comes next."""
        for target in _reachable(row):
            above = self.pending[target].above
            above.discard(row.position)
            if above:
                self.block(target)
            else:
                self.blocked.discard(target)
                self.ready.append(target)

    def block(self, position: int) -> None:
        """Let a commit wait for another line that leads to it."""
        self.blocked.add(position)
        if position not in self.leading:
            self.leading[position] = _Leading()
            self.add_heads(self.leading[position], position)

    def add_heads(self, leading: _Leading, position: int) -> None:
        """Add the waiting heads that lead to a commit, itself if it is one."""
        stack, seen = [position], {position}
        while stack:
            waiting = self.pending.get(stack.pop())
            for above in waiting.above - seen if waiting is not None else ():
                seen.add(above)
                stack.append(above)
        for head in seen:
            if head in self.heads and head not in leading.heads:
                leading.heads.add(head)
                heappush(leading.queue, (self.heads[head], head))

    def begin_line(self) -> None:
        """Queue the first head that leads to a blocked commit; any if nothing is blocked.

        What that head leads to is settled with it: the heads of fork points further down are
        chosen when the walk comes there.
        """
        settled = self.blocked
        head = self.first_leading() if len(self.heads) > 1 else None
        if head is None:
            head = next(iter(self.heads))
        else:
            settled = {place for place in self.blocked if head in self.leading[place].heads}
        del self.heads[head]
        self.blocked = self.blocked - settled
        self.ready.append(head)

    def first_leading(self) -> int | None:
        """Return the first head, in their order, that leads to a blocked commit."""
        found = []
        for place in self.blocked:
            queue = self.leading[place].queue
            while queue and queue[0][1] not in self.heads:
                heappop(queue)
            if queue:
                found.append(queue[0])
        return min(found)[1] if found else None


def _reachable(row: Row) -> list[int]:
    return [edge.target for edge in row.edges if edge.kind != MISSING]


def reversed_rows(source: Iterable[Row]) -> list[Row]:
    """Return the rows last first, with edges from parents to children.

    Edges to commits that are not among the rows are left out, missing ones too.
    """
    forward = list(source)
    upward: dict[int, list[Edge]] = {row.position: [] for row in forward}
    for row in forward:
        for edge in row.edges:
            if edge.kind != MISSING and edge.target in upward:
                upward[edge.target].append(Edge(edge.kind, row.position))
    return [Row(row.position, tuple(upward[row.position])) for row in reversed(forward)]


def elided(source: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows, each followed by one elided row for every indirect edge.

    Indirect edges so become direct ones, to the elided row and on from there.
    """
    for row in source:
        indirect = [edge.target for edge in row.edges if edge.kind == INDIRECT]
        if not indirect:
            yield row
            continue
        edges = [
            e._replace(kind=DIRECT, elided=True) if e.kind == INDIRECT else e for e in row.edges
        ]
        yield row._replace(edges=tuple(edges))
        for target in indirect:
            yield Row(target, (Edge(DIRECT, target),), elided=True)
