"""Messages of OpenAI's chat interface; a document with `messages`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from porcelain.transcript.conversion.codec import (
    Codec,
    Numbered,
    Target,
    Value,
    address_of,
    arguments_of,
    arguments_text,
    image_at,
)
from porcelain.transcript.conversion.said import (
    Call,
    Holds,
    Image,
    Part,
    Result,
    Said,
    Text,
    Unknown,
)
from porcelain.transcript.reading.json_values import mapping, objects, text

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:  # noqa: ARG001 - see `Codec`
    """Return the messages."""
    found: list[Said] = []
    called = ""
    for place, value in rows:
        role = text(value, "role") or ""
        parts = _parts(value.get("content"))
        if role == "assistant":
            calls = [_call(mapping(call)) for call in objects(value.get("tool_calls"))]
            old = mapping(value.get("function_call"))
            if old:
                called = f"call_{place}"
                name = text(old, "name") or "tool"
                calls.append(Call(called, name, arguments_of(old.get("arguments"))))
            found.append(Said("assistant", (*parts, *calls), place, model=text(value, "model")))
        elif role in ("tool", "function"):
            call = text(value, "tool_call_id") or called
            result = Result(call, tuple(parts), name=text(value, "name") or "")
            found.append(Said("tool", (result,), place))
        elif role in ("system", "developer"):
            found.append(Said("system", tuple(parts), place))
        elif role == "user":
            found.append(Said("user", tuple(parts), place))
    return found


def _parts(content: object) -> list[Text | Image | Unknown]:
    if isinstance(content, str):
        return [Text(content)] if content else []
    found: list[Text | Image | Unknown] = []
    for block in objects(content):
        kind = text(block, "type") or "text"
        if kind == "image_url":
            given = block.get("image_url")
            found.append(image_at(mapping(given).get("url") if isinstance(given, dict) else given))
        elif kind in ("text", "refusal"):
            found.append(Text(text(block, kind) or ""))
        else:
            found.append(Unknown(kind))
    return found


def _call(call: Value) -> Call:
    custom = mapping(call.get("custom"))
    if custom:
        name, given = text(custom, "name"), text(custom, "input") or ""
        return Call(text(call, "id") or "", name or "tool", given)
    function = mapping(call.get("function"))
    name = text(function, "name") or "tool"
    return Call(text(call, "id") or "", name, arguments_of(function.get("arguments")))


def write(messages: Sequence[Said], target: Target) -> list[bytes]:  # noqa: ARG001 - see `Codec`
    """Return a document with a message a line."""
    made = [value for one in messages for value in _written(one)]
    if not made:
        return []
    lines = ",\n".join(json.dumps(value, ensure_ascii=False) for value in made)
    text_ = f'{{"messages": [\n{lines}\n]}}\n'
    return [text_.encode("utf-8", "replace")]


def _written(one: Said) -> list[Value]:
    if one.role == "tool":
        return [_result(part) for part in one.parts if isinstance(part, Result)]
    if one.role != "assistant":
        return [{"role": one.role, "content": _content(one.parts)}]
    calls = [_written_call(part) for part in one.parts if isinstance(part, Call)]
    said = [part for part in one.parts if isinstance(part, Text)]
    made: Value = {"role": "assistant", "content": _content(said) if said else None}
    return [made | ({"tool_calls": calls} if calls else {})]


def _content(parts: Sequence[Part]) -> object:
    """Return the content of a message: text, or blocks where it is more than one text."""
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_block(part) for part in parts]


def _block(part: Part) -> Value:
    if isinstance(part, Image):
        return {"type": "image_url", "image_url": {"url": address_of(part)}}
    assert isinstance(part, Text)
    return {"type": "text", "text": part.text}


def _written_call(call: Call) -> Value:
    if isinstance(call.arguments, str):
        custom = {"name": call.name, "input": call.arguments}
        return {"id": call.id, "type": "custom", "custom": custom}
    function = {"name": call.name, "arguments": arguments_text(call)}
    return {"id": call.id, "type": "function", "function": function}


def _result(part: Result) -> Value:
    words = [one for one in part.parts if isinstance(one, Text)]
    content: object = _content(words) if words else ""
    return {"role": "tool", "tool_call_id": part.id, "content": content}


_HELD = frozenset(("system", "user", "assistant", "tool"))
_WORDS: frozenset[type] = frozenset((Text,))
CODEC = Codec(read, write, Holds(in_results=_WORDS, roles=_HELD, failures=False))
