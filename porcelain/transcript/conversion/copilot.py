"""Copilot CLI's events: messages, and an event where a tool begins and where it ends."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.transcript.conversion.codec import (
    Codec,
    Numbered,
    Target,
    Value,
    arguments_object,
    arguments_of,
    row_bytes,
)
from porcelain.transcript.conversion.said import (
    SUB_AGENT,
    Call,
    Holds,
    Part,
    Result,
    Said,
    Text,
    Thinking,
    Unknown,
    text_in,
)
from porcelain.transcript.reading.json_values import iso_time, mapping, objects, text

_VERSION = "1.0.102"
_SAID_IN = ("content", "text_result_for_llm", "message")


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:  # noqa: ARG001 - see `Codec`
    """Return the messages."""
    return [one for place, value in rows for one in _message(value, place)]


def _message(value: Value, place: int) -> list[Said]:
    kind, data, time = text(value, "type"), mapping(value.get("data")), iso_time(value, "timestamp")
    said = text(data, "content") or ""
    words: list[Part] = [Text(said)] if said else []
    if text(data, "parentToolCallId") is not None and kind in ("user.message", "assistant.message"):
        return [Said("user", (SUB_AGENT,), place)]
    if kind == "user.message":
        words += [Unknown("attachment") for _ in objects(data.get("attachments"))]
        return [Said("user", tuple(words), place, time)]
    if kind == "system.message":
        return [Said("system", tuple(words), place, time)]
    if kind == "assistant.reasoning":
        return [Said("assistant", (Thinking(said),), place, time)]
    if kind == "assistant.message":
        words += [
            Call(
                text(one, "toolCallId") or "",
                text(one, "name") or "tool",
                arguments_of(one.get("arguments")),
            )
            for one in objects(data.get("toolRequests"))
        ]
        return [Said("assistant", tuple(words), place, time, text(data, "model"))]
    if kind == "tool.execution_complete":
        found = mapping(data.get("result")) or mapping(data.get("error"))
        output = next((one for key in _SAID_IN if (one := text(found, key))), "")
        inner = (Text(output),) if output else ()
        result = Result(text(data, "toolCallId") or "", inner, data.get("success") is False)
        return [Said("tool", (result,), place, time)]
    return []


def start(native_id: str, project: str, branch: str, now: str) -> Value:
    """Return the data of the first event, with the members that the agent needs."""
    made: Value = {"sessionId": native_id, "version": 1, "producer": "copilot-agent"}
    made |= {"copilotVersion": _VERSION, "startTime": now}
    return made | {"context": {"cwd": project, **({"branch": branch} if branch else {})}}


def write(messages: Sequence[Said], target: Target) -> list[bytes]:
    """Return the events, each continuing the one before."""
    begun = start(target.native_id, target.project, target.branch, target.now)
    events = [("session.start", begun, target.now)]
    calls = {part.id: part for one in messages for part in one.parts if isinstance(part, Call)}
    for number, one in enumerate(messages):
        time, message = one.time or target.now, target.uuid("message", number)
        if one.role == "user":
            said: Value = {"content": text_in(one.parts), "messageId": message, "attachments": []}
            events.append(("user.message", said, time))
        elif one.role == "assistant":
            asked = [_request(part) for part in one.parts if isinstance(part, Call)]
            said = {"messageId": message, "content": text_in(one.parts), "toolRequests": asked}
            said |= {"model": one.model} if one.model else {}
            events.append(("assistant.message", said, time))
        for part in one.parts:
            if isinstance(part, Result):
                events += [(kind, data, time) for kind, data in _tool(part, calls.get(part.id))]
    made, parent = [], None
    for number, (kind, data, time) in enumerate(events):
        event = target.uuid("event", number)
        row = {"type": kind, "data": data, "id": event, "timestamp": time, "parentId": parent}
        made.append(row_bytes(row))
        parent = event
    return made if messages else []


def _request(call: Call) -> Value:
    made: Value = {"toolCallId": call.id, "name": call.name}
    return made | {"arguments": arguments_object(call), "type": "function"}


def _tool(result: Result, call: Call | None) -> list[tuple[str, Value]]:
    begun: Value = {"toolCallId": result.id, "toolName": result.name}
    begun["arguments"] = arguments_object(call) if call is not None else {}
    words = text_in(result.parts)
    ended: Value = {"toolCallId": result.id, "success": not result.is_error}
    ended |= {"error": {"message": words}} if result.is_error else {"result": {"content": words}}
    return [("tool.execution_start", begun), ("tool.execution_complete", ended)]


_WORDS: frozenset[type] = frozenset((Text,))
CODEC = Codec(read, write, Holds(frozenset((Text, Call, Result)), _WORDS))
