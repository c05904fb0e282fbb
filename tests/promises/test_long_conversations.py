"""Promise (issue 11.11): a conversation of any length works like a short one."""

from __future__ import annotations

import json

import pytest

from tests.harness.bare import fsck, git
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


@pytest.fixture
def long(box: Sandbox) -> tuple[Sandbox, bytes]:
    """A user who imported a conversation of 5,100 turns, which are 10,200 rows."""
    chat = Chat("long")
    for number in range(5_100):
        chat.user(f"question {number} of sweetcorn")
        chat.answer(f"answer {number}")
    data = chat.data()
    box.file("long.jsonl", data)
    box.ok("init")
    box.ok("import --by file long.jsonl")
    return box, data


def said(data: bytes) -> list[object]:
    """Return the messages of a file; a fork's rows name another conversation."""
    return [json.loads(line)["message"]["content"] for line in data.splitlines()]


def test_it_is_forked_cut_redacted_merged_and_exported(long: tuple[Sandbox, bytes]) -> None:
    box, data = long
    messages = said(data)

    assert box.run("export", "@").raw == data
    assert git(box.repo, "config", "wajutsu.version") == b"2\n"
    assert "question 5099 of sweetcorn" in box.ok("log")
    box.ok("fork --at 9000 @ short")
    assert said(box.run("export", "short").raw) == messages[:9000]
    box.ok("fork --at 10100 long side")
    box.ok("append -m further --session side")
    assert said(box.run("export", "side").raw) == [*messages[:10100], "further"]
    box.ok("rebase -r side -d long")
    assert said(box.run("export", "side").raw) == [*messages, "further"]

    box.ok("redact --yes sweetcorn")
    assert box.run("export", "long").raw == data.replace(b"sweetcorn", b"[redacted]")
    assert "question 5099 of [redacted]" in box.ok("log -r long")
    assert "rror" not in box.ok("doctor")
    fsck(box.repo)
