from __future__ import annotations

import pytest

from porcelain.errors import RevsetSyntaxError
from porcelain.language.revset.parser import parse
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
from porcelain.language.syntax_tree import Call, Expression, Pattern


def shape(part: Expression | None) -> str:
    """Spell a parsed revset with every operand in brackets."""
    match part:
        case None:
            return ""
        case Symbol():
            return part.name
        case RemoteSymbol():
            return f"{part.name}@{part.remote}"
        case Workspace():
            return f"{part.name or ''}@"
        case Step():
            return f"[{shape(part.operand)}]{part.operator * part.count}"
        case Range():
            return f"[{shape(part.start)}{part.operator}{shape(part.end)}]"
        case Negation():
            return f"~[{shape(part.operand)}]"
        case Union():
            return "[" + "|".join(map(shape, part.terms)) + "]"
        case Intersection():
            kept = "&".join(map(shape, part.terms))
            return f"[{kept}" + "".join(f"~{shape(term)}" for term in part.removed) + "]"
        case Pattern():
            return f"{part.kind}:{shape(part.value)}"
        case Call():
            named = [f"{keyword.name}={shape(keyword.value)}" for keyword in part.keywords]
            return f"{part.name}({','.join([*map(shape, part.arguments), *named])})"
    raise AssertionError(part)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # names
        ("main", "main"),
        ("try-b", "try-b"),
        ("a--b", "a--b"),
        ("v1.0+build/x_*", "v1.0+build/x_*"),
        ("naïve/日本語", "naïve/日本語"),
        ("kxyz/1", "kxyz/1"),
        ('"a b"', "a b"),
        (r'"\"\\\t\r\n\0\e\x41"', '"\\\t\r\n\0\x1bA'),
        (r"'a\n'", r"a\n"),
        ("@", "@"),
        ("other@", "other@"),
        ('"a b"@', "a b@"),
        ("main@origin", "main@origin"),
        ('main@"my remote"', "main@my remote"),
        # steps: the longest name wins
        ("x-", "[x]-"),
        ("x--", "[x]--"),
        ("x-+", "[[x]-]+"),
        ("x-y", "x-y"),
        ("x+y-", "[x+y]-"),
        ("@-", "[@]-"),
        ('"x-"-', "[x-]-"),
        # ranges bind weaker than steps, and both sides may be missing
        ("::", "[::]"),
        ("..", "[..]"),
        ("::x", "[::x]"),
        ("x..", "[x..]"),
        ("a-..b+", "[[a]-..[b]+]"),
        ("a.b..c", "[a.b..c]"),
        ("(a::b)::c", "[[a::b]::c]"),
        # then ~, then & and infix ~ from left to right, then |
        ("~a::b", "~[[a::b]]"),
        ("~~a", "a"),
        ("~ ~ ~a", "~[a]"),
        ("~a&b", "[~[a]&b]"),
        ("a&b~c&d~e", "[a&b&d~c~e]"),
        ("a~b|c&d", "[[a~b]|[c&d]]"),
        ("a|b|c", "[a|b|c]"),
        ("a&(b|c)", "[a&[b|c]]"),
        ("a ~ ~b", "[a~~[b]]"),
        (" a\n|\tb ", "[a|b]"),
        # calls and patterns
        ("all()", "all()"),
        ("f( a , b|c, )", "f(a,[b|c])"),
        ("f(a, key = b, other=c)", "f(a,key=b,other=c)"),
        ("f()-", "[f()]-"),
        ("description(glob:'a*')", "description(glob:a*)"),
        ("author(exact-i:x | ~substring:y)", "author([exact-i:x|~[substring:y]])"),
        ("exact:x-", "exact:[x]-"),
    ],
)
def test_binds_operators_by_their_strength(text: str, expected: str) -> None:
    assert shape(parse(text).root) == expected


@pytest.mark.parametrize(
    ("text", "span", "reason", "hint"),
    [
        ("", (0, 0), "expected a revision, found the end", ""),
        ("  ", (2, 2), "expected a revision, found the end", ""),
        ("a &", (3, 3), "expected a revision, found the end", ""),
        ("a b", (2, 2), "expected an operator, found `b`", ""),
        ("a)", (1, 1), "expected an operator, found `)`", ""),
        ("f(,)", (2, 2), "expected a revision, found `,`", ""),
        ("f(a", (1, 2), "never closed", ""),
        ("(a|b", (0, 1), "never closed", ""),
        ("heads (a)", (6, 6), "expected an operator, found `(`", ""),
        ("a.b(c)", (3, 3), "expected an operator, found `(`", ""),
        ("x$y", (1, 1), "expected an operator, found `$`", ""),
        ("😀", (0, 0), "expected a revision, found `😀`", "needs quotes"),
        ("a@@b", (2, 2), "expected an operator", ""),
        ('x|"abc', (2, 3), 'no closing `"`', ""),
        ("'abc", (0, 1), "no closing `'`", ""),
        (r'"a\q"', (2, 4), "unknown escape", r"\xHH"),
        (r'"\x4"', (1, 3), "unknown escape", r"\xHH"),
        ("f(k=a, b)", (7, 8), "Positional argument follows keyword argument", ""),
        ("a::b::c", (4, 6), "ranges do not chain", "parentheses"),
        ("a..b::", (4, 6), "ranges do not chain", "parentheses"),
        ("a :: b", (2, 4), "`::` takes no blanks around it", "`x::y`"),
        ("a.. b", (4, 4), "expected an operator, found `b`", ""),
        # other tools' spellings
        ("x^", (1, 2), "`^` is not a postfix operator", "`-` for parents"),
        ("x - y", (2, 3), "`-` is not an infix operator", "`~` for difference"),
        ("x + y", (2, 3), "`+` is not an infix operator", "`|` for union"),
        ("x && y", (2, 4), "`&&` is not an infix operator", "`&`"),
        ("x||y", (1, 3), "`||` is not an infix operator", "`|`"),
        ("x and y", (2, 5), "`and` is not an infix operator", "`&`"),
        ("!x", (0, 1), "`!` is not a prefix operator", "`~`"),
        (":x", (0, 1), "`:` is not a prefix operator", "`::` for ancestors"),
        ("x:", (1, 2), "`:` is not a postfix operator", "`::` for descendants"),
        ("@:", (1, 2), "`:` is not a postfix operator", "`::` for descendants"),
        ("@:x", (1, 2), "`:` is not an infix operator", "`::` for DAG range"),
        ('"x":y', (3, 4), "`:` is not an infix operator", "`::` for DAG range"),
        ("-x", (0, 1), "`-` is not a prefix operator", "`x-`"),
    ],
)
def test_a_fault_points_at_its_place_and_offers_the_right_spelling(
    text: str, span: tuple[int, int], reason: str, hint: str
) -> None:
    with pytest.raises(RevsetSyntaxError) as caught:
        parse(text)

    assert caught.value.text == text
    assert caught.value.span == span
    assert reason in str(caught.value)
    assert str(caught.value).startswith("Failed to parse revset: ")
    assert hint in caught.value.hint
    assert bool(hint) == bool(caught.value.hint)


def test_a_diagram_marks_the_place() -> None:
    with pytest.raises(RevsetSyntaxError) as caught:
        parse("heads(a) |\n\tb && c")

    assert caught.value.diagram().splitlines() == [
        " --> 2:4",
        "  |",
        "2 | \tb && c",
        "  | \t  ^^",
        "  |",
        "  = `&&` is not an infix operator",
    ]


def test_a_diagram_lets_no_control_character_through() -> None:
    with pytest.raises(RevsetSyntaxError) as caught:
        parse("a\x1b[31m")

    assert "\x1b" not in caught.value.diagram() + str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "x" + ")" * 5000,
        "f(" * 5000,
        "x" + "-+" * 5000,
        "(~" * 49 + "x" + "-)" * 49 + "-+" * 200,
    ],
)
def test_too_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(RevsetSyntaxError, match=r"deep"):
        parse(text)


def test_long_chains_are_not_nesting() -> None:
    assert parse("|".join(["x-+"] * 10_000)).root.depth == 4
    assert parse("&".join(["x~y"] * 10_000)).root.depth == 2
    assert parse("~" * 10_000 + "x" + "-" * 10_000).root.depth == 2
