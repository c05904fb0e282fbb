from __future__ import annotations

from typing import Any

import pytest

from porcelain.transcript.lines import copilot_cli
from porcelain.transcript.row import Row, Transcript
from store.errors import InvalidSession
from tests.porcelain.transcript.lines.rows import lines, said, shape


def event(kind: str, **data: Any) -> dict[str, Any]:
    time = "2026-01-01T00:00:01.000Z"
    return {"type": kind, "data": data, "id": f"e-{kind}", "timestamp": time, "parentId": None}


START = event("session.start", sessionId="s-1", copilotVersion="1.0", selectedModel="m")


def read(*events: dict[str, Any]) -> Transcript:
    numbered = [{**one, "id": f"e{number}"} for number, one in enumerate((START, *events))]
    data = lines(numbered)
    assert copilot_cli.detects(data, "-")
    transcript = copilot_cli.parse(data, "events.jsonl")
    assert transcript.to_bytes() == data
    return transcript


def one(kind: str, **data: Any) -> Row:
    return copilot_cli.read_row(lines([event(kind, **data)]).strip())


def test_a_conversation_and_the_events_around_it() -> None:
    request = {"toolCallId": "c", "name": "bash", "arguments": {"command": "ls"}}
    found = read(
        event("user.message", content="list\nit", transformedContent="<x/>list it"),
        event("system.message", content="be kind", role="system"),
        event("assistant.turn_start", turnId="0"),
        event("assistant.message", content="", toolRequests=[request], model="m2"),
        event("tool.execution_start", toolCallId="c", toolName="bash"),
        event("tool.execution_complete", toolCallId="c", result={"content": "a.py"}),
        event("assistant.message", content="one file", toolRequests=[]),
        event("user.message", content="thanks"),
        event("session.hologram"),
    )
    assert found.native_id == "s-1"
    assert said(found.rows) == [
        ("user", "list\nit"),
        ("system", "be kind"),
        ("assistant", "bash(ls)"),
        ("tool", "a.py"),
        ("assistant", "one file"),
        ("user", "thanks"),
    ]
    assert (found.rows[4].calls, found.rows[6].results) == (("c",), ("c",))
    assert [r.title for r in found.rows if r.prompt] == ["list", "thanks"]
    assert shape(found) == [(tuple(range(8)), None), ((8, 9), 0)]


def test_a_sub_agents_messages_are_beside_the_conversation() -> None:
    row = one("assistant.message", content="x", parentToolCallId="c", model="small")
    assert (row.side, row.model) == (True, None)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"result": {"text_result_for_llm": "old form"}}, "old form"),
        ({"error": {"message": "failed"}, "success": False}, "failed"),
        ({}, ""),
    ],
)
def test_a_result_in_each_of_its_forms(data: dict[str, Any], text: str) -> None:
    row = one("tool.execution_complete", toolCallId="c", **data)
    assert (row.role, row.text, row.results) == ("tool", text, ("c",))


def test_what_is_no_event_cannot_be_added() -> None:
    with pytest.raises(InvalidSession, match="not a row of copilot-cli"):
        copilot_cli.check_row(b'{"type":"user.message"}')
