"""Cursor's agent transcripts: JSON lines `{role, message}` without ids, times or tool results.

The files are `~/.cursor/projects/<project>/agent-transcripts/<id>/<id>.jsonl`. They are read, but
not written: Cursor does not continue from them. A prompt stands inside `<user_query>`.
"""

from __future__ import annotations

import re
from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.reading.json_values import block_text, mapping, objects, text
from porcelain.transcript.reading.line_file import LineFormat, fresh_uuid, is_uuid
from porcelain.transcript.row import NO, SURE, Row, call_text, first_line, linear

NAME = "cursor"
SUFFIX = ".jsonl"

lineages = linear
write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_QUERY = re.compile(r"<user_query>\s*(.*?)\s*</user_query>", re.DOTALL)
_TURN_ENDED = "turn_ended"


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first rows, all of which have `role` and `message` alone."""
    found = list(leading_objects(data, 5))
    is_message = bool(found) and set(found[0]) == {"role", "message"}
    return SURE if is_message and all(_is_row(value) for value in found) else NO


def _is_row(value: Object) -> bool:
    if value.get("type") == _TURN_ENDED:
        return True
    content = mapping(value.get("message")).get("content")
    return value.get("role") in ("user", "assistant") and isinstance(content, list | str)


def row_identity(value: Object) -> tuple[str | None, Members]:  # noqa: ARG001 - of any row
    """Return no id; see `Format`."""
    return None, {}


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of an object."""
    role = text(value, "role")
    if role not in ("user", "assistant"):
        return Row(raw=raw, kind=text(value, "type") or role or "")
    content = mapping(value.get("message")).get("content")
    said = block_text(content, "text")
    if role == "user":
        query = _QUERY.search(said)
        said = query[1] if query else said
        return Row(raw, role, said, prompt=True, title=first_line(said), kind=role)
    uses = [block for block in objects(content) if block.get("type") == "tool_use"]
    if not said and uses:
        said = call_text(text(uses[0], "name") or "tool", mapping(uses[0].get("input")))
    return Row(raw, role, said, kind=role)


_FORMAT = LineFormat(NAME, '"role" and "message"', _is_row, _row, lineages, row_identity)
parse, read_row, check_row = _FORMAT.parse, _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
