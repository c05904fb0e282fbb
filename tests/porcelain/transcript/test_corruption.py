"""Files of every format, cut, mangled and joined: read or refused, never anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.formats import detect, read_conversations, to_session
from porcelain.transcript.reading.database import MAGIC
from store.errors import InvalidSession
from tests.porcelain.transcript.claude_rows import Chat
from tests.porcelain.transcript.documents.test_chatgpt import LINEAR, conversation
from tests.porcelain.transcript.documents.test_llm import Logs
from tests.porcelain.transcript.lines.test_identity import SAMPLES
from tests.porcelain.transcript.test_pawan import document


def samples() -> Iterator[tuple[str, bytes]]:
    """Yield a small file of each format."""
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    yield "claude-code", chat.data()
    for name, sample in SAMPLES.items():
        yield name, sample.to_bytes()
    yield "cursor", b'{"role":"user","message":{"content":[{"type":"text","text":"q"}]}}\n'
    yield "pawan", document()
    messages: list[Any] = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "r"}]
    documents = {
        "chatgpt": [conversation(*LINEAR), conversation(*LINEAR)],
        "claude-ai": {"uuid": "c", "chat_messages": [{"uuid": "m", "sender": "human"}]},
        "opencode": {"info": {"id": "s"}, "messages": [{"info": {"role": "user"}, "parts": []}]},
        "cline": [{**message, "ts": 1_700_000_000_000} for message in messages],
        "openwebui": {"chat": {"history": {"messages": {
            "a": {"id": "a", "role": "user", "childrenIds": [], "content": "q"}}}}},
        "sharegpt": {"conversations": [{"from": "human", "value": "q"}]},
        "openai-chat": {"messages": messages},
        "vscode-copilot": {"version": 3, "responderUsername": "x", "requests": [
            {"requestId": "r", "message": {"text": "q"}, "response": [{"value": "a"}]}]},
        "claude-code-web": {"loglines": [{**chat.rows[0], "timestamp": "2026-01-01"}]},
        "librechat": {"conversationId": "c", "messages": [{"messageId": "a", "text": "q",
            "isCreatedByUser": True, "children": [{"messageId": "b", "text": "r",
            "isCreatedByUser": False, "parentMessageId": "a", "children": []}]}]},
        "oasst": {"message_tree_id": "t", "prompt": {"message_id": "t", "role": "prompter",
            "text": "q", "replies": [{"message_id": "b", "role": "assistant", "text": "r",
            "parent_id": "t", "replies": []}]}},
    }  # fmt: skip
    yield "llm", database().data()
    for name, value in documents.items():
        yield name, json.dumps(value, indent=1).encode()


def database() -> Logs:
    """Return a database of `llm` with one conversation."""
    logs = Logs()
    logs.conversation("c-1", "Birds")
    logs.response("r-1", "c-1", "q", "a")
    return logs


FILES = dict(samples())


def check(data: bytes, name: str = "") -> None:
    """Read a file; if it is one, check that every byte of it is kept."""
    try:
        found = read_conversations(data, "/x/file.jsonl", name)
    except InvalidSession:
        return
    for transcript in found if not data.startswith(MAGIC) else ():
        assert transcript.to_bytes() + transcript.torn in (data, *pieces(data))
        assert to_session(transcript).to_bytes() == transcript.to_bytes()
        rows = {row for turn in transcript.turns for row in turn.rows}
        assert rows == set(range(len(transcript.rows)))


def pieces(data: bytes) -> Iterator[bytes]:
    """Yield the parts of a file that may be conversations of their own."""
    text = data.decode("utf-8", "replace")
    for start in range(len(text)):
        if text[start] == "{":
            try:
                _, stop = json.JSONDecoder().raw_decode(text, start)
            except (ValueError, RecursionError):
                continue
            yield text[start:stop].encode()


def test_there_is_a_sample_of_each_format() -> None:
    assert set(FILES) == set(FORMATS)
    for name, data in FILES.items():
        assert detect(data, "-") == name


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_mangled_files_are_read_or_refused(name: str, data: st.DataObject) -> None:
    whole = FILES[name]
    start = data.draw(st.integers(0, len(whole)), "start")
    stop = data.draw(st.integers(start, min(len(whole), start + 60)), "stop")
    new = data.draw(
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from(
                [b'"', b"{", b"}", b"[", b"]", b",", b"null", b"7", b"\n", b"\0", b"\xff", b"\r\n",
                 b'{"a":1}', b"[[[[", b"1e999", b"NaN", b'"\\ud800"']
            ),
        ),
        "new",
    )  # fmt: skip
    mangled = whole[:start] + new + whole[stop:]
    check(mangled)
    check(mangled, name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("other", FILES)
def test_two_files_joined_are_read_or_refused(name: str, other: str) -> None:
    check(FILES[name] + FILES[other])
    check(FILES[name] + FILES[other], other)


@pytest.mark.parametrize("name", FILES)
@given(value=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([
        "type", "role", "content", "message", "payload", "id", "uuid", "parentUuid", "data",
        "parts", "text", "info", "mapping", "timestamp", "$set", "toolCalls", "tool_calls",
        "children", "author", "parent", "parentId", "summary", "output", "arguments", "action",
        "function", "state", "history", "chat", "value", "from", "sender", "model", "metadata",
    ]), inner, max_size=6), max_leaves=12))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_row_can_be_read(name: str, value: object) -> None:
    raw = json.dumps(value).encode()
    format_ = format_named(name)
    for read in (format_.read_row, format_.check_row):
        try:
            row = read(raw)
        except InvalidSession:
            continue
        assert row.raw == raw
    assert format_.with_native_id(raw, "x") is not None
    format_.identity_spans(raw)
