"""OpenCode's export: messages with parts; a tool's call and its result are one part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from porcelain.transcript.conversion.codec import (
    Codec,
    Numbered,
    Target,
    Value,
    address_of,
    arguments_object,
    arguments_of,
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
    Thinking,
    Unknown,
    text_in,
)
from porcelain.transcript.reading.json_values import epoch_time, mapping, objects, text

_SILENT = ("step-start", "step-finish", "snapshot", "patch", "compaction")
_AGENT = "build"
_PROVIDERS = (("claude", "anthropic"), ("gemini", "google"), ("gpt", "openai"), ("o", "openai"))
_TOKENS = {"input": 0, "output": 0, "reasoning": 0, "cache": {"read": 0, "write": 0}}


def read(rows: Sequence[Numbered], live: bool) -> list[Said]:  # noqa: ARG001 - see `Codec`
    """Return the messages; each answer ends where a tool's result stands."""
    found: list[Said] = []
    for place, value in rows:
        info = mapping(value.get("info"))
        time = epoch_time(mapping(info.get("time")).get("created"), 1000)
        role = "assistant" if info.get("role") == "assistant" else "user"
        said = Said(
            "assistant" if role == "assistant" else "user", (), place, time, text(info, "modelID")
        )
        waiting: list[Part] = []
        results: list[Part] = []
        for part in objects(value.get("parts")):
            if part.get("type") == "tool":
                call, result = _tool(part)
                waiting.append(call)
                results += [result] if result is not None else []
            elif more := _part(part):
                if results:
                    found += _answered(said, waiting, results)
                    waiting, results = [], []
                waiting += more
        found += _answered(said, waiting, results)
    return found


def _answered(said: Said, parts: Sequence[Part], results: Sequence[Part]) -> list[Said]:
    """Return a message and the results of its calls."""
    return [said._replace(parts=tuple(parts)), said._replace(role="tool", parts=tuple(results))]


def _part(part: Value) -> list[Part]:
    kind = text(part, "type") or "part"
    if kind == "text":
        return [Text(text(part, "text") or "")]
    if kind == "reasoning":
        return [Thinking(text(part, "text") or "")]
    if kind == "file" and (text(part, "mime") or "").startswith("image/"):
        return [image_at(part.get("url"))]
    return [] if kind in _SILENT else [Unknown(kind)]


def _tool(part: Value) -> tuple[Call, Result | None]:
    call, name, state = text(part, "callID") or "", text(part, "tool"), mapping(part.get("state"))
    made = Call(call, name or "tool", arguments_of(state.get("input")))
    status = text(state, "status")
    if status not in ("completed", "error"):
        return made, None
    said = text(state, "output" if status == "completed" else "error") or ""
    return made, Result(call, (Text(said),) if said else (), status == "error", made.name)


def write(messages: Sequence[Said], target: Target) -> list[bytes]:
    """Return the document that `opencode import` takes."""
    made: list[Value] = []
    model = next((one.model for one in messages if one.model), None) or "unknown"
    results = {part.id: part for one in messages for part in one.parts if isinstance(part, Result)}
    for number, one in enumerate(message for message in messages if message.role != "tool"):
        time = milliseconds(one.time or target.now)
        message = fresh_id("msg", target, time, number)
        info: Value = {"role": one.role, "time": {"created": time}, "agent": _AGENT}
        told = one.model or model
        model_ids = {"providerID": _provider(told), "modelID": told}
        if one.role == "user":
            info["model"] = model_ids
        else:
            parent = next(
                (m["info"]["id"] for m in reversed(made) if m["info"]["role"] == "user"), ""
            )
            info |= {"parentID": parent, "mode": _AGENT, "cost": 0, "tokens": _TOKENS, **model_ids}
            info |= {"path": {"cwd": target.project, "root": target.project}, "finish": "stop"}
            info["time"]["completed"] = time
        info |= {"id": message, "sessionID": target.native_id}
        parts = [_written(part, results, time) for part in one.parts]
        for place, part in enumerate(parts):
            part["id"] = fresh_id("prt", target, time, number, place)
            part |= {"sessionID": target.native_id, "messageID": message}
        made.append({"info": info, "parts": parts})
    return [document(made, target)] if made else []


def document(messages: Sequence[Value], target: Target) -> bytes:
    """Return the document around some messages."""
    now = milliseconds(target.now)
    head: Value = {"id": target.native_id, "slug": "wajutsu", "projectID": "global"}
    head |= {"directory": target.project, "title": target.title or "Conversation"}
    head |= {"version": "1.18.33", "time": {"created": now, "updated": now}}
    text_ = json.dumps({"info": head, "messages": [*messages]}, indent=2, ensure_ascii=False)
    return f"{text_}\n".encode("utf-8", "replace")


def _provider(model: str) -> str:
    """Return the provider that a model's name tells; the agent asks the one of the last prompt."""
    known = (name for start, name in _PROVIDERS if model.startswith(start))
    return next(known, "unknown")


def _written(part: Part, results: dict[str, Result], time: int) -> Value:
    if isinstance(part, Call):
        made: Value = {"type": "tool", "callID": part.id, "tool": part.name}
        return made | {"state": _state(part, results.get(part.id), time)}
    if isinstance(part, Image):
        return {"type": "file", "mime": part.media_type or "image/png", "url": address_of(part)}
    if isinstance(part, Thinking):
        return {"type": "reasoning", "text": part.text, "time": {"start": time, "end": time}}
    assert isinstance(part, Text)
    return {"type": "text", "text": part.text}


def _state(call: Call, result: Result | None, time: int) -> Value:
    words = text_in(result.parts) if result is not None else "no result"
    state: Value = {"input": arguments_object(call), "time": {"start": time, "end": time}}
    if result is None or result.is_error:
        return state | {"status": "error", "error": words}
    return state | {"status": "completed", "output": words, "title": call.name, "metadata": {}}


def fresh_id(kind: str, target: Target, time: int, *places: int) -> str:
    """Return an id in OpenCode's form, which sorts by time and place."""
    order = (time << 12) + (places[0] if kind == "msg" else sum(places)) % 4096
    digest = target.digest(kind, *places).hex()
    return f"{kind}_{order & 0xFFFFFFFFFFFF:012x}{digest[:14]}"


def milliseconds(time: str) -> int:
    """Return an ISO time in milliseconds since 1970, 0 for what is none."""
    try:
        return int(datetime.fromisoformat(time).timestamp() * 1000)
    except ValueError:
        return 0


_WORDS: frozenset[type] = frozenset((Text,))
CODEC = Codec(read, write, Holds(frozenset((Text, Thinking, Image, Call, Result)), _WORDS))
