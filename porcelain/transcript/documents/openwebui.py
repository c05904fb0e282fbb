"""Open WebUI's export of chats: a list of them, each with its messages as a tree.

Regenerated answers and edited prompts are branches; `currentId` is the end of the chat as shown.
"""

from __future__ import annotations

from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.content_blocks import said_in
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import epoch_time, mapping, text
from porcelain.transcript.reading.line_file import fresh_uuid, is_uuid
from porcelain.transcript.reading.row_tree import live_tree
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, first_line

NAME = "openwebui"
SUFFIX = ".json"

write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_ROLES = ("system", "user", "assistant", "tool")


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first chat's tree."""
    if b'"childrenIds"' not in data:
        return NO
    found = sample(data)
    first = mapping(found[0] if isinstance(found, list) and found else found)
    nodes = mapping(_history(first).get("messages")).values()
    return SURE if nodes and all(_is_row(mapping(node)) for node in nodes) else NO


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a message's id; see `Format`."""
    return text(value, "id"), {"childrenIds": "value"}


def _history(chat: dict[str, Any]) -> dict[str, Any]:
    return mapping(mapping(chat.get("chat")).get("history"))


def _is_row(value: Object) -> bool:
    named = all(isinstance(value.get(key), str) for key in ("id", "role"))
    return named and isinstance(value.get("childrenIds"), list)


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    role = text(value, "role")
    said = said_in(value.get("content"))
    prompt = role == "user" and bool(said)
    return Row(
        raw,
        role=role if role in _ROLES else None,
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        kind=role or "",
        time=epoch_time(value.get("timestamp")),
        native_id=text(value, "id"),
        native_parent=text(value, "parentId"),
        model=text(value, "model"),
    )


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    return DocumentFacts(
        native_id=text(found, "id"),
        facts=AgentFacts(title=text(found, "title") or ""),
        created_at=epoch_time(found.get("created_at")),
        updated_at=epoch_time(found.get("updated_at")),
        live=text(_history(found), "currentId"),
    )


_FORMAT = DocumentFormat(
    NAME,
    '"id", "role" and "childrenIds"',
    _is_row,
    _row,
    row_identity,
    _about,
    rows_at=("chat", "history", "messages"),
    turns_of=live_tree,
    many=True,
)
parse, parse_container, lineages = _FORMAT.parse, _FORMAT.parse_container, _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
