"""`wj ready` and `wj stats`: what waits for somebody, and what there is."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat


def chat(box: Sandbox, name: str, ending: str) -> None:
    """Import a conversation that ends in one of several ways."""
    made = Chat(name)
    made.user("look", f"{name}-1")
    if ending != "prompt":
        made.call(f"{name}-call", f"{name}-2")
    block = {"type": "tool_result", "tool_use_id": f"{name}-call", "content": "no"}
    if ending in ("result", "failure", "answer"):
        made.user([{**block, "is_error": ending == "failure"}], f"{name}-3")
    if ending == "answer":
        made.answer("done", f"{name}-4")
    made.progress(f"{name}-5")
    box.file(f"{name}.jsonl", made.data())
    box.ok(f"import {name}.jsonl")


@pytest.fixture
def several(box: Sandbox) -> Sandbox:
    """Return a user with a conversation for each way to end."""
    box.ok("init")
    for ending in ("prompt", "call", "result", "failure", "answer"):
        chat(box, f"a-{ending}", ending)
    return box


def test_each_open_head_has_its_reason(several: Sandbox) -> None:
    found = {one["commit"]["sessions"][0]: one for one in several.json("ready")}

    assert {name: one["reason"] for name, one in found.items()} == {
        "a-prompt": "awaiting_assistant",
        "a-call": "unanswered_call",
        "a-result": "awaiting_assistant",
        "a-failure": "failed_tool",
    }
    assert found["a-failure"]["tools"] == ["Read"]
    shown = several.ok("ready")
    assert "    unanswered tool call: Read, 1" in shown
    assert "    the last tool failed: Read, 1" in shown
    assert len(several.ok("ready -n 2").splitlines()) == 4


def test_nothing_waits_after_an_answer(box: Sandbox) -> None:
    box.begin()
    assert box.wj("ready") == "No conversation waits for anybody\n"
    assert box.json("ready") == []


def test_messages_are_counted_once_however_many_forks_share_them(several: Sandbox) -> None:
    alone = several.json("stats a-answer")
    assert (alone["turns"], alone["messages"]) == (1, 4)
    assert alone["roles"] == {"user": 1, "assistant": 2, "tool": 1}
    assert alone["tools"] == {"Read": 1}
    assert several.json("stats all()")["failed_calls"] == 1

    for _ in range(2):
        several.ok("fork a-answer")
        several.ok("append -m more")
    both = several.json("stats all()")

    assert both["messages"] == 1 + 2 + 3 + 3 + 4 + 2
    assert both["whole_bytes"] > both["stored_bytes"]
    shown = several.ok("stats all()")
    assert "Tools    : 4 calls, 1 failed\n" in shown
    assert "Messages a day" in shown
    assert several.ok("stats -r none()").startswith("Commits  : 0\n")


def test_the_tokens_of_a_response_count_once(box: Sandbox) -> None:
    made = Chat("demo")
    made.user("q", "u1")
    usage = {"input_tokens": 5, "cache_read_input_tokens": 100, "output_tokens": 7}
    for number in (1, 2):
        made.answer(f"part {number}", f"a{number}", response="msg_x")
        made.rows[-1]["message"]["usage"] = usage
    box.file("chat.jsonl", made.data())
    box.ok("init")
    box.ok("import chat.jsonl")

    assert box.json("stats")["tokens"] == {"read": 105, "written": 7}
    assert "Tokens   : 105 read, 7 written\n" in box.ok("stats")
