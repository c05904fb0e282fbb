"""pawan's messages: words, tool calls, or the result of one; a document around them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from porcelain.transcript.conversion.codec import (
    Codec,
    Numbered,
    Target,
    Value,
    arguments_object,
    arguments_of,
)
from porcelain.transcript.conversion.said import Call, Holds, Result, Said, Text, text_in
from porcelain.transcript.reading.json_values import mapping, objects, text

_ROLES = frozenset(("system", "user", "assistant", "tool"))
_WORDS: frozenset[type] = frozenset((Text,))


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:  # noqa: ARG001 - see `Codec`
    """Return the messages."""
    return [one for place, value in rows for one in _message(value, place)]


def _message(value: Value, place: int) -> list[Said]:
    said = text(value, "content") or ""
    words = (Text(said),) if said else ()
    result = mapping(value.get("tool_result"))
    if result:
        output = text(result, "content") or ""
        inner = (Text(output),) if output else ()
        call = text(result, "tool_call_id") or ""
        return [Said("tool", (Result(call, inner, result.get("success") is False),), place)]
    role = text(value, "role")
    if role == "assistant":
        calls = [
            Call(text(c, "id") or "", text(c, "name") or "tool", arguments_of(c.get("arguments")))
            for c in objects(value.get("tool_calls"))
        ]
        return [Said("assistant", (*words, *calls), place)]
    return [Said("system" if role == "system" else "user", words, place)]


def write(messages: Sequence[Said], target: Target) -> list[bytes]:
    """Return a session document."""
    made = [value for one in messages for value in _written(one)]
    if not made:
        return []
    model = next((one.model for one in reversed(messages) if one.model), "") or ""
    now = target.now.replace("Z", "+00:00")
    whole: Value = {"id": target.native_id, "model": model, "created_at": now, "updated_at": now}
    text_ = json.dumps(whole | {"messages": made}, indent=2, ensure_ascii=False)
    return [text_.encode("utf-8", "replace")]


def _written(one: Said) -> list[Value]:
    if one.role == "tool":
        return [_result(part) for part in one.parts if isinstance(part, Result)]
    calls = [
        {"id": part.id, "name": part.name, "arguments": arguments_object(part)}
        for part in one.parts
        if isinstance(part, Call)
    ]
    return [{"role": one.role, "content": text_in(one.parts), "tool_calls": calls}]


def _result(part: Result) -> Value:
    words = text_in(part.parts)
    result = {"tool_call_id": part.id, "content": words, "success": not part.is_error}
    return {"role": "tool", "content": words, "tool_calls": [], "tool_result": result}


CODEC = Codec(read, write, Holds(frozenset((Text, Call, Result)), _WORDS, _ROLES))
