"""Pi's sessions, and OpenClaw's: JSON lines, a header and then entries that form a tree.

Version 1 has no ids and is one line of entries; since version 2 each entry names its parent, and
every fork is a branch. Version 3 renamed one kind of message. The last entry is the live one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.lines import row_writers
from porcelain.transcript.reading.json_values import (
    block_text,
    iso_time,
    mapping,
    objects,
    text,
    texts,
)
from porcelain.transcript.reading.line_file import About, LineFormat, file_stem, fresh_uuid, is_uuid
from porcelain.transcript.reading.row_tree import tree
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, call_text, first_line

NAME = "pi"
SUFFIX = ".jsonl"

lineages = tree
write_message = row_writers.write_pi
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_HEADER = "session"
_ROLES = {
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "toolResult": "tool",
    "bashExecution": "user",
    "hookMessage": "user",
    "custom": "user",
    "branchSummary": "user",
    "compactionSummary": "user",
}

_HEADER_MEMBERS: Members = {
    "id": "conversation",
    "timestamp": "value",
    "parentSession": "member",
}


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the header."""
    first = next(leading_objects(data, 3), None)
    is_header = first is not None and first.get("type") == _HEADER and _has(first, "id", "cwd")
    return SURE if is_header else NO


def _is_row(value: Object) -> bool:
    return _has(value, "type", "timestamp")


def _has(value: Object, *keys: str) -> bool:
    return all(isinstance(value.get(key), str) for key in keys)


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return an entry's id; see `Format`. A fork copies its entries as they are."""
    if value.get("type") == _HEADER:
        return None, _HEADER_MEMBERS
    return text(value, "id"), {}


def _about(values: Sequence[Object]) -> About:
    """Return the facts of the header and of the last title; a fork names its parent's file."""
    header = values[0] if values else {}
    titles = [value for value in values if value.get("type") == "session_info"]
    parent = text(header, "parentSession")
    facts = AgentFacts(
        title=(text(titles[-1], "name") or "") if titles else "",
        project=text(header, "cwd") or "",
    )
    return About(facts, file_stem(parent).rpartition("_")[2] if parent else None)


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of an entry."""
    kind = text(value, "type") or ""
    row = Row(raw=raw, kind=kind, time=iso_time(value, "timestamp"))
    if kind == _HEADER:
        return row._replace(conversation=text(value, "id"), model=text(value, "modelId"))
    row = row._replace(native_id=text(value, "id"), native_parent=text(value, "parentId"))
    if kind == "message":
        return _message(row, mapping(value.get("message")))
    if kind == "custom_message":
        return row._replace(role="user", text=block_text(value.get("content")))
    said = text(value, "summary") or text(value, "name") or text(value, "label") or ""
    model = text(value, "modelId") if kind == "model_change" else None
    return row._replace(text=said, model=model, compaction=kind == "compaction")


def _message(row: Row, message: dict[str, Any]) -> Row:
    """Return the row of a message."""
    role = text(message, "role") or ""
    blocks = objects(message.get("content"))
    said = _said(message, blocks)
    prompt = role == "user"
    call = text(message, "toolCallId")
    return row._replace(
        role=_ROLES.get(role),
        kind=f"message/{role}",
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        calls=texts([b for b in blocks if b.get("type") == "toolCall"], "id"),
        results=(call,) if role == "toolResult" and call else (),
        model=text(message, "model") if role == "assistant" else None,
        compaction=role == "compactionSummary",
    )


def _said(message: dict[str, Any], blocks: list[dict[str, Any]]) -> str:
    """Return a message's text, or a description of its first part."""
    said = block_text(message.get("content"), "text")
    if said:
        return said
    for block in blocks:
        kind = block.get("type")
        if kind == "thinking":
            return text(block, "thinking") or "[thinking]"
        if kind == "toolCall":
            return call_text(text(block, "name") or "tool", mapping(block.get("arguments")))
        return f"[{kind}]"
    if text(message, "command"):
        return f"{text(message, 'command')}\n{text(message, 'output') or ''}"
    sections = mapping(message.get("sections")).values()
    parts = [part for part in sections if isinstance(part, str)]
    return "\n\n".join(parts) or text(message, "summary") or ""


_FORMAT = LineFormat(NAME, '"type" and "timestamp"', _is_row, _row, lineages, row_identity, _about)
parse, read_row, check_row = _FORMAT.parse, _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
