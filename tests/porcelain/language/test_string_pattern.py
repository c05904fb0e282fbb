"""Patterns that names are chosen by."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.errors import Refused
from porcelain.language.string_pattern import KINDS, NamePattern

FITTING = [
    ("main", "main", "mainx main/ xmain Main"),
    ("try-*", "try- try-b try-b/c", "try atry-b"),
    ("*", "a a/b a\nb", ""),
    ("a?c", "abc a/c", "ac abbc"),
    ("[a-c]x", "ax cx", "dx -x"),
    ("[!a-c]x", "dx /x", "ax x"),
    ("[^a-c]x", "dx", "bx"),
    ("[]]x", "]x", "x"),
    ("{try,work}-*", "try-1 work-2", "other-1"),
    ("a{,b}", "a ab", "b"),
    (r"a\*", "a*", "ab"),
    ("a,b", "a,b", "a b"),
    ("exact:a*", "a*", "ab"),
    ('exact:"a b"', "a\0b", "ab"),
    ("glob:'a*'", "abc", "b"),
    ('"ma*"', "main", "am"),
    ("glob-i:MA*", "main MAIN", "am"),
    ("exact-i:Main", "main MAIN", "mai"),
    ("substring:ai", "main ai", "MAIN a-i"),
    ("substring-i:AI", "main MAIN", "a"),
    (r"regex:^try-\d+$", "try-1 try-12", "try-x atry-1"),
    ("regex:r", "try r", "R x"),
    ("regex-i:^R", "r Rx", "xr"),
    ("a.b", "a.b", "axb"),
    ("a+(b)|c$", "a+(b)|c$", "aab c"),
]


@pytest.mark.parametrize(("text", "fitting", "others"), FITTING)
def test_a_pattern_fits_what_it_says(text: str, fitting: str, others: str) -> None:
    pattern = NamePattern.parse(text)
    names = [name.replace("\0", " ") for name in fitting.split(" ")]

    assert [name for name in names if not pattern.matches(name)] == []
    assert [name for name in others.split() if pattern.matches(name)] == []


def test_the_default_kind_is_the_callers() -> None:
    assert NamePattern.parse("ai", "substring").matches("main")
    assert not NamePattern.parse("m*", "exact").matches("main")
    assert not NamePattern.parse("glob:ai", "substring").matches("main")


@pytest.mark.parametrize(
    ("text", "is_exact"),
    [
        ("main", True),
        ("exact:m*", True),
        ("glob:main", True),
        ("m*", False),
        ("exact-i:main", False),
        ("substring:main", False),
        ("regex:main", False),
    ],
)
def test_a_pattern_for_one_name_is_exact(text: str, is_exact: bool) -> None:
    assert NamePattern.parse(text).is_exact is is_exact


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("foo:bar", "Invalid name pattern kind `foo:`"),
        ("regex:(", "missing )"),
        ("[a", "its `[` is not closed"),
        ("[z-a]", "bad character range"),
        ("{a,b", "its `{` is not closed"),
        ("a}", "it closes a `{` that was not opened"),
        ("a\\", "it ends with a backslash"),
        ('"a', 'the string has no closing `"`'),
        ('"a"b', "something follows the quotation"),
        ("exact:\x1b[31m:(\\", ""),
    ],
)
def test_a_wrong_pattern_is_refused(text: str, reason: str) -> None:
    if not reason:
        assert NamePattern.parse(text).is_exact
        return
    with pytest.raises(Refused, match=re.escape(reason)) as caught:
        NamePattern.parse(text)

    assert caught.value.code == "name_pattern"


def test_an_unknown_kind_names_those_that_there_are() -> None:
    with pytest.raises(Refused) as caught:
        NamePattern.parse("golb:x")

    assert all(f"`{kind}:`" in caught.value.hint for kind in KINDS)


@given(st.text(max_size=8), st.sampled_from(KINDS), st.booleans())
def test_no_pattern_does_anything_but_match_or_refuse(
    text: str, kind: str, ignores_case: bool
) -> None:
    try:
        pattern = NamePattern.of(kind, text, ignores_case)
    except Refused:
        return
    pattern.matches("main")
    if kind in ("exact", "substring"):
        assert pattern.matches(text)


@given(st.text(alphabet="ab/*?", max_size=6), st.text(alphabet="ab/", max_size=6))
def test_globs_fit_as_read_naively(glob: str, name: str) -> None:
    def fits(pattern: str, rest: str) -> bool:
        if not pattern:
            return not rest
        if pattern[0] == "*":
            return any(fits(pattern[1:], rest[place:]) for place in range(len(rest) + 1))
        return bool(rest) and pattern[0] in ("?", rest[0]) and fits(pattern[1:], rest[1:])

    assert NamePattern.parse(f"glob:{glob}").matches(name) == fits(glob, name)
