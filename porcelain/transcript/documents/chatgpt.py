"""ChatGPT's export: `conversations.json`, a list of conversations, or one of them.

The messages are a tree in `mapping`; `current_node` is the end of the conversation as shown.
Prompts that were edited and answers that were generated again are branches.
"""

from __future__ import annotations

from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import epoch_time, mapping, text
from porcelain.transcript.reading.line_file import fresh_uuid, is_uuid
from porcelain.transcript.reading.row_tree import live_tree
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, first_line

NAME = "chatgpt"
SUFFIX = ".json"

write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_ROLES = ("system", "user", "assistant", "tool")
_SETTINGS = "user_editable_context"
_HIDDEN = "is_visually_hidden_from_conversation"


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first conversation's tree."""
    if b'"mapping"' not in data:
        return NO
    found = sample(data)
    first = mapping(found[0] if isinstance(found, list) and found else found)
    nodes = mapping(first.get("mapping")).values()
    return SURE if nodes and all(_is_row(mapping(node)) for node in nodes) else NO


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a node's id; see `Format`."""
    return text(value, "id"), {"children": "value"}


def _is_row(value: Object) -> bool:
    return isinstance(value.get("children"), list) and "message" in value and "parent" in value


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a node."""
    message = mapping(value.get("message"))
    author, content = mapping(message.get("author")), mapping(message.get("content"))
    notes = mapping(message.get("metadata"))
    role, kind = text(author, "role"), text(content, "content_type") or "node"
    here, parent = text(value, "id"), text(value, "parent")
    said = _said(content)
    hidden = notes.get(_HIDDEN) is True or kind == _SETTINGS or message.get("weight") == 0
    prompt = role == "user" and bool(said) and not hidden
    to_tool = role == "assistant" and text(message, "recipient") not in (None, "all")
    return Row(
        raw,
        role=role if role in _ROLES and message else None,
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        kind=kind,
        time=epoch_time(message.get("create_time")),
        native_id=here,
        native_parent=parent,
        calls=(here,) if to_tool and here else (),
        results=(parent,) if role == "tool" and parent else (),
        model=text(notes, "model_slug") if role == "assistant" else None,
    )


def _said(content: dict[str, Any]) -> str:
    """Return the text of a message's content, in each of its forms."""
    pieces = content.get("parts")
    if isinstance(pieces, list):
        return "\n\n".join(part for part in map(_piece, pieces) if part)
    thoughts = content.get("thoughts")
    if isinstance(thoughts, list):
        parts = (text(mapping(thought), "content") or "" for thought in thoughts)
        return "\n\n".join(part for part in parts if part)
    forms = ("text", "result", "content", "user_instructions")
    return next((found for key in forms if (found := text(content, key))), "")


def _piece(piece: object) -> str:
    """Return the text of one part of a content, or the kind of another part."""
    if isinstance(piece, dict):
        return text(piece, "text") or f"[{piece.get('content_type', 'part')}]"
    return piece if isinstance(piece, str) else ""


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    return DocumentFacts(
        native_id=text(found, "conversation_id") or text(found, "id"),
        facts=AgentFacts(title=text(found, "title") or ""),
        created_at=epoch_time(found.get("create_time")),
        updated_at=epoch_time(found.get("update_time")),
        live=text(found, "current_node"),
    )


_FORMAT = DocumentFormat(
    NAME,
    '"children", "message" and "parent"',
    _is_row,
    _row,
    row_identity,
    _about,
    rows_at=("mapping",),
    turns_of=live_tree,
    many=True,
)
parse, parse_container, lineages = _FORMAT.parse, _FORMAT.parse_container, _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
