"""OpenCode's sessions: its database, and the export of one: `{info, messages: [{info, parts}]}`.

A message holds its tool calls together with their results. Each session of the database is read
as the document that `opencode export` writes. Messages that a pending revert hides are still
there, until the next prompt removes them; then they are a branch.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from porcelain.transcript.documents import opencode_writer
from porcelain.transcript.documents.opencode_database import documents
from porcelain.transcript.errors import NoMessages
from porcelain.transcript.identity import Members
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.database import MAGIC
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import epoch_time, mapping, objects, text, texts
from porcelain.transcript.reading.row_tree import live_tree
from porcelain.transcript.row import (
    MAYBE,
    NO,
    SURE,
    AgentFacts,
    Row,
    Transcript,
    Turn,
    call_text,
    first_line,
)
from store.errors import InvalidSession

NAME = "opencode"
SUFFIX = ".json"

write_message = opencode_writer.write_message

_ROLES = ("user", "assistant")
_REMOVED = "removed/"
_DATABASE = "opencode.db"
_ID = re.compile(r"ses_[A-Za-z0-9]{26}")
_TABLES = (b"CREATE TABLE `session`", b"CREATE TABLE `message`", b"CREATE TABLE `part`")
_MEMBERS: Members = {"info": {"sessionID": "conversation"}}


def detects(data: bytes, file_name: str) -> int:
    """Judge by the session and its first messages; a database by its tables, or by its own name.

    The tables of a new database are in its journal alone, and those of a large one anywhere.
    """
    if data.startswith(MAGIC):
        if all(table in data for table in _TABLES):
            return SURE
        return MAYBE if os.path.basename(file_name) == _DATABASE else NO
    if b'"parts"' not in data:
        return NO
    found = mapping(sample(data))
    messages = objects(found.get("messages"))
    named = isinstance(mapping(found.get("info")).get("id"), str)
    return SURE if named and messages and all(map(_is_row, messages)) else NO


def parse(data: bytes | Input, source: str) -> Transcript:
    """Read an export, or a database with one session.

    Raises:
        InvalidSession: it is neither, or has several sessions.
        NoMessages: there is no message in it.
    """
    whole = Input.of(data).whole()
    if not whole.startswith(MAGIC):
        return _FORMAT.parse(whole, source)
    found = list(parse_all(whole, source))
    if len(found) > 1:
        reason = f"the database holds {len(found)} conversations, not one"
        raise InvalidSession(reason, source=source)
    if not found:
        raise NoMessages("there is no conversation in it", source=source)
    return found[0]


def parse_all(data: bytes | Input, source: str) -> Iterator[Transcript]:
    """Read the session of an export, or each session of a database.

    Raises:
        InvalidSession: it is neither, or the database cannot be read.
    """
    whole = Input.of(data).whole()
    if not whole.startswith(MAGIC):
        yield _FORMAT.parse(whole, source)
        return
    for document in documents(whole, source):
        try:
            yield _FORMAT.parse(document.encode("utf-8", "surrogatepass"), source)
        except NoMessages:
            continue


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a message's id; see `Format`."""
    return text(mapping(value.get("info")), "id"), _MEMBERS


def fresh_native_id(name: str, random: Callable[[int], bytes]) -> str:  # noqa: ARG001 - see `Format`
    """Return an id in OpenCode's form."""
    return f"ses_{random(13).hex()}"


def is_native_id(text: str) -> bool:
    """Tell whether a text is the id of a session."""
    return _ID.fullmatch(text) is not None


def _is_row(value: Object) -> bool:
    info = mapping(value.get("info"))
    return info.get("role") in _ROLES and isinstance(value.get("parts"), list)


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    info, parts = mapping(value.get("info")), objects(value.get("parts"))
    role = text(info, "role")
    typed = [part for part in parts if part.get("synthetic") is not True]
    said = _said(typed or parts)
    prompt = role == "user" and bool(said)
    return Row(
        raw,
        role=role if role in _ROLES else None,
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        kind=f"{_REMOVED}{role}" if value.get("removed") is True else role or "",
        time=epoch_time(mapping(info.get("time")).get("created"), 1000),
        native_id=text(info, "id"),
        model=text(info, "modelID"),
        compaction=any(part.get("type") == "compaction" for part in parts),
    )


def _turns(rows: Sequence[Row], live: str | None) -> tuple[Turn, ...]:  # noqa: ARG001 - the last
    """Arrange messages as a line, from which removed ones part behind the message before them."""
    linked: list[Row] = []
    last = before = None  # of the line, and of the messages that were removed together
    for row in rows:
        is_removed = row.kind.startswith(_REMOVED)
        linked.append(row._replace(native_parent=before if is_removed else last))
        before = row.native_id
        last = last if is_removed else row.native_id
    return live_tree(linked, last)


def _said(parts: list[dict[str, Any]]) -> str:
    """Return the texts of the parts, or a description of the first tool call."""
    said = texts([part for part in parts if part.get("type") == "text"], "text")
    if said:
        return "\n\n".join(said)
    tools = [part for part in parts if part.get("type") == "tool"]
    if tools:
        state = mapping(tools[0].get("state"))
        return call_text(text(tools[0], "tool") or "tool", mapping(state.get("input")))
    return "\n\n".join(texts([part for part in parts if part.get("type") == "reasoning"], "text"))


def _about(value: Any) -> DocumentFacts:
    info = mapping(mapping(value).get("info"))
    time = mapping(info.get("time"))
    return DocumentFacts(
        native_id=text(info, "id"),
        facts=AgentFacts(
            title=text(info, "title") or "",
            project=text(info, "directory") or "",
            version=text(info, "version") or "",
            started_by=text(info, "parentID") or "",
        ),
        created_at=epoch_time(time.get("created"), 1000),
        updated_at=epoch_time(time.get("updated"), 1000),
        parent=text(info, "parentID"),
    )


_FORMAT = DocumentFormat(
    NAME, '"info" with "role", and "parts"', _is_row, _row, row_identity, _about, turns_of=_turns
)
lineages = _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
