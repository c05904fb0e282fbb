"""A file written for pawan is the document under a fresh id, without calls that nobody answered."""

from __future__ import annotations

import json
from typing import Any

from porcelain.exchange.resume.pawan_file import WRITER
from porcelain.exchange.resume.resumed import Resumed, Wanted
from store.session.session import Session

TIME = "2026-03-01T10:00:00+00:00"


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text, "tool_calls": []}


def calls(*ids: str, text: str = "") -> dict[str, Any]:
    made = [{"id": one, "name": "bash", "arguments": {}} for one in ids]
    return {"role": "assistant", "content": text, "tool_calls": made}


def result(call: str) -> dict[str, Any]:
    given = {"tool_call_id": call, "content": "ok", "success": True}
    return {"role": "tool", "content": "ok", "tool_calls": [], "tool_result": given}


def write(*messages: dict[str, Any]) -> tuple[Resumed, dict[str, Any]]:
    document = {"id": "3f9c1a7e", "model": "m", "created_at": TIME, "updated_at": TIME}
    text = json.dumps({**document, "messages": list(messages), "notes": "kept"}, indent=2)
    session = Session.from_json(text)
    made = WRITER.write(Wanted(session, "0badcafe", "/w", "", "2026-03-12T10:00:00.000Z"))
    return made, json.loads(made.data)


def test_only_the_id_and_the_time_differ() -> None:
    made, document = write(user("q1"), calls("t1"), result("t1"))

    assert (document["id"], document["updated_at"]) == ("0badcafe", "2026-03-12T10:00:00.000+00:00")
    assert document["messages"] == [user("q1"), calls("t1"), result("t1")]
    assert document["notes"] == "kept"
    assert made.rows == (0, 1, 2)
    assert made.remarks == ()


def test_calls_and_results_without_each_other_are_cut() -> None:
    made, document = write(
        result("t0"), user("q1"), calls("t1", "t2", text="both"), result("t1"), calls("t3")
    )

    assert document["messages"] == [user("q1"), calls("t1", text="both"), result("t1")]
    assert made.rows == (1, 2, 3)
    assert made.remarks == (
        "Left out: 2 tool calls without a result and 1 tool result without a call",
    )


def test_two_files_with_the_same_messages_hold_the_same_conversation() -> None:
    made, document = write(user("q1"))

    assert WRITER.messages(made.data) == document["messages"]
    assert WRITER.messages(b"{") is None
