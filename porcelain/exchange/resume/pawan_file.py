"""Write a conversation as a new session file of pawan: the document under a fresh id.

pawan loads a file by its name, and sends all messages in their order.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from porcelain.display import counted
from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer, said
from porcelain.exchange.resume.row_members import with_members
from porcelain.transcript.pawan import SUFFIX
from store.errors import InvalidSession
from store.session.session import Session


def write(wanted: Wanted) -> Resumed:
    """Return the file; see `Writer`."""
    rows = [message.raw for message in wanted.session.messages]
    values: list[dict[str, Any]] = [json.loads(row) for row in rows]
    answered = {_answers(value) for value in values}
    called = {call["id"] for value in values for call in value.get("tool_calls", [])}
    made: list[bytes] = []
    places: list[int | None] = []
    open_calls = loose = 0
    for place, (row, value) in enumerate(zip(rows, values, strict=True)):
        answer = _answers(value)
        if answer is not None and answer not in called:
            loose += 1
            continue
        calls = value.get("tool_calls", [])
        kept = [call for call in calls if call["id"] in answered]
        open_calls += len(calls) - len(kept)
        if len(kept) < len(calls) and not kept and not value["content"]:
            continue
        made.append(row if len(kept) == len(calls) else with_members(row, {"tool_calls": kept}))
        places.append(place)
    session = wanted.session.with_id(wanted.native_id).with_messages(made)
    session = session.with_header(updated_at=wanted.now.replace("Z", "+00:00"))
    cut = [
        counted(open_calls, "tool call without a result", "tool calls without a result"),
        counted(loose, "tool result without a call", "tool results without a call"),
    ]
    left_out = [phrase for phrase, count in zip(cut, (open_calls, loose), strict=True) if count]
    remarks = (f"Left out: {said(left_out)}",) if left_out else ()
    return Resumed(session.to_bytes(), tuple(places), remarks)


def messages(data: bytes) -> Sequence[object] | None:
    """Return the messages of a file."""
    try:
        return [message.value for message in Session.from_json(data).messages]
    except InvalidSession:
        return None


def projects(_session: Session) -> Sequence[str]:
    """Return none: pawan's sessions name no folder."""
    return ()


def place(folder: str, native_id: str, _project: str, _now: str) -> str:
    """Return the path of a session's file."""
    return os.path.join(folder, f"{native_id}{SUFFIX}")


def _answers(value: dict[str, Any]) -> str | None:
    result = value.get("tool_result")
    return result["tool_call_id"] if isinstance(result, dict) else None


WRITER = Writer(write, messages, place, projects, cuts=True)
