"""Names that stand for revsets: expanded with their arguments, refused with a trace."""

from __future__ import annotations

import pytest

from porcelain.errors import RevsetSyntaxError
from porcelain.language.revset.aliases import Aliases
from porcelain.language.revset.evaluate import evaluate
from porcelain.language.revset.parser import parse
from tests.porcelain.language.revset.dag import Dag

LINE = [(), (1,), (2,), (3,)]


def evaluated(text: str, aliases: dict[str, str]) -> list[int]:
    dag = Dag(LINE, current=4, aliases=aliases)
    dag.named["tags"] = {"v1": [1], "v2": [2]}
    return list(evaluate(parse(text), dag).positions())


@pytest.mark.parametrize(
    ("text", "aliases", "expected"),
    [
        ("mine-too", {"mine-too": "@-"}, [3]),
        ("x-", {"x": "@"}, [3]),
        ("f(@)", {"f(x)": "x-"}, [3]),
        ("f(@, c1)", {"f(x)": "x-", "f(x, y)": "y::x"}, [4, 3, 2, 1]),
        ("f()", {"f()": "g(@)", "g(x)": "x--"}, [2]),
        ("f(f(@))", {"f(x)": "x-"}, [2]),
        ("f(x)", {"f(x)": "x-", "x": "@"}, [3]),
        ("f(c1)", {"f(x)": "g(x)", "g(y)": "y+"}, [2]),
        ("tags(first)", {"first": "exact:v1"}, [1]),
        ("tags(one(v))", {"one(x)": "glob:'v1'"}, [1]),
        ("ancestors(@, two)", {"two": "2"}, [4, 3]),
        ("heads(c1)", {"heads(x)": "x+"}, [2]),
        ("mutable()", {"immutable_heads()": "c2"}, [4, 3]),
        ("immutable()", {"immutable_heads()": "builtin_immutable_heads() | c3"}, [3, 2, 1, 0]),
        ("trunk()", {"trunk()": "c3"}, [3]),
        ("immutable_heads()", {"trunk()": "c3"}, [3, 2, 1]),
    ],
)
def test_an_alias_equals_its_definition(
    text: str, aliases: dict[str, str], expected: list[int]
) -> None:
    assert evaluated(text, aliases) == expected


def test_a_quoted_name_is_no_alias() -> None:
    assert evaluated("c1 | 'c2'", {"c2": "c3"}) == [2, 1]


def fault(text: str, aliases: dict[str, str]) -> RevsetSyntaxError:
    with pytest.raises(RevsetSyntaxError) as caught:
        evaluated(text, aliases)
    return caught.value


def test_a_fault_in_an_alias_shows_where_it_is_used_and_where_it_is() -> None:
    error = fault("@ | outer(c1)", {"outer(x)": "x- | inner", "inner": "heads()"})

    assert str(error) == (
        "Failed to parse revset: In alias `outer(x)`: In alias `inner`: "
        "Function `heads`: Expected 1 arguments"
    )
    lines = [line for line in error.diagram().splitlines() if line.strip() != "|"]
    assert lines == [
        *(" --> 1:5", "1 | @ | outer(c1)", "  |     ^-------^", "  = In alias `outer(x)`"),
        *(" --> 1:6", "1 | x- | inner", "  |      ^---^", "  = In alias `inner`"),
        *(
            " --> 1:7",
            "1 | heads()",
            "  |       ^---",
            "  = Function `heads`: Expected 1 arguments",
        ),
    ]


def test_a_fault_in_an_argument_is_one_of_the_text_that_has_it() -> None:
    error = fault("f(heads())", {"f(x)": "x-"})

    assert error.text == "f(heads())"
    assert error.span == (8, 8)


@pytest.mark.parametrize(
    ("aliases", "reason"),
    [
        ({"x": "x"}, "Alias `x` expanded recursively"),
        ({"x": "f(@)", "f(a)": "a | x"}, "Alias `x` expanded recursively"),
        ({"x": "!@"}, "In alias `x`: `!` is not a prefix operator"),
        ({"x": "nothing_such()"}, "Function `nothing_such` doesn't exist"),
        ({"x": "f()", "f(a)": "a", "f(a,b,c)": "a"}, "`f`: Expected 1 or 3 arguments"),
    ],
)
def test_a_recursive_or_wrong_alias_is_refused(aliases: dict[str, str], reason: str) -> None:
    assert reason in str(fault("x", aliases))


def test_aliases_that_multiply_are_stopped() -> None:
    doubling = {f"a{n}": f"a{n + 1} | ~a{n + 1}" for n in range(40)} | {"a40": "@"}

    assert "aliases are expanded more than" in str(fault("a0", doubling))


def test_nesting_through_aliases_is_bounded() -> None:
    deep = {f"a{n}": f"{'~(' * 20}a{n + 1}|@{')' * 20}" for n in range(30)} | {"a30": "@"}

    assert "nested too deeply" in str(fault("a0", deep))


def test_bad_declarations_are_ignored_and_told() -> None:
    aliases = Aliases(
        {"f(": "@", "f(a, a)": "@", "-x": "@", "f(1)": "@", "": "@", "ok-1": "@", "mutable()": "@"}
    )

    assert aliases.problems == [
        "`f(` does not declare an alias",
        "`f(a, a)` does not declare an alias",
        "`-x` does not declare an alias",
        "`f(1)` does not declare an alias",
        "`` does not declare an alias",
        "`mutable()` should not be redefined; `immutable_heads()` is what may be",
    ]
    assert aliases.symbol("ok-1") is not None
