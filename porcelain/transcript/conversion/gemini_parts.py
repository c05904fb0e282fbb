"""Parts of messages as Google's models have them, for Gemini CLI and Qwen Code."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.transcript.conversion.codec import Value, arguments_object, arguments_of
from porcelain.transcript.conversion.said import (
    Call,
    Image,
    Part,
    Result,
    Text,
    Thinking,
    Unknown,
)
from porcelain.transcript.reading.json_values import mapping, objects, text


def read_parts(content: object) -> list[Part]:
    """Return the parts of a content, which may be text."""
    if isinstance(content, str):
        return [Text(content)] if content else []
    return [_part(part) for part in objects(content)]


def _part(part: Value) -> Part:
    if text(part, "text") is not None:
        said = text(part, "text") or ""
        return Thinking(said) if part.get("thought") is True else Text(said)
    call, result = mapping(part.get("functionCall")), mapping(part.get("functionResponse"))
    if call:
        name = text(call, "name") or "tool"
        return Call(text(call, "id") or "", name, arguments_of(call.get("args")))
    if result:
        return read_result(result)
    data = mapping(part.get("inlineData"))
    if text(data, "data"):
        return Image(text(data, "mimeType") or "", text(data, "data") or "")
    return Unknown(next(iter(part), "part"))


def read_result(result: Value) -> Result:
    """Return the result in a `functionResponse`."""
    response = mapping(result.get("response"))
    error = text(response, "error")
    said = text(response, "output") or error or ""
    inner = [Text(said)] if said else []
    more = [part for part in read_parts(result.get("parts")) if isinstance(part, Image)]
    call, name = text(result, "id") or "", text(result, "name") or ""
    return Result(call, (*inner, *more), error is not None, name)


def write_parts(parts: Sequence[Part]) -> list[Value]:
    """Return parts as these agents write them."""
    return [_written(part) for part in parts]


def _written(part: Part) -> Value:
    if isinstance(part, Image):
        if not part.data:
            return {"text": f"[image: {part.url}]"}
        return {"inlineData": {"mimeType": part.media_type, "data": part.data}}
    if isinstance(part, Call):
        return {"functionCall": {"id": part.id, "name": part.name, "args": arguments_object(part)}}
    if isinstance(part, Result):
        return {"functionResponse": write_result(part)}
    assert isinstance(part, Text)
    return {"text": part.text}


def write_result(part: Result) -> Value:
    """Return a `functionResponse`; its images stand beside its words."""
    words = "\n\n".join(one.text for one in part.parts if isinstance(one, Text))
    images = [_written(one) for one in part.parts if isinstance(one, Image)]
    made: Value = {"id": part.id, "name": part.name}
    made["response"] = {"error" if part.is_error else "output": words}
    return made | ({"parts": images} if images else {})
