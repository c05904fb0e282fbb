from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.graph.graph_rows import (
    DIRECT,
    INDIRECT,
    MISSING,
    Edge,
    Row,
    elided,
    reversed_rows,
    rows,
)
from porcelain.graph.line_order import grouped
from porcelain.language.revset.evaluate import evaluate
from porcelain.language.revset.parser import parse
from tests.porcelain.language.revset.dag import Dag, chain


def selected(dag: Dag, revset: str) -> list[Row]:
    return list(rows(evaluate(parse(revset), dag), dag.parents))


def order(dag: Dag, revset: str = "~root()", first: Sequence[int] = ()) -> list[int]:
    source = rows(evaluate(parse(revset), dag), dag.parents)
    return [row.position for row in grouped(source, first)]


class TestEdges:
    def test_a_selected_parent_is_direct(self) -> None:
        assert selected(chain(2), "c2 | c1 | root()") == [
            Row(2, (Edge(DIRECT, 1),)),
            Row(1, (Edge(DIRECT, 0),)),
            Row(0, ()),
        ]

    def test_the_nearest_selected_ancestor_is_indirect(self) -> None:
        assert selected(chain(5), "c5 | c2 | c1")[0] == Row(5, (Edge(INDIRECT, 2),))

    def test_a_line_that_never_comes_back_is_missing(self) -> None:
        assert selected(chain(5), "c5 | c4") == [
            Row(5, (Edge(DIRECT, 4),)),
            Row(4, (Edge(MISSING, 3),)),
        ]

    def test_several_missing_lines_are_one_and_come_last(self) -> None:
        dag = Dag([(), (), (), (1, 2, 3)])

        assert selected(dag, "c4 | c2")[0] == Row(4, (Edge(DIRECT, 2), Edge(MISSING, 3)))

    def test_an_indirect_line_that_another_implies_is_left_out(self) -> None:
        #  4 continues 2 through 3, and 3 (unselected) and 2 continue 1
        dag = Dag([(), (1,), (1,), (2, 3)])

        assert selected(dag, "c4 | c2 | c1")[0] == Row(4, (Edge(DIRECT, 2),))

    def test_a_direct_line_stays_beside_a_longer_path(self) -> None:
        dag = Dag([(), (1,), (1, 2)])

        assert selected(dag, "c3 | c2 | c1")[0] == Row(3, (Edge(DIRECT, 1), Edge(DIRECT, 2)))
        assert selected(dag, "c3 | c1")[0] == Row(3, (Edge(DIRECT, 1), Edge(INDIRECT, 1)))

    def test_ways_around_many_unselected_diamonds_are_one_line(self) -> None:
        table: list[tuple[int, ...]] = [()]
        for top in range(1, 3 * 60, 3):
            table += [(top,), (top,), (top + 1, top + 2)]
        dag = Dag(table)

        assert selected(dag, f"c{len(table)} | c1")[0].edges == (Edge(INDIRECT, 1),)

    def test_a_deep_gap_needs_no_deep_stack(self) -> None:
        assert selected(chain(20_000), "c20000 | root()")[0].edges == (Edge(INDIRECT, 0),)


class TestOrder:
    def test_every_line_is_one_block(self) -> None:
        #  two lines from 1, their commits made in turn
        dag = Dag([(), (1,), (1,), (2,), (3,), (4,), (5,)])

        assert order(dag) == [7, 5, 3, 6, 4, 2, 1]

    def test_after_a_merge_the_last_parents_line_comes_first(self) -> None:
        dag = Dag([(), (1,), (1,), (1,), (2, 3, 4)])

        assert order(dag) == [5, 4, 3, 2, 1]
        dag = Dag([(), (1,), (1,), (1,), (4, 3, 2)])
        assert order(dag) == [5, 2, 3, 4, 1]

    def test_other_heads_wait_as_long_as_they_can(self) -> None:
        #  7 is a line of its own down to 5; 8 to 2; 9 and 6 fork from 4
        dag = Dag([(), (1,), (2,), (3,), (), (4,), (5,), (2,), (4,)])

        assert order(dag) == [9, 6, 4, 3, 8, 2, 1, 7, 5]

    def test_lines_asked_for_come_first(self) -> None:
        dag = Dag([(), (1,), (1,), (2,), (3,)])

        assert order(dag) == [5, 3, 4, 2, 1]
        assert order(dag, first=[4]) == [4, 2, 5, 3, 1]
        assert order(dag, first=[2]) == [4, 2, 5, 3, 1]
        assert order(dag, first=[1]) == [5, 3, 4, 2, 1]

    def test_a_commit_asked_for_that_is_not_there_changes_nothing(self) -> None:
        assert order(chain(3), "c3 | c2", first=[1]) == [3, 2]

    def test_ten_rows_of_a_hundred_thousand_cost_ten(self) -> None:
        line = chain(100_000)
        source = rows(evaluate(parse("all()"), line), line.parents)

        assert [row.position for row in islice(grouped(source), 10)] == list(
            range(100_000, 99_990, -1)
        )
        assert line.read < 100

    def test_ten_of_a_hundred_thousand_heads_cost_ten(self) -> None:
        bush = Dag([()] * 100_000)
        source = rows(evaluate(parse("all()"), bush), bush.parents)

        assert len(list(islice(grouped(source), 10))) == 10
        assert bush.read < 100

    def test_many_heads_above_one_old_commit_are_read_once(self) -> None:
        #  the newest commit continues the oldest: all heads between are read for it
        bush = Dag([()] * 20_000 + [(1,)])

        assert order(bush)[:4] == [20_001, 1, 20_000, 19_999]
        assert len(order(bush)) == 20_001


@st.composite
def dags(draw: st.DrawFn) -> Dag:
    table: list[tuple[int, ...]] = [()]
    for position in range(2, draw(st.integers(2, 14))):
        below = st.integers(max(1, position - 5), position - 1)
        table.append(tuple(draw(st.lists(below, max_size=3, unique=True))))
    return Dag(table)


@settings(max_examples=200, deadline=None)
@given(dags(), st.data())
def test_edges_keep_who_descends_from_whom(dag: Dag, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.integers(0, len(dag.table) - 1), min_size=1))
    revset = "|".join(f"c{position}" for position in chosen)
    reach: dict[int, set[int]] = {}
    for row in reversed(selected(dag, revset)):
        targets = [edge.target for edge in row.edges if edge.kind != MISSING]
        reach[row.position] = set(targets).union(*(reach[target] for target in targets))

    for position in chosen:
        assert reach[position] == (dag.closure({position}) - {position}) & chosen


@settings(max_examples=200, deadline=None)
@given(dags(), st.data())
def test_grouping_keeps_every_row_and_children_before_parents(
    dag: Dag, data: st.DataObject
) -> None:
    first = data.draw(st.lists(st.integers(0, len(dag.table) - 1), max_size=2))
    found = order(dag, "all()", first)

    assert sorted(found) == list(range(len(dag.table)))
    for position, parents in enumerate(dag.table):
        for parent in parents:
            assert found.index(position) < found.index(parent)


def test_reversed_rows_turn_edges_around() -> None:
    dag = Dag([(), (1,), (1,), (2, 3), (1,)])

    assert reversed_rows(selected(dag, "c5 | c4 | c2 | c1")) == [
        Row(1, (Edge(DIRECT, 5), Edge(DIRECT, 2))),
        Row(2, (Edge(DIRECT, 4),)),
        Row(4, ()),
        Row(5, ()),
    ]


def test_a_reversed_part_of_a_log_has_no_lines_out_of_it() -> None:
    part = selected(chain(9), "all()")[:2]

    assert reversed_rows(part) == [Row(8, (Edge(DIRECT, 9),)), Row(9, ())]


def test_what_is_left_out_gets_a_row() -> None:
    def drawn() -> Iterator[Row]:
        return elided(selected(chain(5), "c5 | c4 | c2"))

    assert list(drawn()) == [
        Row(5, (Edge(DIRECT, 4),)),
        Row(4, (Edge(DIRECT, 2, elided=True),)),
        Row(2, (Edge(DIRECT, 2),), elided=True),
        Row(2, (Edge(MISSING, 1),)),
    ]


@pytest.mark.parametrize("revset", ["all()", "none()", "c3"])
def test_rows_without_gaps_get_no_further_rows(revset: str) -> None:
    plain = selected(chain(5), revset)

    assert list(elided(plain)) == plain
