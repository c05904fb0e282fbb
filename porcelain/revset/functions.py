"""The functions of the revset language: one table, to which later ones are added.

A function is built before anything is read: it resolves the names in its arguments and returns
a lazy set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, NoReturn, Protocol

from porcelain.display import Span
from porcelain.errors import UnknownRevision, UnknownWorkspace
from porcelain.revset.expression import Call, Expression
from porcelain.revset.graph import Universe
from porcelain.revset.selection import Selection, explicit, heads, roots


class Scope(Protocol):
    """What a function may use of the evaluation that it is part of."""

    universe: Universe

    def select(self, expression: Expression) -> Selection:
        """Return the set that an argument stands for."""
        ...

    def fail(self, reason: str, span: Span) -> NoReturn:
        """Raise RevsetSyntaxError for a place in the text."""
        ...


class Function(NamedTuple):
    """One function: how many arguments it takes, what it is for, and what it does.

    `most` None means any number. `help` is one line for the reference.
    """

    usage: str
    least: int
    most: int | None
    help: str
    build: Callable[[Scope, Call], Selection]
    keywords: tuple[str, ...] = ()


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


FUNCTIONS: dict[str, Function] = {
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
