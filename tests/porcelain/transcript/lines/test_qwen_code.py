from __future__ import annotations

from typing import Any

import pytest

from porcelain.transcript.formats import detect
from porcelain.transcript.lines import qwen_code
from porcelain.transcript.row import Transcript
from store.errors import InvalidSession
from tests.porcelain.transcript.lines.rows import lines, said, shape


def row(kind: str, native: str, parent: str | None, **more: Any) -> dict[str, Any]:
    return {
        "uuid": native,
        "parentUuid": parent,
        "sessionId": "s-1",
        "timestamp": "2026-01-01T00:00:01.000Z",
        "type": kind,
        **more,
    }


def message(kind: str, native: str, parent: str | None, *parts: Any, **more: Any) -> Any:
    role = "model" if kind == "assistant" else "user"
    return row(kind, native, parent, message={"role": role, "parts": list(parts)}, **more)


def turn(number: int, parent: str | None) -> list[Any]:
    return [
        message("user", f"u{number}", parent, {"text": f"q{number}"}, provenance="real_user"),
        message("assistant", f"a{number}", f"u{number}", {"text": f"r{number}"}, model="m"),
    ]


def read(*rows: Any) -> Transcript:
    data = lines(rows)
    assert detect(data, "-") == "qwen-code"
    transcript = qwen_code.parse(data, "x.jsonl")
    assert transcript.to_bytes() == data
    return transcript


def test_system_rows_are_in_the_chain_and_no_messages() -> None:
    found = read(
        *turn(1, None),
        row("system", "s1", "a1", subtype="ui_telemetry", systemPayload={}),
        row("system", "s2", "s1", subtype="custom_title", systemPayload={"customTitle": "birds"}),
        row("system", "s3", "s2", subtype="chat_compression", systemPayload={}),
        *turn(2, "s3"),
    )
    assert found.native_id == "s-1"
    assert said(found.rows) == [
        ("user", "q1"),
        ("assistant", "r1"),
        ("user", "q2"),
        ("assistant", "r2"),
    ]
    assert found.rows[3].text == "birds"
    assert [r.compaction for r in found.rows[2:5]] == [False, False, True]
    assert shape(found) == [((0, 1, 2, 3, 4), None), ((5, 6), 0)]


def test_calls_results_and_thoughts() -> None:
    call = {"functionCall": {"id": "c", "name": "read", "args": {"path": "a.py"}}}
    reply = {"functionResponse": {"id": "c", "name": "read", "response": {"output": "x = 1"}}}
    found = read(
        turn(1, None)[0],
        message("assistant", "t", "u1", {"text": "hm", "thought": True}),
        message("assistant", "t", "u1", call),
        message("tool_result", "r", "t", reply),
        message("user", "m", "r", {"text": "a note"}, provenance="system"),
    )
    assert said(found.rows)[1:] == [
        ("assistant", "hm"),
        ("assistant", "read(a.py)"),
        ("tool", "x = 1"),
        ("user", "a note"),
    ]
    assert (found.rows[2].calls, found.rows[3].results) == (("c",), ("c",))
    assert len(found.turns) == 1


def test_a_rewound_answer_is_a_branch() -> None:
    back = row("system", "b", "u1", subtype="rewind", systemPayload={"targetUuid": "u1"})
    found = read(*turn(1, None), back, *turn(2, "b"))
    assert shape(found) == [((0, 1), None), ((0, 2), None), ((3, 4), 1)]


def test_what_is_no_row_cannot_be_added() -> None:
    with pytest.raises(InvalidSession, match="not a row of qwen-code"):
        qwen_code.check_row(b'{"type":"user"}')
