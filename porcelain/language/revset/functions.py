"""The functions of the revset language.

A function is built before anything is read: it resolves the names in its arguments and returns
a lazy set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import nlargest

from porcelain.display import counted
from porcelain.errors import Refused, UnknownRevision, UnknownWorkspace
from porcelain.language.revset.fact_functions import FACT_FUNCTIONS
from porcelain.language.revset.function import Build, FunctionTable, Scope, argument, number
from porcelain.language.revset.graph_walks import (
    ancestors_within,
    descendants_within,
    fork_point,
    reachable,
)
from porcelain.language.revset.name_functions import NAME_FUNCTIONS
from porcelain.language.revset.position_set import (
    Parents,
    Selection,
    ancestors,
    descendants,
    explicit,
    heads,
    intersection,
    paths,
    roots,
    steps,
)
from porcelain.language.syntax_tree import Call

FUNCTIONS = FunctionTable({**NAME_FUNCTIONS, **FACT_FUNCTIONS})


@FUNCTIONS.add("all()", "All visible commits")
def _all(scope: Scope, _call: Call) -> Selection:
    return scope.universe.all


@FUNCTIONS.add("none()", "No commits")
def _none(_scope: Scope, _call: Call) -> Selection:
    return explicit(())


@FUNCTIONS.add("root()", "The virtual commit below all others")
def _root(_scope: Scope, _call: Call) -> Selection:
    return explicit((0,))


@FUNCTIONS.add("visible_heads()", "Visible commits that no visible commit continues")
def _visible_heads(scope: Scope, _call: Call) -> Selection:
    return Selection(lambda: iter(scope.universe.graph.heads()))


@FUNCTIONS.add("builtin_log()", "What `wj log` shows by default")
def _builtin_log(scope: Scope, _call: Call) -> Selection:
    graph = scope.universe.graph
    positions = graph.default_log()
    return scope.universe.all if positions is None else explicit(positions)


@FUNCTIONS.add("heads(x)", "Commits of x that no other of x continues")
def _heads(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    if of is scope.universe.all:
        return scope.universe.heads()
    return heads(of, scope.universe.parents)


@FUNCTIONS.add("roots(x)", "Commits of x that continue no other of x")
def _roots(scope: Scope, call: Call) -> Selection:
    return roots(scope.select(call.arguments[0]), scope.universe.parents)


@FUNCTIONS.add("present(x)", "x, or no commits if a name in it does not exist")
def _present(scope: Scope, call: Call) -> Selection:
    named = set(scope.universe.named)
    try:
        return scope.select(call.arguments[0])
    except (UnknownRevision, UnknownWorkspace):
        # The other names in it are not part of the revset either.
        scope.universe.named = named
        return explicit(())


def _parents(scope: Scope) -> Parents:
    return scope.universe.parents


def _children(scope: Scope) -> Parents:
    return scope.universe.children


def _first_parent(scope: Scope) -> Parents:
    return lambda position: scope.universe.parents(position)[:1]


def _steps(neighbours: Callable[[Scope], Parents]) -> Build:
    """Return what makes a function of the commits some generations away, one by default."""

    def build(scope: Scope, call: Call) -> Selection:
        of = scope.select(call.arguments[0])
        return steps(of, number(scope, argument(call, 1), 1), neighbours(scope))

    return build


def _walk(
    neighbours: Callable[[Scope], Parents],
    everything: Callable[[Selection, Parents], Selection],
    within: Callable[[Selection, int, Parents], Selection],
) -> Build:
    """Return what makes a function of all commits in one direction, or of some generations."""

    def build(scope: Scope, call: Call) -> Selection:
        of = scope.select(call.arguments[0])
        if len(call.arguments) == 1:
            return everything(of, neighbours(scope))
        return within(of, number(scope, call.arguments[1], 0), neighbours(scope))

    return build


FUNCTIONS.add("parents(x, [depth])", "What x continues")(_steps(_parents))
FUNCTIONS.add("first_parent(x, [depth])", "The first parents of x")(_steps(_first_parent))
FUNCTIONS.add("children(x, [depth])", "Commits that continue x")(_steps(_children))
FUNCTIONS.add("ancestors(x, [depth])", "x and what it continues")(
    _walk(_parents, ancestors, ancestors_within)
)
FUNCTIONS.add(
    "first_ancestors(x, [depth])", "As `ancestors`, of each commit only its first parent"
)(_walk(_first_parent, ancestors, ancestors_within))
FUNCTIONS.add("descendants(x, [depth])", "x and what continues it")(
    _walk(_children, descendants, descendants_within)
)


@FUNCTIONS.add("reachable(x, domain)", "What is connected with x within domain")
def _reachable(scope: Scope, call: Call) -> Selection:
    sources, domain = map(scope.select, call.arguments)
    return reachable(sources, domain, scope.universe.parents, scope.universe.children)


@FUNCTIONS.add("connected(x)", "x and what lies between its commits")
def _connected(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    return paths(of, of, scope.universe.parents)


@FUNCTIONS.add("latest(x, [count])", "The newest commits of x", "count")
def _latest(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    count = number(scope, argument(call, 1, "count"), 1)

    def stream() -> Iterator[int]:
        dated = ((scope.facts.time(position), position) for position in of.positions())
        return iter(sorted((position for _, position in nlargest(count, dated)), reverse=True))

    return Selection(stream)


@FUNCTIONS.add("fork_point(x)", "Where the lines to all of x part")
def _fork_point(scope: Scope, call: Call) -> Selection:
    return fork_point(scope.select(call.arguments[0]), scope.universe.parents)


@FUNCTIONS.add("merge_point(x)", "Where the lines of all x first meet")
def _merge_point(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    children, parents = scope.universe.children, scope.universe.parents

    def stream() -> Iterator[int]:
        above = [descendants(explicit((position,)), children) for position in of.positions()]
        return roots(intersection(above), parents).positions() if above else iter(())

    return Selection(stream)


@FUNCTIONS.add("exactly(x, count)", "x, an error unless it has so many")
def _exactly(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    count = number(scope, argument(call, 1, "count"), 1)

    def stream() -> Iterator[int]:
        found = len(list(of.positions()))
        if found != count:
            # The count is known only when the set is read, long after the text was parsed.
            raise Refused(
                f"The revset has {counted(found, 'element')}, where exactly {count} were expected",
                code="not_exactly",
            )
        return of.positions()

    return Selection(stream)


@FUNCTIONS.add("coalesce(x, …)", "The first of some sets that is not empty")
def _coalesce(scope: Scope, call: Call) -> Selection:
    terms = list(map(scope.select, call.arguments))

    def stream() -> Iterator[int]:
        found = (term for term in terms if next(term.positions(), None) is not None)
        return next(found, explicit(())).positions()

    return Selection(stream)
