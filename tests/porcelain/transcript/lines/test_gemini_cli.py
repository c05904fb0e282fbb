from __future__ import annotations

from typing import Any

import pytest

from porcelain.transcript.lines import gemini_cli
from porcelain.transcript.row import Transcript, heads
from store.errors import InvalidSession
from tests.porcelain.transcript.lines.rows import lines, said, shape

HEADER = {
    "sessionId": "s-1",
    "projectHash": "h",
    "startTime": "2026-01-01T00:00:00.000Z",
    "kind": "main",
}
CALL = {"id": "c", "name": "shell", "args": {"command": "ls"}}


def message(native: str, kind: str, content: Any, **more: Any) -> dict[str, Any]:
    time = "2026-01-01T00:00:01.000Z"
    return {"id": native, "timestamp": time, "type": kind, "content": content, **more}


def turn(number: int) -> list[dict[str, Any]]:
    """Return the three rows of a turn."""
    return [
        message(f"u{number}", "user", [{"text": f"q{number}"}]),
        message(f"g{number}", "gemini", f"a{number}", model="m"),
        {"$set": {"lastUpdated": "2026-01-01T00:00:02.000Z"}},
    ]


def read(*rows: dict[str, Any]) -> Transcript:
    data = lines([HEADER, *rows])
    assert gemini_cli.detects(data, "-")
    transcript = gemini_cli.parse(data, "session.jsonl")
    assert transcript.to_bytes() == data
    return transcript


def test_headers_and_changes_are_no_messages() -> None:
    found = read(*turn(1), HEADER, {"$set": {"messages": []}}, {"$set": {"summary": "birds"}})
    assert found.native_id == "s-1"
    assert said(found.rows) == [("user", "q1"), ("assistant", "a1")]
    kinds = [r.kind for r in found.rows]
    assert kinds == ["header", "user", "gemini", "$set", "header", "$set/messages", "$set"]
    assert shape(found) == [((0, 1, 2, 3, 4, 5, 6), None)]


def test_a_call_its_result_and_what_the_program_itself_says() -> None:
    reply = {"functionResponse": {"id": "c", "name": "shell", "response": {"output": "a.py"}}}
    found = read(
        message("s", "user", [{"text": "<session_context>\nhere"}]),
        message("u", "user", "list", displayContent="/list"),
        message("g", "gemini", "", toolCalls=[CALL]),
        message("r", "user", [reply]),
        message("i", "info", "Update available"),
    )
    assert said(found.rows) == [
        ("user", "<session_context>\nhere"),
        ("user", "list"),
        ("assistant", "shell(ls)"),
        ("tool", "a.py"),
    ]
    assert [r.title for r in found.rows if r.prompt] == ["/list"]
    assert [(r.calls, r.results) for r in found.rows[3:5]] == [(("c",), ()), ((), ("c",))]


def test_a_message_that_is_written_again_begins_no_turn() -> None:
    found = read(*turn(1), turn(1)[0], *turn(2))
    assert [rows for rows, _ in shape(found)] == [(0, 1, 2, 3, 4), (5, 6, 7)]


def test_a_rewind_leaves_a_branch_and_stands_at_its_end() -> None:
    found = read(*turn(1), *turn(2), *turn(3), {"$rewindTo": "u2"}, *turn(4))
    assert [p for _, p in shape(found)] == [None, 0, 1, 2, 0]
    assert shape(found)[3] == ((10,), 2)
    assert heads(found.turns) == (3, 4)


def test_a_rewind_into_a_turn_shares_its_first_rows() -> None:
    found = read(*turn(1), *turn(2), {"$rewindTo": "g2"}, *turn(3))
    assert shape(found)[3] == ((4,), 0)
    assert shape(found)[4] == ((8, 9, 10), 3)


def test_a_rewind_to_an_unknown_message_drops_all() -> None:
    found = read(*turn(1), {"$rewindTo": "nowhere"}, *turn(2))
    assert shape(found) == [((0, 1, 2, 3), None), ((4,), 0), ((5, 6, 7), None)]


def test_thoughts_are_shown_where_nothing_else_is_said() -> None:
    thoughts = [{"subject": "s", "description": "thinking"}]
    found = read(*turn(1), message("g", "gemini", "", thoughts=thoughts))
    assert found.rows[-1].text == "thinking"


def test_what_is_no_row_cannot_be_added() -> None:
    with pytest.raises(InvalidSession, match="not a row of gemini-cli"):
        gemini_cli.check_row(b'{"type":"user"}')
