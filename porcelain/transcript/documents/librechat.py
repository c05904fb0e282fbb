"""LibreChat's export of a conversation: messages in a list, or each inside the one it answers.

Every answer to the same message is a branch; the last one in the file is the live one.
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

NAME = "librechat"
SUFFIX = ".json"

write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first messages."""
    if b'"isCreatedByUser"' not in data:
        return NO
    found = mapping(sample(data))
    messages = objects(found.get("messages"))
    named = isinstance(found.get("conversationId"), str)
    return SURE if named and messages and all(map(_is_row, messages)) else NO


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a message's id; see `Format`."""
    return text(value, "messageId"), {"conversationId": "conversation"}


def _is_row(value: Object) -> bool:
    named = isinstance(value.get("messageId"), str)
    return named and isinstance(value.get("isCreatedByUser"), bool)


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    prompt = value.get("isCreatedByUser") is True
    said = text(value, "text") or said_in(value.get("content"))
    return Row(
        raw,
        role="user" if prompt else "assistant",
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        kind="user" if prompt else "assistant",
        time=iso_time(value, "createdAt"),
        native_id=text(value, "messageId"),
        native_parent=text(value, "parentMessageId"),
        model=None if prompt else text(value, "model"),
    )


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    return DocumentFacts(
        native_id=text(found, "conversationId"),
        facts=AgentFacts(title=text(found, "title") or ""),
    )


_FORMAT = DocumentFormat(
    NAME,
    '"messageId" and "isCreatedByUser"',
    _is_row,
    _row,
    row_identity,
    _about,
    turns_of=live_tree,
    children="children",
)
parse, lineages = _FORMAT.parse, _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
