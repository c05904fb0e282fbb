from __future__ import annotations

import pytest

from porcelain.errors import TemplateSyntaxError
from porcelain.language.template.evaluate import compile_template
from porcelain.language.template.keywords import COMMIT_VOCABULARY
from porcelain.language.template.value import Id


class Commit:
    def __init__(self, **values: object) -> None:
        self.values: dict[str, object] = {
            "commit_id": Id("0123456789abcdef0123456789abcdef01234567", lambda: 2),
            "change_id": Id("klmnopqrstuvwxyzklmnopqrstuvwxyz", lambda: 1),
            "description": "first line\nsecond\n",
            **values,
        }

    def get(self, name: str) -> object:
        return self.values[name]

    def data(self) -> dict[str, object]:
        return {"commit_id": str(self.values["commit_id"])}


def shown(text: str, commit: Commit | None = None) -> str:
    return compile_template(text, COMMIT_VOCABULARY).text(commit or Commit())


def _power(factor: str, doublings: int) -> str:
    """Return a product of many factors, shallow enough to be parsed."""
    for _ in range(doublings):
        factor = f"({factor} * {factor})"
    return factor


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \n", ""),
        ("commit_id", "0123456789abcdef0123456789abcdef01234567"),
        ("change_id", "klmnopqrstuvwxyzklmnopqrstuvwxyz"),
        ("description", "first line\nsecond\n"),
        ("description.first_line()", "first line"),
        (r'"a\r\nb".first_line()', "a"),
        ("commit_id.short()", "0123456789ab"),
        ("commit_id.short(4)", "0123"),
        ("commit_id.short(4,)", "0123"),
        ("commit_id.short(0)", ""),
        ("commit_id . short( 1 + 2 )", "012"),
        ("change_id.short(12).first_line()", "klmnopqrstuv"),
        ("change_id.shortest()", "k"),
        ("change_id.shortest(8)", "klmnopqr"),
        ("commit_id.shortest(1)", "01"),
        ("change_id.shortest(99)", "klmnopqrstuvwxyzklmnopqrstuvwxyz"),
        ('change_id.short(2) ++ " " ++ commit_id.short(2) ++ "\\n"', "kl 01\n"),
        ("'a\\n' ++ \"\\x41\"", "a\\nA"),
        ("1 ++ true ++ false", "1truefalse"),
        # arithmetic rounds towards zero
        ("1+2*3", "7"),
        ("(1+2)*3", "9"),
        ("10-2-3", "5"),
        ("7/2 ++ ' ' ++ -7/2 ++ ' ' ++ -7%3 ++ ' ' ++ 7%-3", "3 -3 -1 1"),
        ("--1 ++ - 2", "1-2"),
        # comparisons and logic
        ("1 < 2", "true"),
        ("2 <= 1", "false"),
        ("1+1 == 2", "true"),
        ("'a' != 'a'", "false"),
        ("1 < 2 == true", "true"),
        ("true || false && false", "true"),
        ("!description", "false"),
        ("!!true", "true"),
        ("'' || description", "true"),
        ("'x' && ''", "false"),
        ("1 == 1 ++ 'a'", "truea"),
        # a subject's fault is printed in its place
        ("'a' ++ 1/0 ++ 'b'", "a<Error: cannot divide by zero>b"),
        ("commit_id.short(-1)", "<Error: a length cannot be negative>"),
        ("1/0 == 1", "<Error: cannot divide by zero>"),
        (f"{2**63 - 1} + 1", "<Error: the number does not fit in 64 bits>"),
        (f"-{2**63 - 1} - 2", "<Error: the number does not fit in 64 bits>"),
        (f"-{2**63 - 1} - 1", str(-(2**63))),
        (_power(f"{2**63 - 1}", 9), "<Error: the number does not fit in 64 bits>"),
    ],
)
def test_a_template_prints_its_value(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_an_empty_description_is_empty_text() -> None:
    assert (
        shown("description.first_line() ++ '|' ++ !description", Commit(description="")) == "|true"
    )


def test_labels_describe_a_text() -> None:
    text = "change_id.shortest(3) ++ ' ' ++ commit_id.short(2) ++ description ++ 1/0"

    pieces = compile_template(text, COMMIT_VOCABULARY).render(Commit(), "log commit")

    assert pieces == [
        ("log commit change_id shortest prefix", "k"),
        ("log commit change_id shortest rest", "lm"),
        ("log commit", " "),
        ("log commit commit_id short", "01"),
        ("log commit description", "first line\nsecond\n"),
        ("log commit error", "<"),
        ("log commit error heading", "Error: "),
        ("log commit error", "cannot divide by zero>"),
    ]


def test_prefixes_are_looked_up_only_when_they_are_shown() -> None:
    def unknown() -> int:
        raise AssertionError

    assert shown("commit_id.short(3)", Commit(commit_id=Id("012345", unknown))) == "012"


@pytest.mark.parametrize(
    ("text", "span", "reason", "hint"),
    [
        ("descripton", (0, 10), "Keyword `descripton` doesn't exist", "`description`"),
        ("1 ++ foo(1)", (5, 8), "Function `foo` doesn't exist", ""),
        (
            "change_id.shrt()",
            (10, 14),
            "Method `shrt` doesn't exist for type `ChangeId`",
            "`short`",
        ),
        ("1.short()", (2, 7), "Method `short` doesn't exist for type `Integer`", ""),
        ("change_id.short", (10, 15), "expected `(` after `short`", "`.short()`"),
        ("change_id.short('a')", (16, 19), "Expected expression of type `Integer`", "`++`"),
        ("change_id.short(1, 2)", (16, 20), "Function `short`: Expected 0 to 1 arguments", ""),
        ("description.first_line(1)", (23, 24), "Expected 0 arguments", ""),
        ("change_id.short(n=1)", (16, 19), "Unexpected keyword arguments", ""),
        ("change_id.short(n=1, 2)", (21, 22), "Positional argument follows keyword", ""),
        ("'a' + 'b'", (0, 3), "type `Integer`, but actual type is `String`", "`++`"),
        ("1 && true", (0, 1), "type `Boolean`, but actual type is `Integer`", ""),
        ("!1", (1, 2), "type `Boolean`, but actual type is `Integer`", ""),
        ("'a' == 1", (0, 8), "Cannot compare expressions of type `String` and `Integer`", ""),
        ("'a' < 'b'", (0, 9), "Cannot compare expressions of type `String` and `String`", ""),
        ("1<2<3", (0, 5), "Cannot compare expressions of type `Boolean` and `Integer`", ""),
        ("change_id == commit_id", (0, 22), "Cannot compare", ""),
        ("1 ++ |x, y| x", (5, 13), "a lambda cannot be used here", ""),
        ("glob:'x'", (0, 8), "a string pattern cannot be used as a value", ""),
        ("exact-i:'x' ++ 1", (0, 11), "a string pattern cannot be used as a value", ""),
        ("1 +", (3, 3), "expected an expression, found the end", ""),
        ("1 ++ ++ 2", (5, 5), "expected an expression, found `+`", ""),
        ("(1", (0, 1), "never closed", ""),
        ("1)", (1, 1), "expected an operator, found `)`", ""),
        ("f(1 2)", (4, 4), "expected an operator", "`++`"),
        ("change_id commit_id", (10, 10), "expected an operator", "`++`"),
        ("01", (1, 1), "expected an operator", "`++`"),
        ("99999999999999999999", (0, 20), "an integer cannot be larger than", ""),
        ("'abc", (0, 1), "no closing", ""),
        ('"\\q"', (1, 3), "unknown escape", "Known are"),
        ("|1| 2", (1, 1), "expected the name of a parameter, found `1`", ""),
        ("|a b| 2", (3, 3), "expected `,` or `|`, found `b`", ""),
        ("a.1", (2, 2), "expected the name of a method, found `1`", ""),
        ("$", (0, 0), "expected an expression, found `$`", ""),
        ("a = b", (2, 3), "`=` is not an infix operator", "`==`"),
    ],
)
def test_a_mistake_is_found_before_anything_is_printed(
    text: str, span: tuple[int, int], reason: str, hint: str
) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compile_template(text, COMMIT_VOCABULARY)

    assert caught.value.span == span
    assert str(caught.value).startswith("Failed to parse template: ")
    assert reason in str(caught.value)
    assert hint in caught.value.hint
    assert bool(hint) == bool(caught.value.hint)


@pytest.mark.parametrize(
    "text",
    ["(" * 5000 + "1" + ")" * 5000, "1" + "+1" * 5000, "f(" * 5000, "!" * 5000 + "true"],
)
def test_too_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="deep"):
        compile_template(text, COMMIT_VOCABULARY)


def test_long_concatenations_and_the_deepest_nesting_render() -> None:
    assert shown(" ++ ".join(["'x'"] * 10_000)) == "x" * 10_000
    assert shown("(1+" * 49 + "1" + ")" * 49) == "50"
