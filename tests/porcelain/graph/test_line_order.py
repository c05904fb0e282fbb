"""The order of the whole log, found by asking instead of reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.graph.graph_rows import rows
from porcelain.graph.line_order import grouped, whole_log
from porcelain.language.revset.position_set import explicit


class Drawn:
    """A graph from parent lists; counts the questions that are asked."""

    def __init__(self, parents: Mapping[int, Sequence[int]]) -> None:
        self.above = parents
        self.below: dict[int, list[int]] = {}
        for child, found in parents.items():
            for parent in dict.fromkeys(found):
                self.below.setdefault(parent, []).append(child)
        self.asked = 0

    def parents(self, position: int) -> Sequence[int]:
        self.asked += 1
        return self.above.get(position, ())

    def children(self, position: int) -> Sequence[int]:
        self.asked += 1
        return self.below.get(position, [])

    def heads(self) -> list[int]:
        return sorted((p for p in self.above if not self.below.get(p)), reverse=True)

    def order(self, *first: int) -> list[int]:
        return [row.position for row in whole_log(self, first)]


graphs = st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=2), max_size=25).map(
    lambda drawn: Drawn(
        {n: list(dict.fromkeys(p % n for p in found)) for n, found in enumerate(drawn, 1)}
    )
)


@settings(max_examples=200, deadline=None)
@given(graphs)
def test_every_commit_comes_once_after_all_its_children(graph: Drawn) -> None:
    order = graph.order()
    place = {position: number for number, position in enumerate(order)}
    assert sorted(order) == sorted([0, *graph.above])
    for child, parents in graph.above.items():
        assert all(place[child] < place[parent] for parent in parents)


@settings(max_examples=200, deadline=None)
@given(graphs, st.integers(1, 25))
def test_every_line_is_one_block(graph: Drawn, at: int) -> None:
    order = graph.order(*([at] if at in graph.above else []))
    for above, below in pairwise(order):
        parents = [p for p in graph.above[above] if p]
        waits = any(c not in order[: order.index(below)] for c in graph.below.get(below, []))
        assert not waits
        if len(parents) == 1 and graph.below[parents[0]] == [above]:
            assert below == parents[0]


def test_lines_beside_each_other_are_in_the_order_of_the_streamed_log() -> None:
    graph = Drawn({1: [0], 2: [1], 3: [1], 4: [2], 5: [3], 6: [1], 7: [4, 5]})
    streamed = grouped(rows(explicit([0, *graph.above]), graph.parents))
    assert graph.order() == [row.position for row in streamed]


def test_the_line_of_the_current_commit_comes_first() -> None:
    graph = Drawn({1: [0], 2: [1], 3: [1], 4: [2], 5: [3]})
    assert graph.order() == [5, 3, 4, 2, 1, 0]
    assert graph.order(4) == [4, 2, 5, 3, 1, 0]
    assert graph.order(2) == [4, 2, 5, 3, 1, 0]


def test_ten_rows_ask_little_however_far_apart_a_line_lies() -> None:
    lines, length = 500, 40
    parents = {n: [n - 1 if (n - 1) % length else 0] for n in range(1, lines * length + 1)}
    parents[lines * length + 1] = [length]  # a fork of the oldest line
    graph = Drawn(parents)
    taken = [row.position for row, _ in zip(whole_log(graph), range(10), strict=False)]
    assert taken == [lines * length + 1, *range(length, length - 9, -1)]
    assert graph.asked < 60


def test_thousands_of_forks_of_one_commit_are_not_quadratic() -> None:
    graph = Drawn({1: [0]} | {n: [1] for n in range(2, 3002)})
    assert graph.order() == [*range(3001, 0, -1), 0]
    assert graph.asked < 20_000
