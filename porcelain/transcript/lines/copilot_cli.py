"""GitHub Copilot CLI's events: JSON lines `{type, data, id, timestamp, parentId}`.

The file is `~/.copilot/session-state/<session>/events.jsonl`, in older versions
`<session>.jsonl`. The parents form one line. `/rewind` cuts rows off the file, and `/fork` copies
it with the events' ids.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.lines import row_writers
from porcelain.transcript.reading.json_values import iso_time, mapping, objects, text, texts
from porcelain.transcript.reading.line_file import About, LineFormat, fresh_uuid, is_uuid, last_text
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, call_text, first_line, linear

NAME = "copilot-cli"
SUFFIX = ".jsonl"

lineages = linear
write_message = row_writers.write_copilot
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_START = "session.start"
_ROLES = {
    "user.message": "user",
    "system.message": "system",
    "assistant.message": "assistant",
    "assistant.reasoning": "assistant",
    "tool.execution_complete": "tool",
}

_START_MEMBERS: Members = {
    "timestamp": "value",
    "data": {"sessionId": "conversation", "startTime": "value", "remoteSteerable": "member"},
}
_COUNTS = ("session.usage_record", "session.usage_checkpoint", "session.shutdown")
_COUNT_MEMBERS: Members = {"data": "value"}
_FORKED = re.compile(r"Forked from .*? \(([0-9a-fA-F-]{36})\)", re.DOTALL)


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first event."""
    first = next(leading_objects(data, 3), None)
    if first is None or not _is_row(first) or first["type"] != _START:
        return NO
    return SURE if isinstance(first["data"].get("sessionId"), str) else NO


def _is_row(value: Object) -> bool:
    ids = all(isinstance(value.get(key), str) for key in ("type", "id"))
    return ids and isinstance(value.get("data"), dict)


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return an event's id; see `Format`.

    A fork keeps the ids, has a new start, and writes the numbers of counts in another form.
    """
    kind = value.get("type")
    members = _START_MEMBERS if kind == _START else _COUNT_MEMBERS if kind in _COUNTS else {}
    return text(value, "id"), members


def _about(values: Sequence[Object]) -> About:
    """Return the facts of the start; a fork says from where it comes."""
    start = mapping(values[0].get("data")) if values else {}
    context = mapping(start.get("context"))
    facts = AgentFacts(
        project=text(context, "cwd") or "",
        branch=text(context, "branch") or "",
        version=last_text(values, "copilotVersion", "data"),
    )
    infos = (mapping(v.get("data")) for v in values if v.get("type") == "session.info")
    said = (_FORKED.match(text(info, "message") or "") for info in infos)
    return About(facts, next((match[1] for match in said if match), None))


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of an event."""
    kind = text(value, "type") or ""
    data = mapping(value.get("data"))
    side = text(data, "parentToolCallId") is not None
    row = Row(
        raw=raw,
        role=_ROLES.get(kind),
        kind=kind,
        time=iso_time(value, "timestamp"),
        native_id=text(value, "id"),
        native_parent=text(value, "parentId"),
        conversation=text(data, "sessionId") if kind == _START else None,
        side=side,
        compaction=kind.startswith("session.compaction"),
    )
    said = text(data, "content") or ""
    if kind == "user.message":
        return row._replace(text=said, prompt=not side, title="" if side else first_line(said))
    if kind == "assistant.message":
        requests = objects(data.get("toolRequests"))
        if not said and requests:
            arguments = requests[0].get("arguments")
            said = call_text(text(requests[0], "name") or "tool", arguments)
        calls = texts(requests, "toolCallId")
        return row._replace(text=said, calls=calls, model=None if side else text(data, "model"))
    if kind == "tool.execution_complete":
        result = mapping(data.get("result")) or mapping(data.get("error"))
        said = next((s for k in ("content", "text_result_for_llm", "message")
                     if (s := text(result, k))), "")  # fmt: skip
        call = text(data, "toolCallId")
        return row._replace(text=said, results=(call,) if call else ())
    model = text(data, "newModel") or text(data, "selectedModel")
    return row._replace(text=said or text(data, "message") or "", model=model)


_FORMAT = LineFormat(NAME, '"type", "data" and "id"', _is_row, _row, lineages, row_identity, _about)
parse, read_row, check_row = _FORMAT.parse, _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
