"""Names: never one that git would refuse, and the project's own rules on top."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from store.errors import InvalidRefName
from store.repository.ref_name import TAGS, check_name, check_ref_name, fold_name, session_ref

PIECES = ["a", "ok", "/", ".", "..", ".lock", "@", "{", "@{", "-", "~", "^", ":", "?", "*", "[",
          "\\", " ", "\t", "\x7f", "\0", "\n", "é", "\u202e", "\u2028", "\x85", "\udcff", "\ud800",
          "x" * 60, "K", "refs"]  # fmt: skip
pieced = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
texts = st.one_of(pieced, st.text(max_size=20))


def git_takes(ref: str) -> bool:
    try:
        raw = ref.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    if b"\0" in raw:
        return False  # no argument can hold it
    return not subprocess.run(["git", "check-ref-format", raw], check=False).returncode


def is_taken(ref: str) -> bool:
    try:
        return check_ref_name(ref) == ref
    except InvalidRefName as error:
        return not (error.reason and str(error).isascii())


@settings(max_examples=150)
@given(texts)
@example("@")
@example("/a")
@example("a/")
@example("a./b")
@example("a/b.")
@example("a/.b")
@example("a.lock/b")
@example("a/b.LOCK")
@example("a/@")
@example("a//b")
@example("x" * 225)
@example("x" * 251)
def test_a_ref_name_is_taken_as_git_takes_it(text: str) -> None:
    """Both ways, but for parts too long to be a file's name."""
    ref = f"refs/{text}"
    parts = text.encode("utf-8", "surrogatepass").split(b"/")
    assert is_taken(ref) == (git_takes(ref) and all(len(part) <= 250 for part in parts))
    if is_taken(text) and not text.startswith("-"):  # which git takes for an option
        assert git_takes(text)


@settings(max_examples=60)
@given(texts)
def test_every_name_that_may_be_made_is_one_that_git_takes(name: str) -> None:
    try:
        check_name(name)
    except InvalidRefName:
        return
    assert git_takes(session_ref(name))
    assert git_takes(TAGS + name)


@pytest.mark.parametrize(
    "name",
    ["ok", "a/b", "@", "x-", "très", "UP", "up", "a" * 200, "deadbeef", "a" * 39, "k" * 31,
     "k" * 33, "0" * 41, "a.b", "日本語", "a/-b", "fix#1", "ａ"],
)  # fmt: skip
def test_names_that_may_be_made(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "it is empty"),
        ("..", "it holds '..'"),
        ("a..b", "it holds '..'"),
        (".hidden", "begins with '.'"),
        ("a/.b", "begins with '.'"),
        ("two words", "a space"),
        ("a\tb", "U+0009"),
        ("a\0b", "U+0000"),
        ("a\x1b[1m", "U+001B"),
        ("a\u202eb", "U+202E"),
        ("a\u2066b", "U+2066"),
        ("a\u200bb", "U+200B"),
        ("a\ufeffb", "U+FEFF"),
        ("a\u00adb", "U+00AD"),
        ("a\x85b", "U+0085"),
        ("a\u2028b", "U+2028"),
        ("a\u00a0b", "U+00A0"),
        ("a\ue000b", "U+E000"),
        *((f"a{char}b", "it holds the character") for char in "~^:?*[\\"),
        ("a@{b", "it holds '@{'"),
        ("a.", "it ends with '.'"),
        ("a.lock", "ends with '.lock'"),
        ("a.lock/b", "ends with '.lock'"),
        ("/a", "empty part"),
        ("a/", "empty part"),
        ("a//b", "empty part"),
        ("-x", "like an option"),
        ("a" * 201, "201 bytes long, at most 200"),
        ("é" * 101, "202 bytes long"),
        ("a" * 300, "300 bytes long"),
        ("0123456789abcdef" * 2 + "01234567", "full commit id"),
        ("0123456789ABCDEF" * 2 + "01234567", "full commit id"),
        ("k" * 32, "full change id"),
        ("KLMNOPQRSTUVWXYZ" * 2, "full change id"),
        ("a\ud800b", "not valid Unicode"),
    ],
)
def test_names_that_may_not_be_made_say_which_rule_they_break(name: str, reason: str) -> None:
    with pytest.raises(InvalidRefName) as caught:
        check_name(name)
    assert reason in str(caught.value)
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_a_name_with_bytes_that_are_no_text_may_not_be_made() -> None:
    with pytest.raises(InvalidRefName, match="not valid Unicode"):
        check_name(b"a\xffb".decode("utf-8", "surrogateescape"))


def test_a_part_longer_than_a_file_name_is_refused() -> None:
    assert is_taken("refs/sessions/" + "a" * 250)
    assert not is_taken("refs/sessions/" + "a" * 251)
    assert not is_taken("refs/sessions/" + "é" * 126 + "/x")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Fix", "fIX"), ("straße", "STRASSE"), ("e\u0301", "é"), ("É", "e\u0301"), ("ǆ", "Ǆ")],
)
def test_names_that_some_file_systems_cannot_tell_apart_fold_to_the_same(
    one: str, other: str
) -> None:
    assert fold_name(one) == fold_name(other)


def test_different_names_fold_to_different_ones() -> None:
    names = ["fix", "fixe", "fix-2", "é", "e", "ф"]
    assert len({fold_name(name) for name in names}) == len(names)


@given(st.text())
def test_folding_again_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)
