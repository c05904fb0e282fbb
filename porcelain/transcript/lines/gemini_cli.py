"""Gemini CLI's sessions: a log in JSON lines, `~/.gemini/tmp/<project>/chats/session-*.jsonl`.

Older versions wrote a JSON document with the same messages, which is read, too.

A row is a header (each resume adds one), a message, or a change: `{"$set": ...}` sets members,
and with `messages` the whole list; `{"$rewindTo": id}` drops a message and all later ones.
A message whose id was there before replaces that one. Messages name no parents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.lines import row_writers
from porcelain.transcript.lines.gemini_parts import call_ids, part_text, result_ids
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import iso_time, mapping, objects, text, texts
from porcelain.transcript.reading.line_file import About, LineFormat, fresh_uuid, is_uuid, last_text
from porcelain.transcript.row import (
    NO,
    SURE,
    AgentFacts,
    Row,
    Transcript,
    Turn,
    call_text,
    first_line,
    linear,
)

NAME = "gemini-cli"
SUFFIX = ".jsonl"

write_message = row_writers.write_gemini
fresh_native_id, is_native_id = fresh_uuid, is_uuid

HEADER = "header"
SET, REWIND = "$set", "$rewindTo"
_INJECTED = ("<session_context>", "This is the Gemini CLI. We are setting up the context")
_ROLES = {"user": "user", "gemini": "assistant"}

_HEADER_MEMBERS: Members = {
    "sessionId": "conversation",
    "startTime": "value",
    "lastUpdated": "value",
}
_SET_MEMBERS: Members = {SET: {"sessionId": "conversation", "lastUpdated": "value"}}


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first row, or by the document of an older version."""
    if b'"projectHash"' not in data:
        return NO
    document = sample(data)
    first = mapping(document) or next(leading_objects(data, 3), {})
    return SURE if _is_header(first) else NO


def parse(data: bytes | Input, source: str) -> Transcript:
    """Read a log, or the document of an older version.

    Raises:
        InvalidSession: it is neither.
        NoMessages: there is no message in it.
    """
    whole = Input.of(data)
    is_document = "messages" in mapping(sample(whole.sample()))
    return (_DOCUMENT if is_document else _FORMAT).parse(whole, source)


def lineages(rows: Sequence[Row]) -> tuple[Turn, ...]:
    """Arrange rows as a tree of turns, in which a rewind leaves a branch behind.

    The row of a rewind is a turn of its own at the end of that branch: in the conversation that
    goes on it would name a message that is not there, which means to drop all.
    """
    made: list[Turn] = []
    parent: int | None = None  # of the next line of turns
    shared: tuple[int, ...] = ()  # the rows with which that line begins
    start = 0
    for index, row in enumerate(rows):
        if row.kind != REWIND:
            continue
        parent = _add(made, rows, shared, range(start, index), parent)
        made.append(Turn((index,), parent))
        start = index + 1
        parent, shared = _place_before(made, rows, parent, row.text)
    if start < len(rows):
        _add(made, rows, shared, range(start, len(rows)), parent)
    return tuple(made)


def _add(
    made: list[Turn],
    rows: Sequence[Row],
    shared: tuple[int, ...],
    new: range,
    parent: int | None,
) -> int | None:
    """Add rows that continue a turn, as turns; return the last one."""
    places = [*shared, *new]
    base = len(made)
    for turn in linear([rows[place] for place in places]):
        up = parent if turn.parent is None else base + turn.parent
        made.append(Turn(tuple(places[row] for row in turn.rows), up))
    return len(made) - 1 if places else parent


def _place_before(
    made: Sequence[Turn], rows: Sequence[Row], last: int | None, native_id: str
) -> tuple[int | None, tuple[int, ...]]:
    """Return the place before a message on the line of turns that ends with `last`.

    That is a turn, and the first rows of the turn that holds the message. For a message that is
    not there it is the beginning.
    """
    while last is not None:
        turn = made[last]
        for place, row in enumerate(turn.rows):
            if rows[row].native_id == native_id:
                return turn.parent, turn.rows[:place]
        last = turn.parent
    return None, ()


def is_injected(said: str) -> bool:
    """Tell whether the agent itself wrote a user's message."""
    return said.lstrip().startswith(_INJECTED)


def _is_header(value: Object) -> bool:
    return all(isinstance(value.get(key), str) for key in ("sessionId", "projectHash"))


def _is_row(value: Object) -> bool:
    is_message = all(isinstance(value.get(key), str) for key in ("id", "type"))
    is_change = isinstance(value.get(SET), dict) or isinstance(value.get(REWIND), str)
    return is_message or is_change or _is_header(value)


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a message's id; see `Format`."""
    if _is_header(value):
        return None, _HEADER_MEMBERS
    if SET in value:
        return None, _SET_MEMBERS
    return text(value, "id"), {}


def _about(values: Sequence[Object]) -> About:
    """Return the summary that the program writes as a title."""
    return About(AgentFacts(title=last_text(values, "summary", SET)))


def _about_document(value: Any) -> DocumentFacts:
    found = mapping(value)
    return DocumentFacts(
        native_id=text(found, "sessionId"),
        facts=AgentFacts(title=text(found, "summary") or ""),
        created_at=iso_time(found, "startTime"),
        updated_at=iso_time(found, "lastUpdated"),
    )


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of an object."""
    change = mapping(value.get(SET))
    if change:
        said = text(change, "summary") or ""
        return Row(raw, text=said, kind=f"{SET}/messages" if "messages" in change else SET)
    if text(value, REWIND) is not None:
        return Row(raw, text=value[REWIND], kind=REWIND)
    if _is_header(value):
        named = text(value, "sessionId")
        return Row(raw, kind=HEADER, time=iso_time(value, "startTime"), conversation=named)
    return read_message(value, raw)


def read_message(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message; documents of older versions have the same ones."""
    kind = text(value, "type") or ""
    content = value.get("content")
    said = part_text(content)
    results = result_ids(content)
    row = Row(
        raw,
        role="tool" if results else _ROLES.get(kind),
        text=said,
        kind=kind,
        time=iso_time(value, "timestamp"),
        native_id=text(value, "id"),
        results=results,
    )
    if kind == "gemini":
        tools = objects(value.get("toolCalls"))
        if not said and tools:
            said = call_text(text(tools[0], "name") or "tool", mapping(tools[0].get("args")))
        elif not said:
            said = "\n\n".join(texts(objects(value.get("thoughts")), "description"))
        calls = texts(tools, "id") or call_ids(content)
        return row._replace(text=said, calls=calls, model=text(value, "model"))
    if kind == "user" and not results and said and not is_injected(said):
        shown = part_text(value.get("displayContent")) or said
        return row._replace(prompt=True, title=first_line(shown))
    return row


_FORMAT = LineFormat(
    NAME, '"id" and "type", or "$set"', _is_row, _row, lineages, row_identity, _about
)
_DOCUMENT = DocumentFormat(NAME, '"id" and "type"', _is_row, _row, row_identity, _about_document)
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
