"""GitHub Copilot CLI's events: JSON lines `{type, data, id, timestamp, parentId}`.

The file is `~/.copilot/session-state/<session>/events.jsonl`, in older versions
`<session>.jsonl`. The parents form one line. `/rewind` cuts rows off the file, and `/fork` copies
it with the events' ids.
"""

from __future__ import annotations

from typing import Any

from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.json_values import iso_time, mapping, objects, text, texts
from porcelain.transcript.lines.line_file import LineFormat
from porcelain.transcript.row import NO, SURE, Row, call_text, first_line, linear

NAME = "copilot-cli"
SUFFIX = ".jsonl"

lineages = linear
write_message = None

_START = "session.start"
_ROLES = {
    "user.message": "user",
    "system.message": "system",
    "assistant.message": "assistant",
    "assistant.reasoning": "assistant",
    "tool.execution_complete": "tool",
}


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first event."""
    first = next(leading_objects(data, 3), None)
    if first is None or not _is_row(first) or first["type"] != _START:
        return NO
    return SURE if isinstance(first["data"].get("sessionId"), str) else NO


def _is_row(value: Object) -> bool:
    ids = all(isinstance(value.get(key), str) for key in ("type", "id"))
    return ids and isinstance(value.get("data"), dict)


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


_FORMAT = LineFormat(NAME, '"type", "data" and "id"', _is_row, _row, lineages)
parse, read_row, check_row = _FORMAT.parse, _FORMAT.read_row, _FORMAT.check_row
