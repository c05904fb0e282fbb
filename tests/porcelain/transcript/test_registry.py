from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from porcelain.transcript import pawan
from porcelain.transcript.claude import claude_code, web_session
from porcelain.transcript.documents import (
    chatgpt,
    claude_ai,
    cline,
    librechat,
    llm,
    oasst,
    openai_chat,
    opencode,
    openwebui,
    sharegpt,
)
from porcelain.transcript.errors import NoMessages, UnknownFormat
from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.formats import detect, read_transcript, to_session
from porcelain.transcript.lines import (
    codex,
    copilot_cli,
    cursor,
    gemini_cli,
    pi,
    qwen_code,
    vscode_copilot,
)
from porcelain.transcript.row import heads, lineage_rows
from store.errors import InvalidSession
from tests.harness.places import ROOT
from tests.porcelain.transcript.claude_rows import Chat
from tests.porcelain.transcript.test_pawan import document

if TYPE_CHECKING:
    from porcelain.transcript.row import Format


def test_every_format_of_the_table_has_all_that_a_format_must_have() -> None:
    modules: list[Format] = [
        claude_code,
        web_session,
        codex,
        gemini_cli,
        pi,
        qwen_code,
        copilot_cli,
        cursor,
        vscode_copilot,
        chatgpt,
        claude_ai,
        opencode,
        cline,
        openwebui,
        sharegpt,
        oasst,
        librechat,
        openai_chat,
        llm,
        pawan,
    ]
    assert [module.NAME for module in modules] == list(FORMATS)
    assert [format_named(name) for name in FORMATS] == modules


@pytest.mark.parametrize(
    ("name", "hint"),
    [("claude_code", "claude-code"), ("Pawan", "pawan"), ("claude", "claude-code")],
)
def test_a_wrong_format_name_gets_the_closest_right_one(name: str, hint: str) -> None:
    with pytest.raises(UnknownFormat, match=r"known: claude-code, .*, pawan") as caught:
        format_named(name)
    assert caught.value.hint == f"Did you mean `{hint}`?"


def test_a_name_like_no_other_gets_the_list_alone() -> None:
    with pytest.raises(UnknownFormat) as caught:
        format_named("xyzzy")
    assert caught.value.hint == ""


def test_formats_are_told_by_their_content() -> None:
    chat = Chat()
    chat.turn(1)
    assert detect(chat.data(), "-") == "claude-code"
    assert detect(chat.data(b"\r\n"), "renamed.json") == "claude-code"
    assert detect(document(), "-") == "pawan"
    one_line = json.dumps(json.loads(document())).encode()
    assert detect(one_line, "-") == "pawan"
    assert detect(one_line + b"\n", "-") == "pawan"
    assert read_transcript(document(), "s.json").format == "pawan"


def test_a_conversation_about_the_other_format_is_told_all_the_same() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user(document().decode())
    assert detect(chat.data(), "x") == "claude-code"
    about = [{"role": "user", "content": chat.data().decode()}]
    assert detect(document(messages=about), "x") == "pawan"


def test_a_torn_file_is_told_by_what_is_left_of_it() -> None:
    chat = Chat()
    chat.turn(1)
    with pytest.raises(NoMessages, match=r"x\.jsonl"):
        read_transcript(chat.data()[:150], "x.jsonl")
    with pytest.raises(InvalidSession, match=r"x\.jsonl: line \d: the last row is torn"):
        read_transcript(chat.data()[:-10], "x.jsonl", strict=True)
    with pytest.raises(InvalidSession, match=r"x\.json: line"):
        read_transcript(document()[:200], "x.json")


@pytest.mark.parametrize("data", [b"{}", b"[]", b"7", b'"text"', b'{"a":1}\n{"b":2}\n'])
def test_json_that_is_no_session_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidSession, match=r"JSON, but no session in a known format") as caught:
        detect(data, "x.json")
    assert caught.value.source == "x.json"


@pytest.mark.parametrize("data", [b"hello", b"# notes\n", b"{", b"<html>"])
def test_text_that_is_no_json_is_refused_too(data: bytes) -> None:
    with pytest.raises(InvalidSession, match="x: no session in a known format"):
        detect(data, "x")


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "empty"), (b"\x89PNG\0\0", "binary"), (b"\xef\xbb\xbf{}", "byte order mark")],
)
def test_what_is_no_text_is_refused_before_any_format_looks_at_it(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidSession, match=reason):
        detect(data, "x")


def test_a_whole_transcript_as_a_session_is_the_file_again() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    lines = b"\n\n" + chat.data(b"\r\n").removesuffix(b"\r\n")
    for data, name in ((lines, "x.jsonl"), (document(), "x.json")):
        session = to_session(read_transcript(data, name))
        assert session.to_bytes() == data
        assert session.id == read_transcript(data, name).native_id


def test_a_turns_rows_as_a_session_know_their_own_title_and_time() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    session = to_session(read_transcript(chat.data(), "x.jsonl"), (0, 1))
    assert session.to_bytes() == b"".join(line + b"\n" for line in chat.lines()[:2])
    assert (session.title, session.message_count, session.format) == ("q1", 2, "claude-code")
    assert session.updated_at == chat.rows[1]["timestamp"]


def test_each_branch_of_a_file_is_a_session_of_its_own() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.turn(3, parent="a1")
    read = read_transcript(b"\n" + chat.data(), "x.jsonl")
    lines = [line + b"\n" for line in chat.lines()]
    found = [to_session(read, lineage_rows(read.turns, head)) for head in heads(read.turns)]
    assert [s.to_bytes() for s in found] == [
        b"\n" + b"".join(lines[:4]),
        b"\n" + b"".join(lines[:2] + lines[4:]),
    ]


def test_the_first_messages_of_a_document_as_a_session_keep_its_header() -> None:
    session = to_session(read_transcript(document(tags=["a"]), "x.json"), (0, 1))
    assert session.rows == 2
    assert session.header["tags"] == ["a"]


def test_a_document_whose_messages_are_lists_of_parts_is_not_pawans() -> None:
    parts = [{"type": "text", "text": "about the model, updated_at noon"}]
    document = {"id": "T-1", "created_at": "x", "messages": [{"role": "user", "content": parts}]}

    with pytest.raises(InvalidSession, match="no session in a known format"):
        detect(json.dumps(document, indent=1).encode(), "thread.json")


def test_the_page_about_formats_has_a_line_for_each() -> None:
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| (yes|no) \|$", page, re.MULTILINE)
    written = {name: format_named(name).write_message is not None for name in FORMATS}
    assert {name: said == "yes" for name, said in rows} == written
