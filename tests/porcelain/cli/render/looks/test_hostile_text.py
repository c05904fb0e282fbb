"""Promise: no text of a transcript moves the cursor or breaks the layout, whatever prints it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from porcelain.display import columns_of
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\b"
BIDI = "\u202e\u2066\u200f\u061c"
MARKS = "a" + "\u0301" * 10_000
LONG = "x" * 1_000_000
TEXTS = [ESCAPES, BIDI, MARKS, LONG, "\0nul", "tab\tand\x0bmore"]
COMMANDS = [
    "log", "show", "show --full", "cat", "status", "session list", "op log -d", "evolog -p",
    "diff", "diff --stat", "diff --summary", "search hello", "ready", "stats", "leaves", "prime",
    "log -T builtin_log_oneline", "log -T builtin_log_detailed",
    "log -T builtin_log_compact_full_description", "session list -T builtin_session_list_compact",
]  # fmt: skip
PRINTED = [
    "description ++ title ++ message",
    "project ++ model ++ session_title",
    "pad_end(30, title) ++ truncate_end(30, title, '…') ++ fill(20, title)",
    "indent(title, title)",
    "label(title, 'x')",
    "hyperlink(title, title)",
    "replace('hello', title, title)",
    "added.map(|one| one.text() ++ one.raw())",
    "parents.map(|one| one.message())",
    "author ++ committer",
    "diff.color_words() ++ diff.summary() ++ diff.stat()",
    "json(self) ++ json(title) ++ title.escape_json()",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Yield a user whose conversation says everything that a terminal could obey."""
    with pytest.MonkeyPatch.context() as patch:
        box = Sandbox(tmp_path_factory.mktemp("hostile"), patch)
        chat = Chat("demo")
        for text in TEXTS:
            chat.user(f"hello {text} and {text}")
            chat.answer(f"hi {text}", model=f"m{text[:200]}")
        box.file("chat.jsonl", chat.data())
        box.ok("init")
        box.ok("import chat.jsonl")
        for text in (ESCAPES, BIDI, MARKS[:2000]):
            box.run("-R", str(box.repo), "describe", "-m", f"a title {text}\n\n{text}")
            box.run("-R", str(box.repo), "new")
        yield box


def check(shown: str) -> None:
    """Fail where a terminal would do more than print letters."""
    assert not [c for c in set(shown) if not c.isprintable() and c not in "\n\t"]
    assert not re.search("[\u0300-\u036f]{20}", shown)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_prints_letters_alone(
    hostile: Sandbox, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = hostile.run("-R", str(hostile.repo), *line.split())

    assert done.code == 0, done.err[-500:]
    check(done.both)
    if line in ("log", "session list", "search hello"):
        assert max(columns_of(one) for one in done.out.split("\n")) <= (
            80 if line != "search hello" else 200
        )


@pytest.mark.parametrize("template", PRINTED)
def test_a_template_prints_letters_alone(hostile: Sandbox, template: str) -> None:
    for color in ("never", "debug") if "label" in template else ("never",):
        done = hostile.run(
            "-R", str(hostile.repo), "log", "-r", "all()", "-T", template, "--color", color
        )
        assert done.code == 0, done.err[-500:]
        check(done.both)


def test_a_link_in_a_template_holds_nothing_but_the_link(hostile: Sandbox) -> None:
    words = ["log", "-r", "all()", "-T", "hyperlink(title, 'x')", "--color", "always"]
    shown = hostile.run("-R", str(hostile.repo), *words).out

    assert "\x1b]8;;" in shown
    assert not set(re.findall("\x1b.", shown)) - {"\x1b]", "\x1b\\", "\x1b["}
    assert "\x07" not in shown
    assert "owned\\x07" in shown


def test_raw_text_is_that_of_the_template_alone(hostile: Sandbox) -> None:
    repo = str(hostile.repo)
    own = hostile.run(
        "-R", repo, "log", "-G", "-n", "1", "-T", r'raw_escape_sequence("\e[1m" ++ "\e[4m")'
    )
    assert own.out == "\x1b[1m\x1b[4m"
    for template in ("title", "parents.map(|one| one.title())", "if(true, '\\e')"):
        done = hostile.run("-R", repo, "log", "-T", f"raw_escape_sequence({template})")
        assert done.code == 1
        assert "Expected string literals" in done.err


def test_values_as_json_stay_json(hostile: Sandbox) -> None:
    words = ["log", "-G", "-r", "all() ~ root()", "-T", 'json(self) ++ "\\n"']
    lines = hostile.run("-R", str(hostile.repo), *words).out.splitlines()

    titles = [json.loads(line)["title"] for line in lines]
    assert any("\x1b" in title for title in titles)
