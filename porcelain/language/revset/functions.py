"""The functions of the revset language: one table, to which later ones are added.

A function is built before anything is read: it resolves the names in its arguments and returns
a lazy set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import nlargest

from porcelain.errors import Refused, UnknownRevision, UnknownWorkspace
from porcelain.language.revset.fact_functions import FACT_FUNCTIONS
from porcelain.language.revset.function import Function, Scope, argument, number
from porcelain.language.revset.graph_walks import (
    ancestors_within,
    descendants_within,
    fork_point,
    reachable,
)
from porcelain.language.revset.name_functions import NAME_FUNCTIONS
from porcelain.language.revset.position_set import (
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

_Build = Callable[[Scope, Call], Selection]


def _all(scope: Scope, _call: Call) -> Selection:
    return scope.universe.all


def _none(_scope: Scope, _call: Call) -> Selection:
    return explicit(())


def _root(_scope: Scope, _call: Call) -> Selection:
    return explicit((0,))


def _visible_heads(scope: Scope, _call: Call) -> Selection:
    return Selection(lambda: iter(scope.universe.graph.heads()))


def _heads(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    if of is scope.universe.all:
        return scope.universe.heads()
    return heads(of, scope.universe.parents)


def _roots(scope: Scope, call: Call) -> Selection:
    return roots(scope.select(call.arguments[0]), scope.universe.parents)


def _present(scope: Scope, call: Call) -> Selection:
    named = set(scope.universe.named)
    try:
        return scope.select(call.arguments[0])
    except (UnknownRevision, UnknownWorkspace):
        # What else it names is not part of the revset either.
        scope.universe.named = named
        return explicit(())


def _parents(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    return steps(of, number(scope, argument(call, 1), 1), scope.universe.parents)


def _children(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    return steps(of, number(scope, argument(call, 1), 1), scope.universe.children)


def _first_parents(scope: Scope) -> Callable[[int], list[int]]:
    return lambda position: list(scope.universe.parents(position)[:1])


def _first_parent(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    return steps(of, number(scope, argument(call, 1), 1), _first_parents(scope))


def _ancestors(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    if len(call.arguments) == 1:
        return ancestors(of, scope.universe.parents)
    return ancestors_within(of, number(scope, call.arguments[1], 0), scope.universe.parents)


def _first_ancestors(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    if len(call.arguments) == 1:
        return ancestors(of, _first_parents(scope))
    return ancestors_within(of, number(scope, call.arguments[1], 0), _first_parents(scope))


def _descendants(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    if len(call.arguments) == 1:
        return descendants(of, scope.universe.children)
    return descendants_within(of, number(scope, call.arguments[1], 0), scope.universe.children)


def _reachable(scope: Scope, call: Call) -> Selection:
    sources, domain = map(scope.select, call.arguments)
    return reachable(sources, domain, scope.universe.parents, scope.universe.children)


def _connected(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    return paths(of, of, scope.universe.parents)


def _latest(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    count = number(scope, argument(call, 1, "count"), 1)

    def stream() -> Iterator[int]:
        dated = ((scope.facts.time(position), position) for position in of.positions())
        return iter(sorted((position for _, position in nlargest(count, dated)), reverse=True))

    return Selection(stream)


def _fork_point(scope: Scope, call: Call) -> Selection:
    return fork_point(scope.select(call.arguments[0]), scope.universe.parents)


def _merge_point(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    children, parents = scope.universe.children, scope.universe.parents

    def stream() -> Iterator[int]:
        above = [descendants(explicit((position,)), children) for position in of.positions()]
        return roots(intersection(above), parents).positions() if above else iter(())

    return Selection(stream)


def _exactly(scope: Scope, call: Call) -> Selection:
    of = scope.select(call.arguments[0])
    count = number(scope, argument(call, 1, "count"), 1)

    def stream() -> Iterator[int]:
        found = len(list(of.positions()))
        if found != count:
            # What is found is known only when it is read, long after the text was.
            raise Refused(
                f"The revset has {found} elements, where exactly {count} were expected",
                code="not_exactly",
            )
        return of.positions()

    return Selection(stream)


def _coalesce(scope: Scope, call: Call) -> Selection:
    terms = list(map(scope.select, call.arguments))

    def stream() -> Iterator[int]:
        found = (term for term in terms if next(term.positions(), None) is not None)
        return next(found, explicit(())).positions()

    return Selection(stream)


def _function(
    usage: str, arity: tuple[int, int | None], about: str, build: _Build, keyword: str = ""
) -> tuple[str, Function]:
    keywords = (keyword,) if keyword else ()
    return usage.partition("(")[0], Function(usage, *arity, about, build, keywords)


_ANCESTRY = dict(
    (
        _function("ancestors(x, [depth])", (1, 2), "x and what it continues", _ancestors),
        _function("children(x, [depth])", (1, 2), "Commits that continue x", _children),
        _function(
            "coalesce(x, …)", (0, None), "The first of some sets that is not empty", _coalesce
        ),
        _function("connected(x)", (1, 1), "x and what lies between its commits", _connected),
        _function("descendants(x, [depth])", (1, 2), "x and what continues it", _descendants),
        _function("exactly(x, count)", (2, 2), "x, an error unless it has so many", _exactly),
        _function(
            "first_ancestors(x, [depth])",
            (1, 2),
            "As `ancestors`, of each commit only its first parent",
            _first_ancestors,
        ),
        _function("first_parent(x, [depth])", (1, 2), "The first parents of x", _first_parent),
        _function("fork_point(x)", (1, 1), "Where the lines to all of x part", _fork_point),
        _function("latest(x, [count])", (1, 2), "The newest commits of x", _latest, "count"),
        _function("merge_point(x)", (1, 1), "Where the lines of all x first meet", _merge_point),
        _function("parents(x, [depth])", (1, 2), "What x continues", _parents),
        _function(
            "reachable(x, domain)", (2, 2), "What is connected with x within domain", _reachable
        ),
    )
)  # fmt: skip

FUNCTIONS: dict[str, Function] = {
    **_ANCESTRY,
    **NAME_FUNCTIONS,
    **FACT_FUNCTIONS,
    "all": Function("all()", 0, 0, "All visible commits", _all),
    "heads": Function("heads(x)", 1, 1, "Commits of x that no other of x continues", _heads),
    "none": Function("none()", 0, 0, "No commits", _none),
    "present": Function(
        "present(x)", 1, 1, "x, or no commits if a name in it does not exist", _present
    ),
    "root": Function("root()", 0, 0, "The virtual commit below all others", _root),
    "roots": Function("roots(x)", 1, 1, "Commits of x that continue no other of x", _roots),
    "visible_heads": Function(
        "visible_heads()", 0, 0, "Visible commits that no visible commit continues", _visible_heads
    ),
}
