"""Sessions of Claude Code on the web: a JSON document whose `loglines` are Claude Code's rows.

The rows have no ids and are one line of conversation.
"""

from __future__ import annotations

from typing import Any

from porcelain.transcript.claude import claude_code
from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import mapping, objects, text
from porcelain.transcript.reading.line_file import fresh_uuid, is_uuid
from porcelain.transcript.row import NO, SURE, Row

NAME = "claude-code-web"
SUFFIX = ".json"

write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first rows."""
    if b'"loglines"' not in data:
        return NO
    rows = objects(mapping(sample(data)).get("loglines"))
    return SURE if rows and all(map(_is_row, rows)) else NO


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a row's id, which most have not; see `Format`."""
    return text(value, "uuid"), {}


def _is_row(value: Object) -> bool:
    return isinstance(value.get("type"), str) and isinstance(value.get("timestamp"), str)


def _row(value: dict[str, Any], raw: bytes) -> Row:  # noqa: ARG001 - Claude Code's reader parses
    return claude_code.read_row(raw)


def _about(value: Any) -> DocumentFacts:
    return DocumentFacts(native_id=text(mapping(value), "id"))


_FORMAT = DocumentFormat(
    NAME,
    '"type" and "timestamp"',
    _is_row,
    _row,
    row_identity,
    _about,
    rows_at=("loglines",),
)
parse, lineages = _FORMAT.parse, _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
