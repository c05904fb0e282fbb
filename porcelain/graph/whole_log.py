"""The order of the whole log: `grouped` of `porcelain.graph.graph_rows`, without reading it all.

Where everything visible is shown, the order is found by asking for parents and children as
they are needed, so ten rows cost about ten questions even where a line's next commit lies a
hundred thousand positions further down. The order is the same: every line of commits is one
block, at a fork all children come before the fork point, and other heads wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from porcelain.graph.graph_rows import DIRECT, Edge, Row


class Whole(Protocol):
    """Everything that is visible."""

    def parents(self, position: int) -> Sequence[int]:
        """Return the parents, first parent first; 0 for none."""
        ...

    def children(self, position: int) -> Sequence[int]:
        """Return the visible children."""
        ...

    def heads(self) -> Iterable[int]:
        """Return the visible heads, descending."""
        ...


def whole_log(graph: Whole, first: Iterable[int] = ()) -> Iterator[Row]:
    """Yield the rows of all visible commits and, last, of the root commit.

    The lines of the positions in `first` come before the others.
    """
    return _Order(graph, first).rows()


class _Order:
    def __init__(self, graph: Whole, first: Iterable[int]) -> None:
        self.graph = graph
        self.shown: set[int] = set()
        self.ready: list[int] = []
        # Commits that wait for other lines to come down to them.
        self.waiting: set[int] = {position for position in first if position}
        # How many children of a commit are still to come; the heads that lead to it, rising.
        self.missing: dict[int, int] = {}
        self.leading: dict[int, list[int]] = {}

    def rows(self) -> Iterator[Row]:
        heads = iter(self.graph.heads())
        while True:
            while self.ready:
                yield self._show(self.ready.pop())
            head = self._next_head()
            if head is None:
                head = next((h for h in heads if h and h not in self.shown), None)
            if head is None:
                break
            self.ready.append(head)
        yield Row(0, ())

    def _show(self, position: int) -> Row:
        self.shown.add(position)
        self.missing.pop(position, None)
        self.leading.pop(position, None)
        parents = list(dict.fromkeys(self.graph.parents(position)))
        for parent in parents:
            if parent:  # the root commit is the last row of all
                self._reach(parent)
        return Row(position, tuple(Edge(DIRECT, parent) for parent in parents))

    def _reach(self, parent: int) -> None:
        """Count a child of a commit as shown; its turn comes after the last one."""
        left = self.missing.get(parent)
        if left is None:
            left = sum(child not in self.shown for child in self.graph.children(parent)) + 1
        self.missing[parent] = left - 1
        if left > 1:
            self.waiting.add(parent)
        else:
            self.waiting.discard(parent)
            self.ready.append(parent)

    def _next_head(self) -> int | None:
        """Return the newest head that leads to a commit that waits, None if none waits."""
        best: int | None = None
        for position in self.waiting:
            heads = self._leading(position)
            while heads and heads[-1] in self.shown:
                heads.pop()
            if heads and (best is None or heads[-1] > best):
                best = heads[-1]
        self.waiting = {p for p in self.waiting if best not in self._leading(p)}
        return best

    def _leading(self, position: int) -> list[int]:
        if position not in self.leading:
            self.leading[position] = sorted(self._heads_above(position))
        return self.leading[position]

    def _heads_above(self, position: int) -> set[int]:
        """Return the heads, not yet shown, that descend from a commit or are it."""
        found: set[int] = set()
        pending = [position]
        seen = {position}
        while pending:
            here = pending.pop()
            children = [c for c in self.graph.children(here) if c not in self.shown]
            if not children and here not in self.shown:
                found.add(here)
            fresh = [child for child in children if child not in seen]
            seen.update(fresh)
            pending += fresh
        return found
