from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from porcelain.transcript.claude import claude_code
from porcelain.transcript.formats import to_session
from porcelain.transcript.row import Row, Transcript, heads, lineage_rows, message_count
from store.errors import InvalidSession
from store.session.session import Session
from tests.harness.places import SAMPLE, needs_real_files, real_files
from tests.harness.work import lines_run
from tests.porcelain.transcript.claude.call_pairs import call_pairs
from tests.porcelain.transcript.claude_rows import Chat

EXPANDED = """<command-message>review is running</command-message>
<command-name>/review</command-name>
<command-args>42</command-args>"""
REAL = real_files("claude_code/**/*.jsonl", "fixtures/claude*.jsonl")


def one(**fields: Any) -> Row:
    base = {"parentUuid": None, "isSidechain": False, "sessionId": "s", "uuid": "u"}
    return claude_code.read_row(json.dumps({**base, **fields}).encode())


def live(read: Transcript) -> Session:
    """Return the session of the branch that was written last."""
    return to_session(read, lineage_rows(read.turns, len(read.turns) - 1))


def user(content: Any, **fields: Any) -> Row:
    return one(type="user", message={"role": "user", "content": content}, **fields)


def assistant(*blocks: dict[str, Any], **fields: Any) -> Row:
    message = {"role": "assistant", "model": "claude-opus-4-5", "content": list(blocks)}
    return one(type="assistant", message=message, **fields)


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("fix the login\nplease", "fix the login"),
        ([{"type": "text", "text": "look"}, {"type": "image", "source": {}}], "look"),
        ([{"type": "image", "source": {}}], "[image]"),
        (
            [
                {"type": "text", "text": "<ide_opened_file>x.py</ide_opened_file>"},
                {"type": "text", "text": "explain it"},
            ],
            "explain it",
        ),
        ("[Request interrupted by user]", "[Request interrupted by user]"),
        (EXPANDED, "/review 42"),
    ],
)
def test_what_the_user_typed_is_a_prompt(content: Any, title: str) -> None:
    row = user(content)
    assert row.prompt
    assert row.role == "user"
    assert row.title == title


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ("hidden", {"isMeta": True}),
        ("the story so far", {"isCompactSummary": True}),
        ("This session is being continued from a previous conversation that ran out.", {}),
        ("for the sub-agent", {"isSidechain": True}),
        ("<command-name>/clear</command-name>\n<command-message>clear</command-message>", {}),
        ("<local-command-stdout>done</local-command-stdout>", {}),
        ("<bash-input>ls</bash-input>", {}),
        ("<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>", {}),
    ],
)
def test_what_the_program_put_in_is_a_user_message_and_no_prompt(
    content: str, fields: dict[str, Any]
) -> None:
    row = user(content, **fields)
    assert row.role == "user"
    assert not row.prompt
    assert row.title == ""


def test_a_tools_result_is_a_tool_message_that_names_its_call() -> None:
    block = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "7"}]}
    row = user([block])
    assert (row.role, row.prompt, row.results, row.text) == ("tool", False, ("t1",), "7")


def test_a_response_shows_its_words_or_else_what_it_does() -> None:
    words = {"type": "text", "text": "I will look."}
    call = {"type": "tool_use", "id": "t1", "name": "Read", "input": {"n": 1, "path": "a.py"}}
    assert assistant(words).text == "I will look."
    assert assistant(call).text == "Read(a.py)"
    assert assistant(call).calls == ("t1",)
    assert assistant({"type": "thinking", "thinking": "hm"}).text == "hm"
    assert assistant(words).model == "claude-opus-4-5"


def test_models_of_sub_agents_and_made_up_responses_are_not_the_conversations() -> None:
    words = {"type": "text", "text": "x"}
    assert assistant(words, isSidechain=True).model is None
    made = {"role": "assistant", "model": "<synthetic>", "content": [words]}
    assert one(type="assistant", message=made).model is None


@pytest.mark.parametrize("kind", ["progress", "attachment", "summary", "a-type-of-next-year"])
def test_rows_of_other_and_unknown_types_are_kept_and_are_no_messages(kind: str) -> None:
    raw = json.dumps({"type": kind, "new": {"deep": [1.50, "é"]}}).encode()
    row = claude_code.read_row(raw)
    assert (row.raw, row.role, row.kind, row.prompt) == (raw, None, kind, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "user"},
        {"type": "user", "message": None},
        {"type": "user", "message": {"content": 7}},
        {"type": "user", "message": {"content": [None, 3, {"type": "text"}]}},
        {"type": "assistant", "message": {"content": {}, "model": 3}},
        {"type": ["odd"]},
        {},
    ],
)
def test_rows_of_an_odd_shape_are_read_without_a_failure(fields: dict[str, Any]) -> None:
    assert claude_code.read_row(json.dumps(fields).encode()).prompt in (True, False)


def test_both_rows_of_a_compaction_are_marks_of_it() -> None:
    assert one(type="system", subtype="compact_boundary", logicalParentUuid="x").compaction
    assert user("so far", isCompactSummary=True).compaction
    assert not one(type="system", subtype="turn_duration").compaction


def test_a_session_knows_its_id_title_model_and_times() -> None:
    chat = Chat()
    chat.side("summary", summary="s", leafUuid="x")
    chat.user("first")
    chat.answer("ok", model="claude-haiku")
    chat.user("second\nline")
    chat.answer("ok", model="claude-opus")
    read = claude_code.parse(chat.data(), "/somewhere/chat.jsonl")
    assert read.format == "claude-code"
    assert read.native_id == chat.session
    assert (live(read).title, live(read).model) == ("second", "claude-opus")
    assert (read.created_at, read.updated_at) == (
        "2026-03-01T10:00:01.000Z",
        "2026-03-01T10:00:04.000Z",
    )


def test_title_and_model_are_those_of_the_branch_written_last() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    chat.user("another way", parent="a1")
    read = claude_code.parse(chat.data(), "x.jsonl")
    assert live(read).title == "another way"


def test_two_prompts_under_one_id_are_two_turns_and_a_repeated_row_is_none() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("another prompt", "u1", parent="a1")
    chat.answer("ok", "a2")
    chat.rows.append(dict(chat.rows[0]))
    read = claude_code.parse(chat.data(), "a.jsonl")
    assert [(turn.rows, turn.parent) for turn in read.turns] == [((0, 1), None), ((2, 3, 4), 0)]


def test_of_two_sessions_in_a_file_its_own_name_decides_and_then_the_first() -> None:
    chat = Chat("old")
    chat.turn(1)
    chat.session = "new"
    chat.turn(2)
    assert claude_code.parse(chat.data(), "/p/new.jsonl").native_id == "new"
    assert claude_code.parse(chat.data(), "/p/copy.jsonl").native_id == "old"


def test_a_sub_agents_file_has_an_id_of_its_own() -> None:
    chat = Chat("parent")
    chat.user("find it", isSidechain=True, agentId="a1b2")
    chat.answer("found", isSidechain=True, agentId="a1b2")
    read = claude_code.parse(chat.data(), "agent-a1b2.jsonl")
    assert (read.native_id, read.parent) == ("parent/agent-a1b2", "parent")
    assert (read.session_name, live(read).id) == ("agent-a1b2", "agent-a1b2")
    assert live(read).title == "find it"


def test_sub_agents_with_one_id_in_two_sessions_are_two_conversations() -> None:
    files = []
    for parent in ("one", "two"):
        chat = Chat(parent)
        chat.user("find it", isSidechain=True, agentId="a1b2")
        files.append(claude_code.parse(chat.data(), f"{parent}/subagents/agent-a1b2.jsonl"))
    assert files[0].native_id != files[1].native_id


def test_a_fork_of_a_sub_agents_conversation_has_the_id_of_its_file() -> None:
    chat = Chat("parent")
    chat.user("find it", isSidechain=True, agentId="a1b2")
    rows = [claude_code.with_native_id(row, "fork") for row in chat.lines()]
    read = claude_code.parse(b"\n".join(rows), "/p/fork.jsonl")
    assert (read.native_id, read.session_name, read.parent) == ("fork", "fork", None)


def test_the_title_is_the_users_then_the_agents_then_a_summary() -> None:
    chat = Chat()
    chat.side("summary", summary="of another file", leafUuid="x")
    chat.turn(1)
    chat.side("summary", summary="birds", leafUuid="a1")
    assert claude_code.parse(chat.data(), "x").facts.title == "birds"
    chat.side("ai-title", aiTitle="Three birds", sessionId=chat.session)
    assert claude_code.parse(chat.data(), "x").facts.title == "Three birds"
    chat.side("custom-title", customTitle="draft", sessionId=chat.session)
    chat.side("custom-title", customTitle="river\ntalk", sessionId=chat.session)
    chat.side("ai-title", aiTitle="Three rivers", sessionId=chat.session)
    assert claude_code.parse(chat.data(), "x").facts.title == "river talk"


def test_folder_branch_and_version_are_known() -> None:
    chat = Chat()
    chat.turn(1)
    chat.user("go on", cwd="/home/dev/project/sub", gitBranch="try", version="2.2.0")
    facts = claude_code.parse(chat.data(), "x").facts
    assert (facts.project, facts.branch, facts.version) == ("/home/dev/project", "try", "2.2.0")


def test_an_agents_fork_names_the_conversation_and_the_row_where_it_parted() -> None:
    chat = Chat("fork")
    for number in (1, 2):
        origin = {"sessionId": "old", "messageUuid": f"m{number}"}
        chat.turn(number, forkedFrom=origin)
    chat.turn(3)
    read = claude_code.parse(chat.data(), "fork.jsonl")
    assert (read.native_id, read.parent, read.parent_row) == ("fork", "old", "m2")


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\n\n", b" \n", b"\r\n \r\n"])
@pytest.mark.parametrize("end", [True, False])
def test_a_file_comes_back_byte_for_byte(newline: bytes, end: bool) -> None:
    chat = Chat()
    chat.turn(1)
    chat.side("unknown", x=1)
    chat.turn(2)
    data = b"\n" + chat.data(newline)
    data = data if end else data[: -len(newline)]
    read = claude_code.parse(data, "x.jsonl")
    assert read.to_bytes() == data
    assert [row.raw.strip() for row in read.rows] == chat.lines()


def test_mixed_newlines_come_back_too() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    a, b, c, d = chat.lines()
    data = a + b"\r\n" + b + b"\n" + c + b"\n\r\n\n" + d
    assert claude_code.parse(data, "x.jsonl").to_bytes() == data


@pytest.mark.parametrize(
    "data",
    [
        b"{}\n",
        b'{"type":"summary","summary":"s","leafUuid":"x"}\n',
        b'{"type":"file-history-snapshot","messageId":"m","snapshot":{}}\n',
        b'{"a":1}\n{"b":2}\n',
    ],
)
def test_a_file_without_a_message_is_no_session(data: bytes) -> None:
    with pytest.raises(InvalidSession, match="no claude-code session") as caught:
        claude_code.parse(data, "x.jsonl")
    assert caught.value.source == "x.jsonl"


def test_of_a_file_cut_at_any_byte_all_whole_rows_are_read() -> None:
    chat = Chat()
    chat.turn(1)
    chat.turn(2)
    data = chat.data()
    for size in range(len(chat.lines()[0]), len(data)):
        cut = data[:size]
        read = claude_code.parse(cut, "x.jsonl")
        assert read.to_bytes() + read.torn == cut
        whole = cut.count(b"\n") + (cut.rsplit(b"\n", 1)[-1] in chat.lines())
        assert [row.raw for row in read.rows] == chat.lines()[:whole]
        assert bool(read.torn) == bool(read.faults)


def test_a_damaged_row_belongs_to_its_turn_and_is_no_message() -> None:
    chat = Chat()
    chat.turn(1)
    whole = claude_code.parse(chat.data(), "x.jsonl")
    broken = chat.data().replace(b"\n", b"\n\0\0\0\n", 1)
    read = claude_code.parse(broken, "x.jsonl")
    assert read.to_bytes() == broken
    assert [row.kind for row in read.rows].count("damaged") == 1
    assert message_count(read.rows) == message_count(whole.rows)
    assert (len(read.turns), live(read).title) == (len(whole.turns), live(whole).title)
    assert [fault.line for fault in read.faults] == [2]


def test_the_sample_that_the_project_ships_is_a_session_of_seven_turns() -> None:
    data = SAMPLE.read_bytes()
    read = claude_code.parse(data, str(SAMPLE))
    assert read.to_bytes() == data
    assert len(read.turns) == 7
    assert len(heads(read.turns)) == 1
    assert len(call_pairs(read.rows)) == sum(bool(row.calls) for row in read.rows)


@needs_real_files
@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_real_files_come_back_byte_for_byte(file: Path) -> None:
    data = file.read_bytes()
    read = claude_code.parse(data, str(file))
    assert read.to_bytes() == data
    assert message_count(read.rows) > 0
    again = [claude_code.read_row(row.raw) for row in read.rows]
    assert again == [row._replace(key=b"", origin=None) for row in read.rows]


def test_twice_the_turns_are_twice_the_work_to_read() -> None:
    def turns(count: int) -> bytes:
        chat = Chat()
        for number in range(count):
            chat.user(f"question {number}")
            chat.answer("x" * 5000)
        return chat.data()

    def work(data: bytes) -> int:
        return lines_run(lambda: claude_code.parse(data, "x.jsonl"))

    once, twice = work(turns(350)), work(turns(700))
    assert once < twice < 2.1 * once
