"""A parsed revset that is written out with as few parentheses as possible is parsed as itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.language.revset.parser import format_name, parse
from porcelain.language.revset.syntax_tree import (
    Intersection,
    Negation,
    Range,
    RemoteSymbol,
    Step,
    Symbol,
    Union,
    Workspace,
)
from porcelain.language.syntax_tree import Call, Expression, KeywordArgument

NOWHERE = (0, 0)
UNION, INTERSECTION, NEGATION, RANGE, STEP, PRIMARY = range(6)


def printed(part: Expression) -> tuple[str, int]:
    """Return the text of a part, and how strongly it binds."""
    if isinstance(part, Union):
        return "|".join(within(term, INTERSECTION) for term in part.terms), UNION
    if isinstance(part, Intersection):
        texts = [within(term, NEGATION) for term in part.terms]
        removed = [within(term, NEGATION) for term in part.removed]
        return "~".join(["&".join(texts), *removed]), INTERSECTION
    if isinstance(part, Negation):
        return f"~{within(part.operand, RANGE)}", NEGATION
    if isinstance(part, Range):
        sides = ["" if side is None else within(side, STEP) for side in (part.start, part.end)]
        return part.operator.join(sides), RANGE
    if isinstance(part, Step):
        inner = part.operand
        chains = isinstance(inner, Step) and inner.operator != part.operator
        text = within(inner, STEP if chains else PRIMARY)
        return text + part.operator * part.count, STEP
    return primary(part), PRIMARY


def primary(part: Expression) -> str:
    if isinstance(part, Call):
        arguments = [within(one, UNION) for one in part.arguments]
        arguments += [f"{one.name}={within(one.value, UNION)}" for one in part.keywords]
        return f"{part.name}({', '.join(arguments)})"
    if isinstance(part, Workspace):
        return "@" if part.name is None else f"{format_name(part.name)}@"
    if isinstance(part, RemoteSymbol):
        return f"{format_name(part.name)}@{format_name(part.remote)}"
    assert isinstance(part, Symbol)
    return f"'{part.name}'" if part.quoted else part.name


def within(part: Expression, strength: int) -> str:
    text, own = printed(part)
    return text if own >= strength else f"({text})"


def shape(part: object) -> object:
    """Return a part as plain tuples, without places in the text."""
    if isinstance(part, Expression):
        places = ("span", "name_span", "inside")
        fields = [getattr(part, name) for name in part._fields if name not in places]
        return (type(part).__name__, *map(shape, fields))
    return tuple(map(shape, part)) if isinstance(part, tuple) else part


names = st.from_regex(r"\A[a-z]([.+-]?[a-z0-9]){0,3}\Z")
leaves = st.one_of(
    names.map(lambda name: Symbol(NOWHERE, name, False)),
    st.from_regex(r"\A[ a-z@:~|+-]{0,4}\Z").map(lambda name: Symbol(NOWHERE, name, True)),
    st.just(Workspace(NOWHERE, None)),
    names.map(lambda name: Workspace(NOWHERE, name)),
    st.builds(lambda name, remote: RemoteSymbol(NOWHERE, name, remote), names, names),
)


def chains(
    inner: st.SearchStrategy[Expression], least: int
) -> st.SearchStrategy[tuple[Expression, ...]]:
    return st.lists(inner, min_size=least, max_size=3).map(tuple)


def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    sides = st.one_of(st.none(), inner)
    keywords = st.lists(
        st.builds(lambda name, value: KeywordArgument(NOWHERE, name, value), calls, inner),
        max_size=2,
    ).map(tuple)
    return st.one_of(
        chains(inner, 2).map(lambda terms: Union(NOWHERE, terms)),
        st.builds(intersection, chains(inner, 1), chains(inner, 0)),
        inner.map(lambda operand: Negation(NOWHERE, operand)),
        st.builds(
            lambda sign, a, b: Range(NOWHERE, sign, a, b),
            st.sampled_from(("::", "..")),
            sides,
            sides,
        ),
        st.builds(
            lambda sign, a, n: Step(NOWHERE, sign, a, n),
            st.sampled_from("+-"),
            inner,
            st.integers(1, 3),
        ),
        st.builds(called, calls, chains(inner, 0), keywords),
    )


calls = st.from_regex(r"\A[a-z]{1,4}\Z")


def intersection(terms: tuple[Expression, ...], removed: tuple[Expression, ...]) -> Expression:
    whole = Intersection(NOWHERE, terms, removed)
    return whole if len(terms) + len(removed) > 1 else terms[0]


def called(
    name: str, arguments: tuple[Expression, ...], keywords: tuple[KeywordArgument, ...]
) -> Expression:
    return Call(NOWHERE, None, name, NOWHERE, arguments, keywords, NOWHERE)


expressions = st.recursive(leaves, larger, max_leaves=12)


def check(expression: Expression) -> None:
    text, _ = printed(expression)
    assert shape(parse(text).root) == shape(expression), text


@settings(max_examples=150, deadline=None)
@given(expressions)
def test_a_printed_revset_parses_as_itself(expression: Expression) -> None:
    check(expression)


@pytest.mark.soak
@settings(max_examples=10_000, deadline=None)
@given(expressions)
def test_many_printed_revsets_parse_as_themselves(expression: Expression) -> None:
    check(expression)
