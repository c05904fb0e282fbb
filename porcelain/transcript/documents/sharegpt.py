"""Data sets in ShareGPT's form: `conversations` of `{from, value}`, a list of them or one."""

from __future__ import annotations

from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.content_blocks import said_in
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import mapping, objects, text
from porcelain.transcript.reading.line_file import fresh_uuid, is_uuid
from porcelain.transcript.row import NO, SURE, Row, first_line

NAME = "sharegpt"
SUFFIX = ".json"

write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_ROLES = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "function_call": "assistant",
    "observation": "tool",
    "tool": "tool",
}


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first conversation."""
    if b'"conversations"' not in data:
        return NO
    found = sample(data)
    first = mapping(found[0] if isinstance(found, list) and found else found)
    messages = objects(first.get("conversations"))
    return SURE if messages and all(map(_is_row, messages)) else NO


def row_identity(value: Object) -> tuple[str | None, Members]:  # noqa: ARG001 - of any message
    """Return no id; see `Format`."""
    return None, {}


def _is_row(value: Object) -> bool:
    return text(value, "from") in _ROLES and isinstance(value.get("value"), list | str)


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    kind = text(value, "from") or ""
    role, said = _ROLES.get(kind), said_in(value.get("value"))
    prompt = role == "user" and bool(said)
    title = first_line(said) if prompt else ""
    return Row(raw, role, said, prompt=prompt, title=title, kind=kind)


def _about(value: Any) -> DocumentFacts:
    return DocumentFacts(native_id=text(mapping(value), "id"))


_FORMAT = DocumentFormat(
    NAME,
    '"from" and "value"',
    _is_row,
    _row,
    row_identity,
    _about,
    rows_at=("conversations",),
    many=True,
)
parse, parse_container, lineages = _FORMAT.parse, _FORMAT.parse_container, _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
