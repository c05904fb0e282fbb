"""The rows of a log: the commits and the lines between them.

Everything is lazy: `log -n 10` of a hundred thousand commits computes about ten rows. A commit
is its position in the graph: children are larger than their parents, 0 is the root commit. A
selection is read in descending order. `porcelain.graph.line_order` puts the rows in order.

    rows        each selected commit with edges to the nearest selected commits that it continues
    reversed_rows   oldest first, edges turned around
    elided      an extra row wherever an edge leaves commits out
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

Parents = Callable[[int], Sequence[int]]

DIRECT: Literal["direct"] = "direct"
INDIRECT: Literal["indirect"] = "indirect"
MISSING: Literal["missing"] = "missing"
EdgeKind = Literal["direct", "indirect", "missing"]


class Edge(NamedTuple):
    """A line down from a commit.

    Direct: `target` is its parent. Indirect: `target` is the nearest selected ancestor of an
    unselected parent. Missing: `target` is an unselected parent without selected ancestors.
    `elided`: the line leads to the row that stands for the commits left out above `target`.
    """

    kind: EdgeKind
    target: int
    elided: bool = False


class Row(NamedTuple):
    """A commit and the lines down from it, the first parent's first.

    `elided`: the row stands for the commits left out above the commit.
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
        """Tell whether it is known that nothing at `position` or below is in the set."""
        ...


def rows(selected: Selected, parents: Parents, most: int | None = None) -> Iterator[Row]:
    """Yield a row for each selected commit in descending order.

    A line that leads through more than `most` unselected commits ends as one that leaves the log.

    An indirect edge that another path of edges implies is left out, and with it, as in jj, any
    direct edge of the same commit that is implied so.
    """
    finder = _EdgeFinder(selected, parents, most)
    for position in selected.positions():
        yield Row(position, finder.edges(position))


class _EdgeFinder:
    """Finds edges, and remembers those of the commits on the way."""

    def __init__(self, selected: Selected, parents: Parents, most: int | None) -> None:
        self.most = most
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
        """Return the commits below the targets, down to the lowest target."""
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
            # A parent that is also reached through an unselected commit keeps both lines.
            found = (edge for parent in self.parents(position) for edge in self._edges_to(parent))
            known = self._within[position] = tuple(dict.fromkeys(found))
        return known

    def _edges_to(self, parent: int) -> Sequence[Edge]:
        """Return the edges that lead from a selected commit through one parent."""
        if self.selected.contains(parent):
            return (Edge(DIRECT, parent),)
        if self.selected.ends_above(parent):
            return (Edge(MISSING, parent),)
        beyond = self._edges_from_outside(parent)
        if all(edge.kind == MISSING for edge in beyond):
            return (Edge(MISSING, parent),)
        return beyond

    def _edges_from_outside(self, start: int) -> tuple[Edge, ...]:
        """Return the indirect and missing edges that lead down from an unselected commit."""
        stack = [start]
        steps = 0
        while stack:
            steps += 1
            if self.most is not None and steps > self.most:
                self._without[start] = ()
                return ()
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
