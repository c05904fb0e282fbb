"""Gemini CLI's log: messages with their tool calls and the results of these."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from porcelain.transcript.conversion.codec import (
    Codec,
    Numbered,
    Target,
    Value,
    arguments_object,
    arguments_of,
    row_bytes,
    split_results,
)
from porcelain.transcript.conversion.gemini_parts import (
    read_parts,
    read_result,
    write_parts,
    write_result,
)
from porcelain.transcript.conversion.said import Call, Part, Result, Said, Text, Thinking, begun
from porcelain.transcript.lines.gemini_cli import REWIND, SET, is_injected
from porcelain.transcript.reading.json_values import iso_time, mapping, objects, text

_Log = dict[str, tuple[int, Value]]


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:
    """Return the messages; with `live` a list that replaces them counts, as for the agent."""
    log: _Log = {}
    for place, value in rows:
        change = mapping(value.get(SET))
        if change:
            if live and isinstance(change.get("messages"), list):
                log = {}
                _add(log, ((place, one) for one in objects(change["messages"])))
        elif REWIND not in value:
            _add(log, [(place, value)])
    found: list[Said] = []
    replaced = live and any("messages" in mapping(value.get(SET)) for _, value in rows)
    answered = {
        part.id
        for _, value in log.values()
        if value.get("type") == "user"
        for part in read_parts(value.get("content"))
        if isinstance(part, Result)
    }
    for place, value in log.values():
        found += _message(value, place, answered)
    return begun(found) if replaced else found


def _add(log: _Log, messages: Iterable[tuple[int, Value]]) -> None:
    """Add messages; one with a known id replaces that one."""
    for place, value in messages:
        if value.get("type") in ("user", "gemini"):
            key = text(value, "id") or f"row {place} {len(log)}"
            first = log[key][0] if key in log else place
            log[key] = first, value


def _message(value: Value, place: int, answered: set[str]) -> list[Said]:
    content, time = read_parts(value.get("content")), iso_time(value, "timestamp")
    if value.get("type") == "user":
        words = next((part.text for part in content if isinstance(part, Text)), "")
        said = Said("user", (), place, time, prompt=not is_injected(words))
        return split_results(content, said)
    thoughts: list[Part] = [
        Thinking("\n\n".join(filter(None, (text(one, "subject"), text(one, "description")))))
        for one in objects(value.get("thoughts"))
    ]
    tools = objects(value.get("toolCalls"))
    calls = [
        Call(text(one, "id") or "", text(one, "name") or "tool", arguments_of(one.get("args")))
        for one in tools
    ]
    results = [
        read_result(mapping(part.get("functionResponse")))
        for one in tools
        for part in objects(one.get("result"))
        if "functionResponse" in part
    ]
    own = tuple(one for one in results if one.id not in answered)
    answer = Said("assistant", (*thoughts, *content, *calls), place, time, text(value, "model"))
    return [answer, *([Said("tool", own, place, time)] if own else [])]


def write(messages: Sequence[Said], target: Target) -> list[bytes]:
    """Return a log: its header, and a row for each message."""
    project = hashlib.sha256(target.project.encode("utf-8", "surrogatepass")).hexdigest()
    header: Value = {"sessionId": target.native_id, "projectHash": project}
    header |= {"startTime": target.now, "lastUpdated": target.now, "kind": "main"}
    results = {part.id: part for one in messages for part in one.parts if isinstance(part, Result)}
    rows = [header]
    for one in messages:
        time = one.time or target.now
        row: Value = {"id": target.uuid("message", len(rows)), "timestamp": time}
        if one.role == "assistant":
            words = "\n\n".join(part.text for part in one.parts if isinstance(part, Text))
            row |= {"type": "gemini", "content": words, "thoughts": []}
            row |= {"model": one.model} if one.model else {}
            calls = [part for part in one.parts if isinstance(part, Call)]
            if calls:
                row["toolCalls"] = [_tool(call, results.get(call.id), time) for call in calls]
        else:
            row |= {"type": "user", "content": write_parts(one.parts)}
        rows.append(row)
    return [row_bytes(row) for row in rows] if messages else []


def _tool(call: Call, result: Result | None, time: str) -> Value:
    made: Value = {"id": call.id, "name": call.name, "args": arguments_object(call)}
    if result is None:
        return made | {"status": "cancelled", "timestamp": time}
    made["result"] = [{"functionResponse": write_result(result)}]
    return made | {"status": "error" if result.is_error else "success", "timestamp": time}


CODEC = Codec(read, write)
