"""Any key is the name of a session, and no two keys share one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import InvalidRefName
from store.repository.key_name import decode_name, encode_name, encode_prefix
from store.repository.ref_name import SESSIONS, check_name, fold_name
from tests.harness.bare import fsck
from tests.store.session_store.conversations import session, store_at

KEYS = ["-home-user-x", "a:b", "a b", "x" * 300, "A", "a", "a/b", "", ".", "..", "a.lock", "@{",
        "deadbeef" * 5, "kl" * 16, "\n", "é", "e\u0301", "ß", "ss", "\ud800", "名前" * 50, "%", "+", "a+b"]  # fmt: skip
PARTS = st.lists(st.text(max_size=20), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("chat-1",), "chat-1"),
        (("-home-user-x",), "%2dhome-user-x"),
        (("a:b",), "a%3ab"),
        (("A",), "=a"),
        (("project", "Id 7"), "project+=id%207"),
        (("", "x"), "%+x"),
        (("x" * 200,), "x" * 199 + ",/x"),
    ],
)
def test_names_of_keys(parts: tuple[str, ...], name: str) -> None:
    assert encode_name(*parts) == name
    assert decode_name(name) == parts


@given(PARTS, PARTS)
def test_different_keys_have_different_names_that_may_all_be_made(
    one: list[str], two: list[str]
) -> None:
    names = [encode_name(*one), encode_name(*two)]
    assert [decode_name(name) for name in names] == [tuple(one), tuple(two)]
    for name in names:
        check_name(name)
    folded = [fold_name(SESSIONS + name) for name in names]
    assert (folded[0] == folded[1]) == (one == two)
    assert not folded[0].startswith(f"{folded[1]}/")


@given(PARTS, PARTS)
def test_a_prefix_is_that_of_the_keys_below(parts: list[str], more: list[str]) -> None:
    assert encode_name(*parts, *more).startswith(encode_prefix(*parts))
    assert not encode_name(*parts).startswith(encode_prefix(*parts))


def test_a_long_prefix_is_cut_like_the_names(tmp_path: Path) -> None:
    parts = ("p" * 198, "q" * 300)
    assert encode_name(*parts).startswith(encode_prefix(parts[0]))
    assert encode_name(*parts, "z").startswith(encode_prefix(*parts))


def test_git_takes_every_name(tmp_path: Path) -> None:
    for key in KEYS:
        ref = SESSIONS + encode_name(key)
        subprocess.run(["git", "check-ref-format", ref], check=True)


def test_sessions_are_kept_under_any_keys(repo_path: Path) -> None:
    store = store_at(repo_path)
    for key in KEYS:
        store.save(session(encode_name(key), key.encode("utf-8", "replace").decode()))
    assert {decode_name(str(info.name)) for info in store.sessions()} == {(key,) for key in KEYS}
    fsck(repo_path)


@pytest.mark.parametrize(
    "name", ["A", "a b", "a%", "a%2", "%61", "a,/b", "a/b", "=1", "%FF", "%ff"]
)
def test_a_name_that_is_no_keys_has_none(name: str) -> None:
    with pytest.raises(InvalidRefName):
        decode_name(name)


def test_a_key_has_a_part_and_a_limit() -> None:
    for parts in ((), ("x" * 2001,)):
        with pytest.raises(InvalidRefName):
            encode_name(*parts)
    with pytest.raises(InvalidRefName, match="at most 200"):
        check_name("x" * 201)
