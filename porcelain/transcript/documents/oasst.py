"""Trees of Open Assistant (OASST): one a line, each message inside the one that it answers.

Every reply is a branch; the best one of each (`rank` 0) leads to the live end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.reading.document_file import (
    DocumentFacts,
    DocumentFormat,
    transcripts_of,
)
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import iso_time, mapping, objects, text
from porcelain.transcript.reading.line_file import fresh_uuid, is_uuid
from porcelain.transcript.reading.row_tree import live_tree
from porcelain.transcript.reading.split_list import has_lines
from porcelain.transcript.row import NO, SURE, FilePart, Row, Transcript, first_line
from store.errors import InvalidSession

NAME = "oasst"
SUFFIX = ".jsonl"

write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_ROLES = {"prompter": "user", "assistant": "assistant"}


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first tree."""
    if b'"message_tree_id"' not in data:
        return NO
    first = next(leading_objects(data, 1), None) or mapping(sample(data))
    named = isinstance(first.get("message_tree_id"), str)
    return SURE if named and _is_row(mapping(first.get("prompt"))) else NO


def parse_container(data: bytes | Input, source: str) -> Iterator[FilePart]:
    """Read each tree of a file, with one in memory.

    Raises:
        InvalidSession: a line is no tree.
    """
    whole = Input.of(data)
    return (
        _FORMAT.parse_lines(whole, source)
        if has_lines(whole)
        else iter([FilePart(_FORMAT.parse(whole, source))])
    )


def parse(data: bytes | Input, source: str) -> Transcript:
    """Read a file with one tree.

    Raises:
        InvalidSession: it is none, or has several.
    """
    found = list(transcripts_of(parse_container(data, source)))
    if len(found) > 1:
        reason = f"the file holds {len(found)} conversations, not one"
        raise InvalidSession(reason, source=source)
    return _FORMAT.parse(data, source)


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a message's id; see `Format`."""
    return text(value, "message_id"), {}


def _is_row(value: Object) -> bool:
    return text(value, "role") in _ROLES and isinstance(value.get("message_id"), str)


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    kind = text(value, "role") or ""
    said = text(value, "text") or ""
    prompt = kind == "prompter"
    return Row(
        raw,
        role=_ROLES.get(kind),
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        kind=kind,
        time=iso_time(value, "created_date"),
        native_id=text(value, "message_id"),
        native_parent=text(value, "parent_id"),
        model=text(value, "model_name"),
    )


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    return DocumentFacts(native_id=text(found, "message_tree_id"), live=_best(found.get("prompt")))


def _best(message: Any) -> str | None:
    """Return the id of the last message on the path of the best replies."""
    here = mapping(message)
    while replies := objects(here.get("replies")):
        here = min(replies, key=lambda reply: _rank(reply.get("rank")))
    return text(here, "message_id")


def _rank(rank: object) -> float:
    return rank if isinstance(rank, int | float) else float("inf")


_FORMAT = DocumentFormat(
    NAME,
    '"message_id" and "role"',
    _is_row,
    _row,
    row_identity,
    _about,
    rows_at=("prompt",),
    turns_of=live_tree,
    children="replies",
)
lineages = _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
