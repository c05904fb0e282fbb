from __future__ import annotations

from typing import Any

import pytest

from porcelain.transcript.errors import NoMessages
from porcelain.transcript.lines import codex
from porcelain.transcript.row import Row, Transcript, heads
from store.errors import InvalidSession
from tests.porcelain.transcript.lines.rows import lines, said, shape

META = {"id": "t-1", "timestamp": "2026-01-01T00:00:00Z", "cwd": "/srv/demo"}


def row(kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": "2026-01-01T00:00:01.000Z", "type": kind, "payload": payload}


def event(kind: str, **payload: Any) -> dict[str, Any]:
    return row("event_msg", type=kind, **payload)


def message(role: str, text: str, **more: Any) -> dict[str, Any]:
    block = {"type": "output_text" if role == "assistant" else "input_text", "text": text}
    return row("response_item", type="message", role=role, content=[block], **more)


def turn(number: int) -> list[dict[str, Any]]:
    """Return the four rows of a turn: start, prompt, answer, end."""
    return [
        event("task_started", turn_id=f"turn-{number}"),
        message("user", f"q{number}"),
        message("assistant", f"a{number}"),
        event("task_complete", turn_id=f"turn-{number}"),
    ]


def read(*rows: dict[str, Any]) -> Transcript:
    data = lines([row("session_meta", **META), *rows])
    assert codex.detects(data, "-")
    transcript = codex.parse(data, "rollout.jsonl")
    assert transcript.to_bytes() == data
    return transcript


def one(kind: str, **payload: Any) -> Row:
    return codex.read_row(lines([row("response_item", type=kind, **payload)]).strip())


def test_the_first_header_names_the_thread_and_the_screens_copies_are_no_messages() -> None:
    parent = row("session_meta", **{**META, "id": "t-0"})
    found = read(
        parent,
        message("developer", "be brief"),
        message("user", "<environment_context>\n</environment_context>"),
        row("turn_context", model="gpt-x"),
        message("user", "hello\nthere"),
        event("user_message", message="hello\nthere"),
        event("agent_message", message="hi"),
        message("assistant", "hi"),
    )
    assert found.native_id == "t-1"
    assert said(found.rows) == [
        ("system", "be brief"),
        ("user", "<environment_context>\n</environment_context>"),
        ("user", "hello\nthere"),
        ("assistant", "hi"),
    ]
    assert [r.title for r in found.rows if r.prompt] == ["hello"]
    assert [r.model for r in found.rows if r.model] == ["gpt-x"]
    assert len(found.turns) == 1


def test_newer_files_say_which_messages_a_user_typed() -> None:
    typed = {"content_item_kinds": ["user.text"]}
    other = {"content_item_kinds": ["host_skills.instructions"]}
    key = "internal_chat_message_metadata_passthrough"
    found = read(
        message("user", "some skill", **{key: other}),
        message("user", "<environment_context> is what I ask about", **{key: typed}),
    )
    assert [r.prompt for r in found.rows if r.role] == [False, True]


def test_a_turn_begins_where_its_task_starts() -> None:
    found = read(*turn(1), *turn(2))
    assert shape(found) == [((0, 1, 2, 3, 4), None), ((5, 6, 7, 8), 0)]


def test_a_prompt_typed_while_a_task_runs_begins_a_turn_too() -> None:
    found = read(*turn(1)[:3], message("user", "and also"), *turn(1)[3:])
    assert shape(found) == [((0, 1, 2, 3), None), ((4, 5), 0)]


def test_turns_that_were_rolled_back_are_a_branch() -> None:
    found = read(*turn(1), *turn(2), *turn(3), event("thread_rolled_back", num_turns=2), *turn(4))
    parents = [parent for _, parent in shape(found)]
    assert parents == [None, 0, 1, 2, 0]
    assert shape(found)[3] == ((13,), 2)  # the marker
    assert heads(found.turns) == (3, 4)


def test_a_marker_at_the_end_is_kept_and_the_next_row_leaves_its_branch() -> None:
    marker = event("thread_rolled_back", num_turns=1)
    assert [p for _, p in shape(read(*turn(1), *turn(2), marker))] == [None, 0, 1]
    found = read(*turn(1), *turn(2), marker, marker, *turn(3))
    assert [p for _, p in shape(found)] == [None, 0, 1, 0, None]
    assert shape(found)[4] == ((0, 1, 11, 12, 13, 14), None)  # with the rows before any prompt


def test_more_turns_than_there_are_can_be_rolled_back() -> None:
    found = read(*turn(1), event("thread_rolled_back", num_turns=9), *turn(2))
    assert shape(found)[2] == ((0, 1, 6, 7, 8, 9), None)


def test_a_compaction_is_a_turn_of_its_own() -> None:
    start, _, _, end = turn(2)
    found = read(*turn(1), start, row("compacted", message="so far", replacement_history=[]), end)
    assert [p for _, p in shape(found)] == [None, 0]
    assert [r.text for r in found.rows if r.compaction] == ["so far"]


@pytest.mark.parametrize(
    ("kind", "payload", "text"),
    [
        ("function_call", {"name": "exec", "arguments": '{"cmd": "ls"}', "call_id": "c"}, "ls"),
        ("function_call", {"name": "exec", "arguments": "torn {", "call_id": "c"}, "torn {"),
        ("custom_tool_call", {"name": "patch", "input": "*** Begin", "call_id": "c"}, "*** Begin"),
        ("local_shell_call", {"action": {"command": ["ls", "-l"]}, "call_id": "c"}, "ls -l"),
        ("tool_search_call", {"arguments": {"query": "x"}, "call_id": "c"}, "x"),
        ("web_search_call", {"action": {"type": "search", "query": "x"}}, "search"),
    ],
)
def test_a_tool_call_is_a_message_of_the_assistant(
    kind: str, payload: dict[str, Any], text: str
) -> None:
    found = one(kind, **payload)
    assert (found.role, found.kind) == ("assistant", f"response_item/{kind}")
    assert text in found.text
    assert found.calls == (("c",) if "call_id" in payload else ())


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("done", "done"),
        ({"content": "done", "success": True}, "done"),
        ([{"type": "input_text", "text": "done"}], "done"),
        (None, ""),
    ],
)
def test_a_tools_output_answers_its_call(output: object, text: str) -> None:
    found = one("function_call_output", call_id="c", output=output)
    assert (found.role, found.text, found.results) == ("tool", text, ("c",))


def test_reasoning_shows_its_summary() -> None:
    summary = [{"type": "summary_text", "text": "**Thinking**"}]
    assert one("reasoning", summary=summary, encrypted_content="xx").text == "**Thinking**"
    assert one("reasoning", summary=[], encrypted_content="xx").text == "[reasoning]"


def test_a_file_that_continues_another_says_so() -> None:
    base = {"thread_id": "r-0", "end_ordinal_exclusive": 16, "end_byte_offset": 14880}
    data = lines([row("session_meta", **META, history_base=base), *turn(1)])
    found = codex.parse(data, "x.jsonl")
    assert found.base == ("r-0", 16, 14880)
    assert read(*turn(1)).base is None


def test_unknown_rows_are_kept_and_are_no_messages() -> None:
    found = read(*turn(1), row("hologram", x=1), row("response_item", type="odour", id="i"))
    assert [r.role for r in found.rows[-2:]] == [None, None]
    assert [r.kind for r in found.rows[-2:]] == ["hologram", "response_item/odour"]


def test_a_row_without_payload_cannot_be_added() -> None:
    with pytest.raises(InvalidSession, match='needs "type" and "payload"'):
        codex.check_row(b'{"type":"event_msg"}')
    assert codex.check_row(lines([message("user", "x")]).strip()).prompt


def test_a_rollout_without_messages_is_no_session_yet() -> None:
    with pytest.raises(NoMessages):
        codex.parse(lines([row("session_meta", **META)]), "x.jsonl")
