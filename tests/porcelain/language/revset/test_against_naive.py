"""Random revsets on random graphs, compared with plain set comprehensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.language.revset.evaluate import evaluate
from porcelain.language.revset.parser import parse
from tests.porcelain.language.revset.dag import Dag

Positions = set[int]


class World(NamedTuple):
    """A graph, and what a revset that names `hidden` commits can find in it."""

    dag: Dag
    everything: Positions

    def ancestors(self, of: Positions) -> Positions:
        return self.dag.closure(of)

    def descendants(self, of: Positions) -> Positions:
        return {place for place in self.everything if not of.isdisjoint(self.dag.closure({place}))}

    def proper(self, position: int) -> Positions:
        return self.dag.closure({position}) - {position}


class Case(NamedTuple):
    """The text of a revset, the commits that it names, and its meaning."""

    text: str
    names: Positions
    meaning: Callable[[World], Positions]


def leaf(position: int) -> Case:
    return Case(f"c{position}", {position}, lambda world: {position})


CONSTANTS = [
    Case("all()", set(), lambda world: set(world.everything)),
    Case("::", set(), lambda world: set(world.everything)),
    Case("..", set(), lambda world: world.everything - {0}),
    Case("none()", set(), lambda world: set()),
    Case("root()", {0}, lambda world: {0}),
    Case("present(nothing)", set(), lambda world: set()),
    Case("visible_heads()", set(), lambda world: set(world.dag.heads())),
    Case("visible()", set(), lambda world: set(world.dag.shown)),
    Case("hidden()", set(), lambda world: world.everything - world.dag.shown),
    Case("immutable()", set(), lambda world: {0}),
    Case("mutable()", set(), lambda world: world.everything - {0}),
    Case(
        "merges()",
        set(),
        lambda world: {p for p in world.everything if len(world.dag.table[p]) > 1},
    ),
    Case(
        "forks()",
        set(),
        lambda world: {p for p in world.everything if len(children(world, {p})) > 1},
    ),
    Case("empty()", set(), lambda world: {0}),
]


def parents(world: World, of: Positions) -> Positions:
    return {parent for position in of for parent in world.dag.table[position]}


def children(world: World, of: Positions) -> Positions:
    return {p for p in world.everything if not of.isdisjoint(world.dag.table[p])}


def heads(world: World, of: Positions) -> Positions:
    return {p for p in of if not any(p in world.proper(q) for q in of)}


def roots(world: World, of: Positions) -> Positions:
    return {p for p in of if world.proper(p).isdisjoint(of)}


def near(
    world: World, of: Positions, step: Callable[[World, Positions], Positions], count: int
) -> Positions:
    found, last = set(), of if count else set()
    for _ in range(count):
        found |= last
        last = step(world, last)
    return found


def first_parents(world: World, of: Positions) -> Positions:
    return {parent for position in of for parent in world.dag.table[position][:1]}


def first_ancestors(world: World, of: Positions) -> Positions:
    return near(world, of, first_parents, 20)


def reachable(world: World, sources: Positions, domain: Positions) -> Positions:
    found: Positions = set()
    more = sources & domain
    while more:
        found |= more
        more = ((parents(world, found) | children(world, found)) & domain) - found
    return found


def common(world: World, of: Positions) -> Positions:
    every = [world.ancestors({position}) for position in of]
    return heads(world, set.intersection(*every)) if every else set()


def meeting(world: World, of: Positions) -> Positions:
    every = [world.descendants({position}) for position in of]
    return roots(world, set.intersection(*every)) if every else set()


def latest(world: World, of: Positions) -> Positions:
    return set(sorted(of, key=lambda p: (p > 0, p), reverse=True)[:2])


UNARY: list[tuple[str, Callable[[World, Positions], Positions]]] = [
    ("({})-", parents),
    ("({})--", lambda world, of: parents(world, parents(world, of))),
    ("({})+", children),
    ("({})++", lambda world, of: children(world, children(world, of))),
    ("::({})", World.ancestors),
    ("({})::", World.descendants),
    ("..({})", lambda world, of: world.ancestors(of) - {0}),
    ("({})..", lambda world, of: world.everything - world.ancestors(of)),
    ("~({})", lambda world, of: world.everything - of),
    ("heads({})", heads),
    ("roots({})", roots),
    ("present({})", lambda world, of: of),
    ("parents({})", parents),
    ("parents({}, 0)", lambda world, of: of),
    ("parents({}, 2)", lambda world, of: parents(world, parents(world, of))),
    ("children({})", children),
    ("children({}, 2)", lambda world, of: children(world, children(world, of))),
    ("ancestors({})", World.ancestors),
    ("ancestors({}, 0)", lambda world, of: set()),
    ("ancestors({}, 1)", lambda world, of: of),
    ("ancestors({}, 3)", lambda world, of: near(world, of, parents, 3)),
    ("descendants({})", World.descendants),
    ("descendants({}, 3)", lambda world, of: near(world, of, children, 3)),
    ("first_parent({})", first_parents),
    ("first_ancestors({})", first_ancestors),
    ("first_ancestors({}, 3)", lambda world, of: near(world, of, first_parents, 3)),
    ("connected({})", lambda world, of: world.descendants(of) & world.ancestors(of)),
    ("fork_point({})", common),
    ("merge_point({})", meeting),
    ("latest({}, 2)", latest),
    ("coalesce(none(), {}, all())", lambda world, of: of or set(world.everything)),
    ("{}", lambda world, of: of),
]

BINARY: list[tuple[str, Callable[[World, Positions, Positions], Positions]]] = [
    ("({}) | ({})", lambda world, a, b: a | b),
    ("({}) & ({})", lambda world, a, b: a & b),
    ("({}) ~ ({})", lambda world, a, b: a - b),
    ("({})::({})", lambda world, a, b: world.descendants(a) & world.ancestors(b)),
    ("reachable({}, {})", reachable),
    ("coalesce({}, {})", lambda world, a, b: a or b),
    ("({})..({})", lambda world, a, b: world.ancestors(b) - world.ancestors(a)),
]


def applied(operator: tuple[str, Callable[..., Positions]], *cases: Case) -> Case:
    text, meaning = operator
    return Case(
        text.format(*(case.text for case in cases)),
        set().union(*(case.names for case in cases)),
        lambda world: meaning(world, *(case.meaning(world) for case in cases)),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Dag:
    size = draw(st.integers(0, 12))
    table: list[tuple[int, ...]] = [()] if size else []
    for position in range(2, size + 1):
        below = st.integers(max(1, position - 4), position - 1)
        table.append(tuple(draw(st.lists(below, max_size=3, unique=True))))
    tips = draw(st.lists(st.integers(1, size), max_size=4)) if size else []
    return Dag(table, heads=tips)


def revsets(size: int) -> st.SearchStrategy[Case]:
    leaves = st.one_of(st.sampled_from(CONSTANTS), st.integers(0, size).map(leaf))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(applied, st.sampled_from(UNARY), inner),
            st.builds(applied, st.sampled_from(BINARY), inner, inner),
        ),
        max_leaves=6,
    )


def compare(data: st.DataObject) -> None:
    """Draw a graph and a revset, and compare."""
    dag = data.draw(graphs())
    case = data.draw(revsets(len(dag.table) - 1))
    expected = case.meaning(World(dag, dag.shown | dag.closure(case.names)))

    selection = evaluate(parse(case.text), dag)

    assert list(selection.positions()) == sorted(expected, reverse=True)
    again = evaluate(parse(case.text), dag)
    probes = data.draw(st.permutations(range(len(dag.table))))
    assert {position for position in probes if again.contains(position)} == expected
    assert all(
        again.ends_above(position) <= (min(expected, default=99) > position) for position in probes
    )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_revset_agrees_with_a_naive_model(data: st.DataObject) -> None:
    compare(data)


@pytest.mark.soak
@settings(max_examples=10_000, deadline=None)
@given(st.data())
def test_many_revsets_agree_with_a_naive_model(data: st.DataObject) -> None:
    compare(data)
