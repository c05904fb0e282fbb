"""Read a message's content in blocks, as Anthropic's and OpenAI's interfaces have it."""

from __future__ import annotations

import json

from porcelain.transcript.reading.json_values import mapping, objects, text, texts
from porcelain.transcript.row import call_text

_CALLS = ("tool_use", "toolCall", "server_tool_use")


def said_in(content: object) -> str:
    """Return the texts of a content, or a description of its first block."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    found = [item if isinstance(item, str) else _text(mapping(item)) for item in content]
    whole = "\n\n".join(part for part in found if part)
    blocks = objects(content)
    if whole or not blocks:
        return whole
    first = blocks[0]
    kind = first.get("type")
    if kind in _CALLS:
        return call_text(text(first, "name") or "tool", mapping(first.get("input")))
    if kind == "tool_result":
        return said_in(first.get("content"))
    return text(first, "thinking") or f"[{kind or 'block'}]"


def call_ids(content: object) -> tuple[str, ...]:
    """Return the ids of the tool calls among the blocks."""
    return texts([b for b in objects(content) if b.get("type") in _CALLS], "id")


def result_ids(content: object) -> tuple[str, ...]:
    """Return the ids of the tool calls that the blocks answer."""
    return texts([b for b in objects(content) if b.get("type") == "tool_result"], "tool_use_id")


def has_result(content: object) -> bool:
    """Tell whether a content is the result of a tool."""
    return any(block.get("type") == "tool_result" for block in objects(content))


def called_text(name: str | None, arguments: object) -> str:
    """Return a readable tool call whose arguments may be JSON text."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            pass  # torn arguments are shown as they are
    return call_text(name or "tool", arguments)


def _text(block: dict[str, object]) -> str:
    """Return the text of a block; data sets write it as `value`."""
    if block.get("type") not in (None, "text", "input_text", "output_text"):
        return ""
    return text(block, "text") or text(block, "value") or ""
