"""Qwen Code's sessions: JSON lines in a chain of `uuid` and `parentUuid`, messages as in Gemini.

The files stand under `~/.qwen/projects/<folder>/chats/<session>.jsonl`. Every row is in the
chain; the last row is the live one. A response may be several rows with one uuid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.lines import row_writers
from porcelain.transcript.lines.gemini_parts import call_ids, part_text, result_ids
from porcelain.transcript.reading.json_values import iso_time, mapping, text
from porcelain.transcript.reading.line_file import About, LineFormat, fresh_uuid, is_uuid, last_text
from porcelain.transcript.reading.row_tree import tree
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, first_line

NAME = "qwen-code"
SUFFIX = ".jsonl"

lineages = tree
write_message = row_writers.write_qwen
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_ROLES = {"user": "user", "assistant": "assistant", "tool_result": "tool"}
_COMPACTION = "system/chat_compression"

_MEMBERS: Members = {
    "sessionId": "conversation",
    "parentUuid": "value",
    "forkedFrom": "member",
}


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first rows: Claude Code's have the same ids, but other messages."""
    for value in leading_objects(data, 20):
        if not _is_row(value):
            return NO
        if "parts" in mapping(value.get("message")) or "systemPayload" in value:
            return SURE
    return NO


def _is_row(value: Object) -> bool:
    return all(isinstance(value.get(key), str) for key in ("type", "uuid", "sessionId"))


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a row's id; see `Format`. A copy keeps the id under new parents."""
    return text(value, "uuid"), _MEMBERS


def _about(values: Sequence[Object]) -> About:
    """Return the facts that the rows record."""
    origin = next((mapping(v["forkedFrom"]) for v in values if "forkedFrom" in v), {})
    facts = AgentFacts(
        title=last_text(values, "customTitle", "systemPayload"),
        project=last_text(values[:1], "cwd"),
        branch=last_text(values, "gitBranch"),
        version=last_text(values, "version"),
    )
    return About(facts, text(origin, "sessionId"), text(origin, "messageUuid"))


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of an object."""
    kind = text(value, "type") or ""
    subtype = text(value, "subtype")
    parts = mapping(value.get("message")).get("parts")
    row = Row(
        raw=raw,
        kind=f"{kind}/{subtype}" if subtype else kind,
        time=iso_time(value, "timestamp"),
        native_id=text(value, "uuid"),
        native_parent=text(value, "parentUuid"),
        conversation=text(value, "sessionId"),
        side=value.get("isSidechain") is True,
    )
    if kind not in _ROLES or parts is None:
        payload = mapping(value.get("systemPayload"))
        said = text(payload, "customTitle") or text(payload, "rawCommand") or ""
        return row._replace(text=said, compaction=row.kind == _COMPACTION)
    said = part_text(parts)
    typed = text(value, "provenance") in (None, "real_user")
    results = result_ids(parts)
    prompt = kind == "user" and typed and bool(said) and not (results or row.side)
    return row._replace(
        role="tool" if results else _ROLES[kind],
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        calls=call_ids(parts),
        results=results,
        model=None if row.side else text(value, "model"),
    )


_FORMAT = LineFormat(
    NAME, '"type", "uuid" and "sessionId"', _is_row, _row, lineages, row_identity, _about
)
parse, read_row, check_row = _FORMAT.parse, _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
