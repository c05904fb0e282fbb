"""Functions of the revset language: their description, and readers of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn, Protocol

from porcelain.display import Span
from porcelain.errors import Refused
from porcelain.language.revset.graph_protocol import Facts, Graph, Universe
from porcelain.language.revset.position_set import Selection
from porcelain.language.revset.syntax_tree import Intersection, Negation, Symbol, Union
from porcelain.language.string_pattern import KINDS, NamePattern
from porcelain.language.syntax_tree import Call, Expression, Pattern

_MOST_DIGITS = 9


class Scope(Protocol):
    """The parts of an evaluation that a function may use."""

    text: str
    graph: Graph
    universe: Universe

    @property
    def facts(self) -> Facts:
        """The facts about commits."""

    def select(self, expression: Expression) -> Selection:
        """Return the set of commits that an argument names."""

    def expand(self, expression: Expression) -> tuple[Scope, Expression]:
        """Resolve aliases and parameters; return the scope and the expression that they lead to."""

    def elsewhere(self, graph: Graph) -> Scope:
        """Return the same scope on another graph, with the commits of that one."""

    def fail(self, reason: str, span: Span, hints: Sequence[str] = ()) -> NoReturn:
        """Raise RevsetSyntaxError for a place in the text."""


Build = Callable[[Scope, Call], Selection]


class Function(NamedTuple):
    """One function: the number of its arguments, its purpose, and its effect.

    `most` None means any number. `help` is one line for the reference.
    """

    usage: str
    help: str
    build: Build
    least: int
    most: int | None
    keywords: tuple[str, ...]

    def takes(self, positional: int, named: int) -> bool:
        """Tell whether it can be called with so many arguments; named ones are optional."""
        most = self.most
        return self.least <= positional and (most is None or positional + named <= most)

    @property
    def arity(self) -> str:
        """The number of its arguments, in words."""
        if self.most is None:
            return f"at least {self.least}"
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


class FunctionTable(dict[str, Function]):
    """Functions by name."""

    def add(self, usage: str, help_text: str, *keywords: str) -> Callable[[Build], Build]:
        """Return a decorator that enters a function, named and counted by its usage.

        An argument in brackets is optional, `…` means any number.
        """
        name, _, listed = usage[:-1].partition("(")
        arguments = listed.split(", ") if listed else []
        most = None if "…" in arguments else len(arguments)
        least = 0 if most is None else most - sum(one.startswith("[") for one in arguments)

        def enter(build: Build) -> Build:
            self[name] = Function(usage, help_text, build, least, most, keywords)
            return build

        return enter


class TextTest(NamedTuple):
    """A string pattern; `exact` is the one text that it fits, if there is only one."""

    matches: Callable[[str], bool]
    exact: str | None = None


def argument(call: Call, place: int, keyword: str = "") -> Expression | None:
    """Return the argument at a place, or the one given by its keyword."""
    if place < len(call.arguments):
        return call.arguments[place]
    return next((one.value for one in call.keywords if one.name == keyword), None)


def number(scope: Scope, expression: Expression | None, default: int) -> int:
    """Return a whole number from 0; `default` where the argument is left out."""
    if expression is None:
        return default
    inner, found = scope.expand(expression)
    if not isinstance(found, Symbol) or found.quoted or not _is_number(found.name):
        inner.fail("expected a whole number from 0", found.span)
    return int(found.name)


def word(scope: Scope, expression: Expression, what: str) -> str:
    """Return a name or a quoted text as it is written."""
    inner, found = scope.expand(expression)
    if not isinstance(found, Symbol):
        inner.fail(f"expected {what}", found.span)
    return found.name


def text_test(
    scope: Scope,
    expression: Expression | None,
    plain: Callable[[str], TextTest] | None = None,
) -> TextTest:
    """Return a string pattern, which `~`, `&` and `|` may combine; without one all texts fit.

    `plain` gives the test for a text without a kind, in place of a glob.
    """
    if expression is None:
        return TextTest(lambda _: True)
    inner, found = scope.expand(expression)
    match found:
        case Symbol() if plain is not None:
            return plain(found.name)
        case Symbol():
            return _pattern(inner, "glob", found.name, found.span)
        case Pattern():
            return _pattern(inner, found.kind, word(inner, found.value, "a text"), found.span)
        case Negation():
            operand = text_test(inner, found.operand, plain)
            return TextTest(lambda text: not operand.matches(text))
        case Union():
            terms = [text_test(inner, term, plain) for term in found.terms]
            return TextTest(lambda text: any(term.matches(text) for term in terms))
        case Intersection():
            terms = [text_test(inner, term, plain) for term in found.terms]
            removed = [text_test(inner, term, plain) for term in found.removed]
            return TextTest(
                lambda text: (
                    all(term.matches(text) for term in terms)
                    and not any(term.matches(text) for term in removed)
                )
            )
    return inner.fail("expected a string pattern", found.span)


def _pattern(scope: Scope, kind: str, text: str, span: Span) -> TextTest:
    plain_kind = kind.removesuffix("-i")
    if plain_kind not in KINDS:
        known = ", ".join(f"`{one}:`" for one in KINDS)
        hint = f"A kind is one of {known}, with `-i` where case does not matter"
        scope.fail(f"invalid string pattern kind `{kind}:`", span, [hint])
    try:
        found = NamePattern.of(plain_kind, text, kind != plain_kind)
    except Refused as error:
        scope.fail(str(error), span, error.hints)
    return TextTest(found.matches, found.text if found.is_exact else None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
