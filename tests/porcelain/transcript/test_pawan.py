from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from porcelain.transcript import pawan
from porcelain.transcript.errors import CannotWrite
from porcelain.transcript.formats import to_session
from porcelain.transcript.row import Turn, title
from store.errors import InvalidSession
from tests.harness.places import needs_real_files, real_files

REAL = real_files("pawan/*.json")

CALLS = [
    {"role": "system", "content": "be brief"},
    {
        "role": "user",
        "content": "[Workspace Architecture]\nx\n[/Workspace Architecture]\n\nlist it",
    },
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {"id": "call_0", "name": "bash", "arguments": {"command": "ls"}},
            {"id": "call_1", "name": "read_file", "arguments": "{torn"},
        ],
    },
    {
        "role": "tool",
        "content": "{}",
        "tool_calls": [],
        "tool_result": {"tool_call_id": "call_0", "content": {}, "success": True},
    },
    {
        "role": "tool",
        "content": "{}",
        "tool_result": {"tool_call_id": "call_1", "content": None, "success": False},
    },
    {"role": "user", "content": "[SYSTEM] you seem stuck", "tool_calls": []},
    {"role": "assistant", "content": "done", "tool_result": None},
    {"role": "user", "content": "thanks\nbye"},
]


def document(messages: Any = None, **fields: Any) -> bytes:
    """A pawan session file."""
    whole = {
        "id": "a1b2c3d4",
        "model": "test/model",
        "created_at": "2026-01-01T00:00:00+00:00",
        "updated_at": "2026-01-01T00:05:00+00:00",
        "messages": CALLS if messages is None else messages,
        **fields,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False).encode()


def test_a_session_knows_its_id_title_model_and_times() -> None:
    read = pawan.parse(document(), "s.json")
    assert (read.format, read.native_id) == ("pawan", "a1b2c3d4")
    assert to_session(read).model == "test/model"
    assert (read.created_at, read.updated_at) == (
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T00:05:00+00:00",
    )
    assert to_session(read).title == "thanks"
    assert read.to_bytes() == document()


def test_turns_begin_at_what_the_user_typed_and_not_at_nudges() -> None:
    read = pawan.parse(document(), "s.json")
    assert read.turns == (Turn((0, 1, 2, 3, 4, 5, 6), None), Turn((7,), 0))


def test_the_description_of_the_workspace_is_no_title() -> None:
    read = pawan.parse(document(), "s.json")
    assert title(read.rows[:2]) == "list it"


def test_a_response_without_words_shows_what_it_calls() -> None:
    assert pawan.parse(document(), "s.json").rows[2].text == "bash(ls)"


def test_a_shortened_history_is_told_by_its_summary() -> None:
    summary = "Previous conversation summary (pruned 3 messages, importance-ranked): ..."
    messages = [{"role": "system", "content": summary}, {"role": "user", "content": "go on"}]
    rows = pawan.parse(document(messages), "s.json").rows
    assert [r.compaction for r in rows] == [True, False]
    assert not any(r.compaction for r in pawan.parse(document(), "s.json").rows)


def test_a_session_without_messages_has_no_turns() -> None:
    read = pawan.parse(document([]), "s.json")
    assert (read.rows, read.turns, to_session(read).title) == ((), (), "")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (document([{"role": "User", "content": ""}]), "$.messages[0].role"),
        (document([{"role": "user", "content": None}]), "$.messages[0].content"),
        (document(id=7), "$.id"),
        (document(format="claude-code"), "$.format"),
    ],
)
def test_a_fault_is_named_with_file_and_path(data: bytes, where: str) -> None:
    with pytest.raises(InvalidSession) as caught:
        pawan.parse(data, "s.json")
    assert (caught.value.source, caught.value.where) == ("s.json", where)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf{}", b"{\0}", b'{"id":', b"[]", b"{}"])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidSession, match=r"^s\.json: "):
        pawan.parse(data, "s.json")


def test_a_written_message_is_compact_and_reads_back() -> None:
    raw = pawan.write_message([], "user", "grüß\ndich", now="", new_uuid=str)
    assert raw == '{"role":"user","content":"grüß\\ndich","tool_calls":[]}'.encode()
    row = pawan.read_row(raw)
    assert (row.role, row.prompt, row.title) == ("user", True, "grüß")


def test_a_tools_result_cannot_be_written_by_hand() -> None:
    with pytest.raises(CannotWrite):
        pawan.write_message([], "tool", "7", now="", new_uuid=str)


@pytest.mark.parametrize("raw", [b"{}", b'{"role":"user"}', b"[]", b'{"role":1,"content":""}'])
def test_a_row_that_is_no_message_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidSession):
        pawan.read_row(raw)


@needs_real_files
@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_real_files_come_back_byte_for_byte(file: Path) -> None:
    read = pawan.parse(file.read_bytes(), str(file))
    assert read.to_bytes() == file.read_bytes()
    assert read.rows
    assert to_session(read).title
