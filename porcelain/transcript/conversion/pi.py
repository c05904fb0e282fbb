"""Pi's entries: a header, then messages in Pi's own form, each with an id and its parent's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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
    SUMMARY,
    Call,
    Holds,
    Image,
    Part,
    Result,
    Said,
    Text,
    Thinking,
    Unknown,
)
from porcelain.transcript.reading.json_values import iso_time, mapping, text

_COUNTS = ("input", "output", "cacheRead", "cacheWrite")
_BEFORE = ("branchSummary", "compactionSummary", "hookMessage", "custom")


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:
    """Return the messages; after a compaction its summary, and the entries from the kept one on."""
    found: list[tuple[str | None, Said]] = []
    for place, value in rows:
        kind, entry, time = value.get("type"), text(value, "id"), iso_time(value, "timestamp")
        said: list[Said] = []
        if kind == "message":
            said = _message(mapping(value.get("message")), place, time)
        elif kind == "custom_message":
            said = [Said("user", tuple(_parts(value.get("content"))), place, time, prompt=False)]
        elif kind == "branch_summary" and text(value, "summary"):
            said = [_summary(text(value, "summary") or "", place, time)]
        elif kind == "compaction" and live:
            first = text(value, "firstKeptEntryId")
            ids = [one for one, _ in found]
            kept = found[ids.index(first) :] if first in ids else []
            summary = _summary(text(value, "summary") or "", place, time)
            found = [(None, summary._replace(starts=True)), *kept]
        found += [(entry, one) for one in said]
    return [one for _, one in found]


def _summary(words: str, place: int, time: str | None) -> Said:
    return Said("user", (Text(SUMMARY + words),), place, time, prompt=False)


def _message(message: Value, place: int, time: str | None) -> list[Said]:
    role = text(message, "role")
    parts = tuple(_parts(message.get("content")))
    if role == "user":
        return [Said("user", parts, place, time)]
    if role == "assistant":
        return [Said("assistant", parts, place, time, text(message, "model"))]
    if role == "toolResult":
        inner = tuple(part for part in parts if isinstance(part, Text | Image | Unknown))
        call, name = text(message, "toolCallId") or "", text(message, "toolName") or ""
        result = Result(call, inner, message.get("isError") is True, name)
        return [Said("tool", (result,), place, time)]
    if role == "system":
        sections = mapping(message.get("sections")).values()
        words = [part for part in parts if part != Text("")]
        words += [Text(one) for one in sections if isinstance(one, str)]
        return [Said("system", tuple(words), place, time)]
    if role == "bashExecution":
        if message.get("excludeFromContext") is True:
            return []
        command, output = text(message, "command") or "", text(message, "output") or ""
        return [Said("user", (Text(f"Ran `{command}`\n```\n{output}\n```"),), place, time)]
    if role in _BEFORE:
        said = text(message, "summary")
        return [Said("user", (Text(said),) if said else parts, place, time, prompt=False)]
    return []


def _parts(content: object) -> list[Part]:
    if isinstance(content, str):
        return [Text(content)]
    blocks = content if isinstance(content, list) else []
    return [_part(mapping(block)) for block in blocks]


def _part(block: Value) -> Part:
    kind = text(block, "type") or "block"
    if kind == "text":
        return Text(text(block, "text") or "")
    if kind == "thinking":
        return Thinking(text(block, "thinking") or "")
    if kind == "toolCall":
        name, call = text(block, "name") or "tool", text(block, "id") or ""
        return Call(call, name, arguments_of(block.get("arguments")))
    if kind == "image" and text(block, "data"):
        return Image(text(block, "mimeType") or "", text(block, "data") or "")
    return Unknown(kind)


def write(messages: Sequence[Said], target: Target) -> list[bytes]:
    """Return a session of version 3."""
    header = {"type": "session", "version": 3, "id": target.native_id, "timestamp": target.now}
    rows = [header | {"cwd": target.project}]
    parent = None
    for one in messages:
        time = one.time or target.now
        for message in _written(one):
            entry = target.digest("entry", len(rows)).hex()[:8]
            row: Value = {"type": "message", "id": entry, "parentId": parent, "timestamp": time}
            rows.append(row | {"message": message | {"timestamp": _milliseconds(time)}})
            parent = entry
    return [row_bytes(row) for row in rows] if messages else []


def _written(one: Said) -> list[Value]:
    if one.role == "tool":
        return [_result(part) for part in one.parts if isinstance(part, Result)]
    content = [_block(part) for part in one.parts]
    if one.role != "assistant":
        return [{"role": one.role, "content": content}]
    usage: Value = {**dict.fromkeys(_COUNTS, 0), "totalTokens": 0}
    usage |= {"cost": dict.fromkeys((*_COUNTS, "total"), 0)}
    ends = "toolUse" if any(isinstance(part, Call) for part in one.parts) else "stop"
    made: Value = {"role": "assistant", "content": content, "api": "", "provider": ""}
    return [made | {"model": one.model or "", "usage": usage, "stopReason": ends}]


def _result(part: Result) -> Value:
    made: Value = {"role": "toolResult", "toolCallId": part.id, "toolName": part.name}
    return made | {"content": [_block(one) for one in part.parts], "isError": part.is_error}


def _block(part: Part) -> Value:
    if isinstance(part, Thinking):
        return {"type": "thinking", "thinking": part.text}
    if isinstance(part, Image):
        if not part.data:  # Pi has no images at an address
            return {"type": "text", "text": f"[image: {part.url}]"}
        return {"type": "image", "data": part.data, "mimeType": part.media_type}
    if isinstance(part, Call):
        made: Value = {"type": "toolCall", "id": part.id, "name": part.name}
        return made | {"arguments": arguments_object(part)}
    assert isinstance(part, Text)
    return {"type": "text", "text": part.text}


def _milliseconds(time: str) -> int:
    try:
        return int(datetime.fromisoformat(time).timestamp() * 1000)
    except ValueError:
        return 0


CODEC = Codec(read, write, Holds(frozenset((Text, Thinking, Image, Call, Result))))
