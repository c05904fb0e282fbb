"""The parts of a message: thinking, the text that was said, and calls of tools.

A format's readable text says what was said. The other parts are found in the forms in which the
agents' interfaces write them: blocks of Anthropic's, OpenAI's and Google's, and members beside
the content.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from porcelain.transcript.reading.content_blocks import called_text
from porcelain.transcript.reading.json_values import mapping, objects, text
from porcelain.transcript.row import Row

_CALLS = frozenset(
    ("tool_use", "toolCall", "server_tool_use", "function_call", "custom_tool_call", "tool_call")
)
_THINKING = frozenset(("thinking", "reasoning", "redacted_thinking", "thought"))
_BESIDE = ("reasoning_content", "reasoning", "thinking")
_HOLDERS = ("message", "payload", "data", "content", "parts", "thoughts")
_LISTS_OF_CALLS = ("tool_calls", "toolCalls", "toolRequests")
_IDS = ("call_id", "toolCallId", "id")
_MOST_DEEP = 6
_READ = (
    *("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"),
    *("prompt_tokens", "input", "cacheRead", "cacheWrite"),
)
_WRITTEN = ("output_tokens", "completion_tokens", "output")

_Block = dict[str, Any]


class ToolCall(NamedTuple):
    """A call of a tool: its id, its name, and a line with the first argument that is text."""

    id: str
    name: str
    line: str


class Parts(NamedTuple):
    """The parts of a message; `said` is empty where nothing was said."""

    thinking: tuple[str, ...]
    said: str
    calls: tuple[ToolCall, ...]


def parts_of(row: Row) -> Parts:
    """Return the parts of a message."""
    value = _value(row.raw)
    thinking = tuple(dict.fromkeys(part for part in _thoughts(value) if part.strip()))
    calls = tuple(_calls(value)) if row.calls or row.role == "assistant" else ()
    said = row.text
    stands_in = {*thinking, "\n\n".join(thinking), *(call.line for call in calls)}
    if said in stands_in or (calls and said in ("[tool_use]", "[tool_calls]")):
        said = ""
    return Parts(thinking, said, calls)


def has_failed(row: Row) -> bool:
    """Tell whether a row is the result of a tool that says that it failed."""
    blocks = _blocks(_value(row.raw)) if row.role == "tool" else ()
    return any(
        block.get("is_error") is True
        or block.get("isError") is True
        or block.get("success") is False
        or block.get("status") in ("error", "failed")
        for _, block in blocks
    )


class Tokens(NamedTuple):
    """The tokens that a model read, those from its cache included, and wrote."""

    read: int
    written: int


def tokens_of(row: Row) -> tuple[str, Tokens] | None:
    """Return the tokens of the response that a row is part of, with what names the response.

    None where the row has no counts.
    """
    for _, block in _blocks(_value(row.raw)):
        usage = mapping(block.get("usage") or block.get("tokens"))
        read, written = (
            sum(usage[one] for one in names if isinstance(usage.get(one), int))
            for names in (_READ, _WRITTEN)
        )
        if read or written:
            name = text(block, "id") or text(block, "responseId") or ""
            return name, Tokens(read, written)
    return None


def _value(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _blocks(value: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, _Block]]:
    """Yield the blocks of a row's content, and the members that hold them, outermost first.

    Each comes with the name of the member that it is in.
    """
    if isinstance(value, list):
        for item in value:
            yield from _blocks(item, name, depth + 1)
    elif isinstance(value, dict) and depth <= _MOST_DEEP:
        yield name, value
        for inner in (*_HOLDERS, *_LISTS_OF_CALLS):
            if isinstance(value.get(inner), (dict, list)):
                yield from _blocks(value[inner], inner, depth + 1)


def _thoughts(value: object) -> Iterator[str]:
    for _, block in _blocks(value):
        if block.get("type") in _THINKING or block.get("thought") is True:
            summary = objects(block.get("summary"))
            found = text(block, "thinking") or text(block, "text") or text(block, "content") or ""
            yield found or "\n\n".join(text(one, "text") or "" for one in summary)
        elif "subject" in block and "description" in block:  # a thought of Gemini CLI
            yield f"{text(block, 'subject') or ''}\n{text(block, 'description') or ''}".strip()
        elif text(block, "role") is not None:
            yield from (text(block, name) or "" for name in _BESIDE)


def _calls(value: object) -> Iterator[ToolCall]:
    seen: set[str] = set()
    for holder, block in _blocks(value):
        function = mapping(block.get("function") or block.get("functionCall"))
        is_call = block.get("type") in _CALLS or holder in _LISTS_OF_CALLS
        if not is_call and not text(function, "name"):
            continue
        named = function if text(function, "name") else block
        name = text(named, "name")
        if name is None:
            continue
        arguments = next(
            (named[key] for key in ("input", "arguments", "args") if key in named), None
        )
        key = next((found for one in _IDS if (found := text(block, one))), "")
        if not key or key not in seen:
            seen.add(key)
            yield ToolCall(key, name, called_text(name, arguments))
