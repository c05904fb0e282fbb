"""The order of a log: every line of commits is one block.

The walk goes downwards. At a fork all lines that begin there come before the fork point, after a
merge the last parent's line comes first, and other heads wait as long as possible.

The walk asks for rows, children and heads as it needs them. Where everything visible is shown,
the index answers (`whole_log`): ten rows cost about ten questions even where a line's next
commit lies a hundred thousand positions further down. Otherwise the rows of a stream are read
until the answer is known (`grouped`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from porcelain.graph.graph_rows import DIRECT, MISSING, Edge, Row

ROOT = 0


class Visible(Protocol):
    """All visible commits by their positions."""

    def parents(self, position: int) -> Sequence[int]:
        """Return the parents, first parent first; 0 for none."""
        ...

    def children(self, position: int) -> Sequence[int]:
        """Return the visible children."""
        ...

    def heads(self) -> Iterable[int]:
        """Return the visible heads, descending."""
        ...


def whole_log(graph: Visible, first: Iterable[int] = ()) -> Iterator[Row]:
    """Yield the rows of all visible commits and, last, of the root commit.

    The lines of the positions in `first` come before the others.
    """
    yield from _Walk(_Whole(graph), [position for position in first if position != ROOT]).rows()
    yield Row(ROOT, ())


def grouped(source: Iterable[Row], first: Iterable[int] = ()) -> Iterator[Row]:
    """Yield the rows of a source, children before parents, so that every line is one block.

    The lines of the positions in `first` come before the others.
    """
    return _Walk(_Stream(source), first).rows()


class _Whole:
    """The rows of all visible commits, asked for as in `_Stream`; the root is below every line."""

    def __init__(self, graph: Visible) -> None:
        self._graph = graph
        self._children: dict[int, list[int]] = {}

    def row(self, position: int) -> Row | None:
        self._children.pop(position, None)
        parents = dict.fromkeys(self._graph.parents(position))
        return Row(position, tuple(Edge(DIRECT, parent) for parent in parents))

    def below(self, row: Row) -> Iterable[int]:
        return [edge.target for edge in row.edges if edge.target != ROOT]

    def children(self, position: int) -> list[int]:
        if position not in self._children:
            self._children[position] = [*self._graph.children(position)]
        return self._children[position]

    def fresh_children(self, _position: int) -> list[int]:
        return []

    def read_more(self, _position: int) -> bool:
        return False

    def heads(self) -> Iterable[int]:
        return (head for head in self._graph.heads() if head != ROOT)

    def place(self, head: int) -> int:
        return -head


class _Stream:
    """The rows of a stream, children before parents, read no further than needed."""

    def __init__(self, source: Iterable[Row]) -> None:
        self._source = iter(source)
        self._rows: dict[int, Row] = {}
        self._children: dict[int, list[int]] = {}
        self._fresh: dict[int, list[int]] = {}
        self._heads: list[int] = []
        self._places: dict[int, int] = {}

    def row(self, position: int) -> Row | None:
        """Return a row, asked for once; None if there is none."""
        self._children.pop(position, None)
        self._fresh.pop(position, None)
        return self._rows.pop(position, None)

    def below(self, row: Row) -> Iterable[int]:
        """Return the positions that come after a row."""
        return [edge.target for edge in row.edges if edge.kind != MISSING]

    def children(self, position: int) -> list[int]:
        """Return the positions known to come before one; the caller drops those that are shown."""
        return self._children.setdefault(position, [])

    def fresh_children(self, position: int) -> list[int]:
        """Return the children that were found since this was asked before."""
        return self._fresh.pop(position, [])

    def read_more(self, position: int) -> bool:
        """Look for more children of a position; False if all are known."""
        return position not in self._rows and self._read()

    def heads(self) -> Iterator[int]:
        """Yield the positions that come after no other, in order."""
        given = 0
        while given < len(self._heads) or self._read():
            yield from self._heads[given : given + 1]
            given = min(given + 1, len(self._heads))

    def place(self, head: int) -> int:
        """Return a number that rises in the order of the heads."""
        return self._places[head]

    def _read(self) -> bool:
        row = next(self._source, None)
        if row is None:
            return False
        self._rows[row.position] = row
        if not self._children.get(row.position):
            self._places[row.position] = len(self._heads)
            self._heads.append(row.position)
        for target in self.below(row):
            self.children(target).append(row.position)
            self._fresh.setdefault(target, []).append(row.position)
        return True


class _Leading(NamedTuple):
    """The heads that lead to a commit, and a heap of (place, head); some may be shown by now."""

    heads: set[int]
    queue: list[tuple[int, int]]


class _Walk:
    def __init__(self, graph: _Whole | _Stream, first: Iterable[int]) -> None:
        self.graph = graph
        self.shown: set[int] = set()
        # Commits whose turn it is, the next one last.
        self.ready = [*first][::-1]
        # Commits that wait for other lines to come down to them.
        self.waiting: set[int] = set()
        # For each commit that has waited, the heads that lead to it.
        self.leading: dict[int, _Leading] = {}

    def rows(self) -> Iterator[Row]:
        heads = iter(self.graph.heads())
        while True:
            while self.ready:
                position = self.ready.pop()
                if self._has_children(position):
                    self.waiting.add(position)
                elif position not in self.shown:
                    self.shown.add(position)
                    self.waiting.discard(position)
                    self.leading.pop(position, None)
                    row = self.graph.row(position)
                    if row is not None:
                        yield row
                        self.ready += self.graph.below(row)
            head = self._leading_head()
            if head is None:
                head = next((h for h in heads if h not in self.shown), None)
            if head is None:
                return
            self.ready.append(head)

    def _has_children(self, position: int) -> bool:
        """Tell whether a commit has children that are still to come."""
        while position not in self.shown:
            children = self.graph.children(position)
            while children and children[-1] in self.shown:
                children.pop()
            if children:
                return True
            if not self.graph.read_more(position):
                break
        return False

    def _leading_head(self) -> int | None:
        """Return the first head that leads to a waiting commit; None if nothing waits."""
        firsts = [self._first_head(position) for position in self.waiting]
        if not firsts:
            return None
        best = min(firsts)[1]
        # All that this head leads to stops waiting: the walk comes to fork points further down
        # by itself.
        self.waiting = {place for place in self.waiting if best not in self.leading[place].heads}
        return best

    def _first_head(self, position: int) -> tuple[int, int]:
        """Return (place, head) of the first head, not yet shown, that leads to a waiting commit."""
        fresh = self.graph.fresh_children(position)
        if position not in self.leading:
            fresh = self.graph.children(position)
        heads, queue = self.leading.setdefault(position, _Leading(set(), []))
        for head in self._heads_above(fresh):
            if head not in heads:
                heads.add(head)
                heappush(queue, (self.graph.place(head), head))
        while queue[0][1] in self.shown:
            heappop(queue)
        return queue[0]

    def _heads_above(self, positions: Iterable[int]) -> Iterator[int]:
        pending = [position for position in positions if position not in self.shown]
        seen = set(pending)
        while pending:
            here = pending.pop()
            children = [c for c in self.graph.children(here) if c not in self.shown]
            if not children:
                yield here
            fresh = [child for child in children if child not in seen]
            seen.update(fresh)
            pending += fresh
