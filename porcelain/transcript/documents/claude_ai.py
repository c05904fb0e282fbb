"""claude.ai's export: `conversations.json`, a list of conversations, or one of them.

Messages are a list, in newer exports with their parents. A message holds tool calls together with
their results.
"""

from __future__ import annotations

from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.content_blocks import said_in
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import iso_time, mapping, objects, text
from porcelain.transcript.reading.line_file import fresh_uuid, is_uuid
from porcelain.transcript.reading.row_tree import live_tree
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, first_line

NAME = "claude-ai"
SUFFIX = ".json"

write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_ROLES = {"human": "user", "assistant": "assistant"}


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first conversation."""
    if b'"chat_messages"' not in data:
        return NO
    found = sample(data)
    first = mapping(found[0] if isinstance(found, list) and found else found)
    messages = objects(first.get("chat_messages"))
    return SURE if messages and all(map(_is_row, messages)) else NO


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a message's id; see `Format`."""
    return text(value, "uuid"), {}


def _is_row(value: Object) -> bool:
    return all(isinstance(value.get(key), str) for key in ("uuid", "sender"))


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    sender = text(value, "sender") or ""
    said = text(value, "text") or said_in(value.get("content"))
    prompt = sender == "human"
    return Row(
        raw,
        role=_ROLES.get(sender),
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        kind=sender,
        time=iso_time(value, "created_at"),
        native_id=text(value, "uuid"),
        native_parent=text(value, "parent_message_uuid"),
    )


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    return DocumentFacts(
        native_id=text(found, "uuid"),
        facts=AgentFacts(title=text(found, "name") or ""),
        created_at=iso_time(found, "created_at"),
        updated_at=iso_time(found, "updated_at"),
        live=text(found, "current_leaf_message_uuid"),
    )


_FORMAT = DocumentFormat(
    NAME,
    '"uuid" and "sender"',
    _is_row,
    _row,
    row_identity,
    _about,
    rows_at=("chat_messages",),
    turns_of=live_tree,
    many=True,
)
parse, parse_container, lineages = _FORMAT.parse, _FORMAT.parse_container, _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
