"""The config reader against `git config --list`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.gitdir.config_file import is_true, parse_git_config
from tests.harness.bare import git

PIECES = [" ", "\t", '"', "\\n", "\\t", "\\\\", '\\"', "\\\n", "a", "b c", "#", ";", "=", "]",
          "é", "\x0c", "\u2028"]  # fmt: skip
# Of unbalanced quotes git refuses the file; everything else it must read as we do.
values = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
headers = st.sampled_from(
    ["[core]", "[Core]", '[remote "Ori gin"]', '[remote "a]b"]', '[x "q\\"\\\\"]', "[x.Sub]",
     "[ core ]", "[core] ; note", "[core] inline = 1"]
)  # fmt: skip
keys = st.sampled_from(["bare", "Bare", "a-b", "  url", "\tx1 "])
lines = st.one_of(
    headers,
    st.tuples(keys, values).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    keys,
    st.sampled_from(["", "# note", "; note", "\t"]),
)
files = st.lists(lines, max_size=8).map(lambda drawn: "[core]\n" + "\n".join(drawn) + "\n")


def as_git_reads_it(folder: Path, text: str) -> dict[str, str] | None:
    place = folder / "config"
    place.write_text(text, newline="")
    try:
        listed = git(folder, "config", "-f", str(place), "--list", "-z")
    except AssertionError:
        return None
    found = {}
    for entry in listed.decode().removesuffix("\0").split("\0") if listed else []:
        key, newline, value = entry.partition("\n")
        found[key] = value if newline else "true"
    return found


@settings(max_examples=120)
@given(text=files)
def test_whatever_git_reads_is_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "config-reader"
    folder.mkdir(exist_ok=True)
    expected = as_git_reads_it(folder, text)
    if expected is not None:
        # git 2.39 turns a tab inside a value into a space, later ones keep it.
        found = {key: value.replace("\t", " ") for key, value in parse_git_config(text).items()}
        assert found == {key: value.replace("\t", " ") for key, value in expected.items()}


def test_a_file_as_git_and_people_write_it() -> None:
    text = (
        "\ufeff[core]\r\n\trepositoryformatversion = 0\r\n\tbare = true ; as it should\r\n"
        '[remote "origin"]\n\turl = "a # b" # note\n\turl = second\n\tfetch = +refs/*:\\\n'
        "refs/*\n[wajutsu] replica = abc\n\tnoted\n"
    )
    assert parse_git_config(text) == {
        "core.repositoryformatversion": "0",
        "core.bare": "true",
        "remote.origin.url": "second",
        "remote.origin.fetch": "+refs/*:refs/*",
        "wajutsu.replica": "abc",
        "wajutsu.noted": "true",
    }


@given(st.text())
def test_nothing_makes_it_fail(text: str) -> None:
    parse_git_config(text)


@pytest.mark.parametrize("word", ["true", "TRUE", "yes", "On", "1", "2"])
def test_git_says_yes(word: str) -> None:
    assert is_true(word)


@pytest.mark.parametrize("word", [None, "", "false", "no", "off", "0", "maybe"])
def test_git_says_no(word: str | None) -> None:
    assert not is_true(word)
