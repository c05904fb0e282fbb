"""`wj log` on terminals of any width, its default for many sessions, and short names."""

from __future__ import annotations

import json

import pytest

from porcelain.cli.run.fit import fit
from porcelain.display import columns_of, cut_at_word, plain
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

ONE = "8b1c3e7f-2f7a-4f55-9a30-6f1a0c1d2e3f"
OTHER = "8b1c3e7f-aaaa-4f55-9a30-6f1a0c1d2e3f"
WIDE = "話術は会話の技術であり、それは人と人との間の橋である。" * 4


def chat(box: Sandbox, name: str, *prompts: str) -> None:
    """Import a conversation with these prompts; its session has this name."""
    made = Chat(name)
    for prompt in prompts:
        made.user(prompt, f"{name}-{prompt}")
        made.answer(f"about {prompt}", f"{name}-{prompt}-a")
    box.file(f"{name}.jsonl", made.data())
    box.ok(f"import {name}.jsonl")


@pytest.fixture
def named(box: Sandbox) -> Sandbox:
    """Return a user with two conversations whose names are UUIDs, and a fork of one."""
    box.ok("init")
    chat(box, ONE, "please " * 12 + "go on", WIDE)
    chat(box, OTHER, "other")
    box.ok(f"fork {ONE}")
    return box


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_an_entry_fits_its_terminal(
    named: Sandbox, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    lines = named.ok("log").splitlines()

    assert max(columns_of(line) for line in lines) <= width
    assert len(lines) == len(named.ok("log --config ui.graph.style=square").splitlines())
    for options in ("-p", "--no-graph", "--reversed"):
        assert named.ok(f"log {options}")


def test_parts_are_shortened_in_a_stated_order(
    named: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first(width: int) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        return named.ok(f"log -r {ONE}").splitlines()[0].partition(" ")[2].strip()

    whole = first(200)
    assert "claude-opus-4-5 2026-03-01 10:00:04 8b1c3e7f-2f 4 messages" in whole
    assert " 2026-03-01 10:00:04 8b1c3e7f-2f 4 messages" in first(70)
    assert "claude" not in first(70)
    assert " 03-01 10:00 8b1c3e7f-2f 4 messages" in first(60)
    assert " 03-01 10:00 8b1c3e7f-2f 4 " in first(50)


def test_long_lines_are_wrapped_if_so_configured(
    named: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    shown = named.ok(f"log -r {ONE}- --config ui.log-word-wrap=true")

    assert "…" not in shown
    assert shown.count("please") == 11
    assert max(columns_of(line) for line in shown.splitlines()) <= 40


def test_without_a_terminal_nothing_is_shortened(named: Sandbox) -> None:
    assert "please " * 11 in named.ok(f"log -r {ONE}-")


def test_names_that_are_uuids_are_shown_short_and_accepted_so(named: Sandbox) -> None:
    shown = named.ok(f"log -r '{ONE} | {OTHER}'")
    assert " 8b1c3e7f-2f " in shown
    assert " 8b1c3e7f-a " in shown
    assert named.one("8b1c3e7f-a")["sessions"] == [OTHER]
    assert named.one("8b1c3e7f-2f")["sessions"] == [ONE]
    refused = named.run("log", "-r", "8b1c3e7f")
    assert refused.code == 1
    assert ONE in refused.err
    assert OTHER in refused.err
    assert "doesn't exist" in named.wj("log -r 8b1c3e7")


def test_the_title_of_a_fresh_fork_says_where_it_was_forked(box: Sandbox) -> None:
    box.begin()
    box.ok("fork demo- try-b")
    assert "(empty) try-b, forked from qrnzlsvs at message 4\n" in box.ok("log -r try-b")
    box.ok("append -m 'go on'")
    assert "  go on\n" in box.ok("log -r try-b")


def test_the_default_log_of_many_sessions(box: Sandbox) -> None:
    box.begin(20)
    for number in range(25):
        chat(box, f"talk{number:02}", f"p{number}", "again")
    box.ok("fork demo---------------- old")
    box.ok("edit demo")

    lines = box.ok("log").splitlines()

    assert lines[-1] == "(17 more heads: `wj log -r 'visible_heads()'`)"
    own = [line.split()[1] for line in lines if " q" in line]
    assert len(own) >= 11
    assert any("elided" in line and "turns)" in line for line in lines)
    assert "q20" in box.titles("builtin_log()")
    assert len(box.json("log")) == len(box.titles("builtin_log()"))
    assert len(box.json("log -r 'all()'")) > 70
    assert "more head" not in box.ok("log -n 2 -T change_id")


def test_texts_are_cut_at_a_word() -> None:
    assert cut_at_word("one two three", 13) == "one two three"
    assert cut_at_word("one two three", 12) == "one two…"
    assert cut_at_word("onetwothree", 5) == "onet…"
    assert columns_of(cut_at_word(WIDE, 21)) <= 21
    assert fit([("", "a b\n"), ("x", "c" * 30)], 10) == [
        *[("", "a b"), ("", "\n"), ("", "")],
        ("x", "c" * 9 + "…"),
    ]


def test_a_stack_of_marks_is_cut() -> None:
    assert plain("a" + "\u0301" * 10_000, None) == "a" + "\u0301" * 8 + "…"
    assert json.dumps(plain("\u0e01\u0e34\u0e48")) == json.dumps("\u0e01\u0e34\u0e48")


def test_a_template_of_ones_own_is_wrapped_but_never_cut(
    named: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    words = ["log", "-G", "-n", "1", "-T", "'one two three four five six' ++ '\n'"]

    assert named.run(*words).out == "one two three four five six\n"
    wrapped = named.run(*words, "--config", "ui.log-word-wrap=true").out
    assert wrapped.split("\n")[0] == "one two three four"
