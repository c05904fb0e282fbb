"""Conversations in other formats: what a format holds comes back equal, the rest is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.transcript.conversion.codec import Target
from porcelain.transcript.conversion.convert import CODECS, codec_of, convert, messages_of
from porcelain.transcript.conversion.said import (
    Call,
    Losses,
    Result,
    Said,
    Text,
    Thinking,
    fitted,
    named,
)
from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import detect, read_transcript
from porcelain.transcript.row import lineage_rows
from tests.harness.places import REAL_FILES, needs_real_files
from tests.porcelain.transcript.claude_rows import Chat
from tests.porcelain.transcript.conversion.said_messages import (
    content,
    conversations,
    held,
    in_one_text,
)

ONE_TEXT = ("copilot-cli", "gemini-cli", "pawan")
NOW = "2026-01-02T03:04:05.678Z"


def target(format_name: str) -> Target:
    native_id = format_named(format_name).fresh_native_id("name", lambda count: b"\7" * count)
    return Target(native_id, "/home/dev/project", "main", "A title", NOW)


def read_back(data: bytes, format_name: str, *, live: bool = True) -> list[Said]:
    transcript = read_transcript(data, "/x/1.jsonl", format_name)
    rows = lineage_rows(transcript.turns, len(transcript.turns) - 1)
    raws = [transcript.rows[row].raw for row in rows]
    return messages_of(raws, [(format_name, len(raws))], live=live)


@pytest.mark.parametrize("name", CODECS)
@given(messages=conversations())
@settings(max_examples=15, deadline=None, derandomize=True)
def test_what_a_format_holds_comes_back_equal(name: str, messages: list[Said]) -> None:
    codec = codec_of(name)
    assert codec is not None
    messages = in_one_text(messages) if name in ONE_TEXT else messages
    made = convert(messages, name, target(name), complete=False)
    wanted = held(messages, codec.holds)
    if not made.data:
        assert not wanted
        return
    assert detect(made.data, "-") == name
    assert read_transcript(made.data, "/x/1.jsonl", name).native_id in (target(name).native_id, "1")
    assert content(read_back(made.data, name)) == wanted


SAMPLES = {
    "claude-code": "claude_code/growth/5.jsonl",
    "codex": "codex/rollout-2026-02-23T12-41-04-019c8a4d-8f45-7010-8b5d-7fad920aa6f9.jsonl",
    "gemini-cli": "more/gemini_cli/made-0.61.0/session-2026-11-30T12-49-f0d6afbf.jsonl",
    "pi": "more/pi/made-1.6.0/2026-11-30T12-49-58-691Z_01a22c81-43a2-75ef-8dde-22626dabec4b.jsonl",
    "qwen-code": "more/qwen_code/made-0.24.4/e4f5fbc3-40c6-4793-9dc0-2896cab47709.jsonl",
    "copilot-cli": "more/copilot_cli/made-1.0.102/tools/events.jsonl",
    "opencode": "more/opencode/made-1.18.33/export.json",
    "openai-chat": "swe_agent/pydicom-1458.traj.json",
    "pawan": "pawan/02-agent-loop-tools.json",
    "claude-code-web": "more/claude_code/claude-code-transcripts-sample_session.json",
    "chatgpt": "more/chatgpt/chatgpt-tree.json",
}


@needs_real_files
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("live", [True, False])
def test_a_real_conversation_goes_into_every_format_and_stays_what_it_was(
    name: str, live: bool
) -> None:
    messages = read_back((REAL_FILES / SAMPLES[name]).read_bytes(), name, live=live)
    assert {one.role for one in messages} >= {"user", "assistant"}
    for other in CODECS:
        codec = codec_of(other)
        assert codec is not None
        made = convert(messages, other, target(other), complete=False)
        found = content(in_one_text(read_back(made.data, other)))
        wanted = in_one_text(named(fitted(messages, codec.holds, Losses())))
        assert found == content(wanted)


def test_results_stand_behind_their_calls_and_nothing_is_left_alone() -> None:
    one, two, alone = (Call(name, "run", {}) for name in ("c1", "c2", "c3"))
    messages = [
        Said("tool", (Result("c0", (Text("lost"),)),), 0),
        Said("user", (Text("q"),), 1),
        Said("assistant", (one, two, alone), 2),
        Said("tool", (Result("c1", (Text("1"),)),), 3),
        Said("user", (Text("typed meanwhile"),), 4),
        Said("tool", (Result("c2", (Text("2"),)),), 5),
        Said("assistant", (Thinking("hm"), Call("c4", "run", {})), 6),
    ]

    made = convert(messages, "openai-chat", target("openai-chat"), complete=True)

    assert [(one.role, len(one.parts)) for one in read_back(made.data, "openai-chat")] == [
        ("user", 1),
        ("assistant", 2),
        ("tool", 2),
        ("user", 1),
    ]
    assert [loss.text for loss in made.losses] == [
        "1 block of thinking (message 7)",
        "1 tool result without a call (message 1)",
        "2 tool calls without a result (messages 3, 7)",
    ]


def test_after_a_compaction_only_the_summary_and_what_was_kept_is_live() -> None:
    chat = Chat("11111111-2222-4333-8444-000000000001")
    chat.turn(1)
    chat.user("kept", "k1")
    chat.side("system", subtype="compact_boundary", uuid="b", compactMetadata={
        "preservedMessages": {"uuids": ["k1"]}})  # fmt: skip
    chat.user("a summary", "s1", isCompactSummary=True)
    chat.turn(2)

    live = read_back(chat.data(), "claude-code")
    whole = read_back(chat.data(), "claude-code", live=False)

    assert [part for one in live for part in one.parts if one.role == "user"] == [
        Text("a summary"), Text("kept"), Text("q2")]  # fmt: skip
    assert len(whole) > len(live)
    rows = [
        {"type": "response_item", "payload": {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "old"}]}},
        {"type": "compacted", "payload": {"message": "", "replacement_history": [
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "short"}]}]}},
    ]  # fmt: skip
    raws = [json.dumps(row).encode() for row in rows]
    assert content(messages_of(raws, [("codex", 2)], live=True)) == [("user", (Text("short"),))]
    assert content(messages_of(raws, [("codex", 2)], live=False)) == [("user", (Text("old"),))]


KEYS = [
    "type", "role", "content", "message", "payload", "id", "uuid", "data", "parts", "info", "text",
    "name", "input", "arguments", "call_id", "tool_calls", "tool_result", "function", "toolCalls",
    "toolRequests", "result", "results", "summary", "output", "image_url", "url", "source", "state",
    "functionCall", "functionResponse", "response", "attachment", "compactMetadata", "$set",
    "messages", "firstKeptEntryId", "replacement_history", "systemPayload", "time", "created",
]  # fmt: skip
KINDS = [
    "user", "assistant", "message", "response_item", "function_call", "compacted", "text", "image",
    "custom_tool_call", "function_call_output", "tool_use", "tool_result", "gemini", "toolResult",
    "compaction", "tool", "file", "user.message", "assistant.message", "tool.execution_complete",
    "attachment", "queued_command", "input_image", "reasoning", "system", "bashExecution", "model",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(KINDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("name", CODECS)
@given(rows=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8), max_size=4))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_rows_of_any_shape_are_converted_or_left_out(name: str, rows: list[Any]) -> None:
    raws = [json.dumps(row).encode() for row in rows]
    for live in (True, False):
        said = messages_of(raws, [(name, len(raws))], live=live)
        for other in CODECS:
            made = convert(said, other, target(other), complete=live)
            if made.data:
                assert detect(made.data, "-") == other
