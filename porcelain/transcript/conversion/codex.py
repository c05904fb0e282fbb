"""Codex's rollouts: items of OpenAI's Responses interface, with copies of them for the screen."""

from __future__ import annotations

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
    row_bytes,
)
from porcelain.transcript.conversion.said import (
    Call,
    Holds,
    Image,
    Part,
    Result,
    Said,
    Text,
    Thinking,
    Unknown,
    begun,
    text_in,
)
from porcelain.transcript.lines.codex import is_typed
from porcelain.transcript.reading.json_values import block_text, mapping, objects, text

_ROLES = {"developer": "system", "system": "system", "user": "user", "assistant": "assistant"}
_CALLS = ("function_call", "custom_tool_call", "local_shell_call")
_OUTPUTS = ("function_call_output", "custom_tool_call_output")
_SERVICE = {
    "web_search_call": "web search",
    "tool_search_call": "tool search",
    "tool_search_output": "tool search",
    "image_generation_call": "generated image",
}
_ORIGINATOR, _VERSION = "wajutsu", "0.0.0"


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:
    """Return the model's history; a compaction replaces what was before it."""
    found: list[Said] = []
    for place, value in rows:
        payload, time = mapping(value.get("payload")), text(value, "timestamp")
        kind = value.get("type")
        if kind == "compacted" and live:
            history = objects(payload.get("replacement_history"))
            found = [one for item in history for one in _item(item, place, time)]
            if not history and text(payload, "message"):
                said = Text(text(payload, "message") or "")
                found = [Said("user", (said,), place, time, prompt=False)]
            found = begun(found)
        elif kind == "response_item":
            found += _item(payload, place, time)
    return found


def _item(item: Value, place: int, time: str | None) -> list[Said]:
    kind, call = text(item, "type") or "", text(item, "call_id") or ""
    answer = Said("assistant", (), place, time)
    if kind == "message":
        role = _ROLES.get(text(item, "role") or "", "system")
        parts = tuple(_parts(item.get("content")))
        if role == "assistant":
            return [answer._replace(parts=parts)]
        if role == "user":
            said = block_text(item.get("content"))
            return [Said("user", parts, place, time, prompt=is_typed(item, said))]
        return [Said("system", parts, place, time)]
    if kind == "agent_message":  # from another agent
        parts = tuple(_parts(item.get("content")))
        return [Said("user", parts, place, time, prompt=False)]
    if kind == "reasoning":
        said = block_text(item.get("summary")) or block_text(item.get("content"))
        return [answer._replace(parts=(Thinking(said),))]
    if kind in _CALLS:
        arguments = item.get("arguments", item.get("input", item.get("action")))
        given = arguments_of(arguments) if kind != "custom_tool_call" else text(item, "input") or ""
        name = text(item, "name") or "shell"
        return [answer._replace(parts=(Call(call, name, given),))]
    if kind in _OUTPUTS:
        return [Said("tool", (Result(call, _output(item.get("output"))),), place, time)]
    if kind in _SERVICE:
        return [answer._replace(parts=(Unknown(_SERVICE[kind]),))]
    return []


def _parts(content: object) -> list[Text | Image | Unknown]:
    if isinstance(content, str):
        return [Text(content)] if content else []
    found: list[Text | Image | Unknown] = []
    for block in objects(content):
        kind = text(block, "type") or "block"
        if kind == "input_image":
            found.append(image_at(block.get("image_url")))
        elif text(block, "text") is not None:
            found.append(Text(text(block, "text") or ""))
        else:
            found.append(Unknown(kind))
    return found


def _output(output: object) -> tuple[Text | Image | Unknown, ...]:
    if isinstance(output, dict):
        return tuple(_parts(text(output, "content")))
    return tuple(_parts(output))


def header(native_id: str, project: str, now: str) -> Value:
    """Return the first row of a rollout, with the members that the agent needs."""
    meta = {"id": native_id, "timestamp": now, "cwd": project}
    meta |= {"originator": _ORIGINATOR, "cli_version": _VERSION, "source": "cli"}
    return {"timestamp": now, "type": "session_meta", "payload": meta}


def write(messages: Sequence[Said], target: Target) -> list[bytes]:
    """Return a rollout of the mode "legacy"."""
    rows = [header(target.native_id, target.project, target.now)]
    texts = {part.id for one in messages for part in one.parts
             if isinstance(part, Call) and isinstance(part.arguments, str)}  # fmt: skip
    for one in messages:
        time = one.time or target.now
        rows += [
            {"timestamp": time, "type": kind, "payload": payload}
            for kind, payload in _written(one, texts)
        ]
    return [row_bytes(row) for row in rows] if messages else []


def _written(one: Said, texts: set[str]) -> list[tuple[str, Value]]:
    """Return the rows of a message; its words and images stay together between calls."""
    found: list[tuple[str, Value]] = []
    run: list[Part] = []
    for part in (*one.parts, None):
        if isinstance(part, Text | Image):
            run.append(part)
            continue
        if run:
            found += _message(one, run)
            run = []
        if isinstance(part, Call):
            found.append(("response_item", _call(part)))
        elif isinstance(part, Result):
            kind = "custom_tool_call_output" if part.id in texts else "function_call_output"
            item: Value = {"type": kind, "call_id": part.id}
            found.append(("response_item", item | {"output": _written_output(part)}))
    return found


def _message(one: Said, parts: Sequence[Part]) -> list[tuple[str, Value]]:
    role = "developer" if one.role == "system" else one.role
    content = [
        _block(part, "output_text" if role == "assistant" else "input_text") for part in parts
    ]
    item: Value = {"type": "message", "role": role, "content": content}
    said = text_in(parts)
    if role == "assistant" and said:
        return [
            ("event_msg", {"type": "agent_message", "message": said}),
            ("response_item", item),
        ]
    if role == "user" and one.prompt and is_typed(item, said):
        images = [address_of(part) for part in parts if isinstance(part, Image)]
        event = {"type": "user_message", "message": said, "images": images}
        return [("response_item", item), ("event_msg", event)]
    return [("response_item", item)]


def _block(part: Part, kind: str) -> Value:
    if isinstance(part, Image):
        return {"type": "input_image", "image_url": address_of(part)}
    assert isinstance(part, Text)
    return {"type": kind, "text": part.text}


def _call(call: Call) -> Value:
    if isinstance(call.arguments, str):
        made: Value = {"type": "custom_tool_call", "status": "completed", "call_id": call.id}
        return made | {"name": call.name, "input": call.arguments}
    made = {"type": "function_call", "name": call.name, "arguments": arguments_text(call)}
    return made | {"call_id": call.id}


def _written_output(result: Result) -> object:
    if all(isinstance(part, Text) for part in result.parts) and len(result.parts) < 2:
        return text_in(result.parts)
    return [_block(part, "input_text") for part in result.parts]


_ROLES_HELD = frozenset(("system", "user", "assistant", "tool"))
CODEC = Codec(read, write, Holds(roles=_ROLES_HELD, failures=False))
