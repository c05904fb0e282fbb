"""Read the parts of a message as Google's models have them, for Gemini CLI and Qwen Code."""

from __future__ import annotations

from porcelain.transcript.reading.json_values import mapping, objects, text
from porcelain.transcript.row import call_text


def part_text(parts: object) -> str:
    """Return the texts of a content without thoughts, or a description of its first part."""
    if isinstance(parts, str):
        return parts
    found = objects(parts)
    said = [text(part, "text") or "" for part in found if part.get("thought") is not True]
    whole = "\n\n".join(part for part in said if part)
    if whole or not found:
        return whole
    first = found[0]
    if text(first, "text"):
        return text(first, "text") or ""
    call = mapping(first.get("functionCall"))
    if call:
        return call_text(text(call, "name") or "tool", mapping(call.get("args")))
    result = mapping(mapping(first.get("functionResponse")).get("response"))
    if result:
        return text(result, "output") or text(result, "error") or ""
    return f"[{next(iter(first), 'part')}]"


def call_ids(parts: object) -> tuple[str, ...]:
    """Return the ids of the tool calls among the parts."""
    return _ids(parts, "functionCall")


def result_ids(parts: object) -> tuple[str, ...]:
    """Return the ids of the tool calls that the parts answer."""
    return _ids(parts, "functionResponse")


def _ids(parts: object, key: str) -> tuple[str, ...]:
    found = (text(mapping(part.get(key)), "id") for part in objects(parts))
    return tuple(one for one in found if one)
