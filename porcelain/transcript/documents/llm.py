"""Conversations of the program `llm`: its database `logs.db`, as llm 0.30 writes it.

A response is stored with the prompt that it answers. Each conversation is read as a document
with `messages` in the form of OpenAI's chat, each with the id of its response. Of the database
only conversations, responses and tool calls are read.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

from porcelain.transcript.documents import openai_chat
from porcelain.transcript.errors import NoMessages
from porcelain.transcript.identity import Members
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.database import MAGIC, opened
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_values import iso_time, mapping, text
from porcelain.transcript.reading.line_file import fresh_uuid, is_uuid
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, Transcript
from store.document.json_scanner import write_value
from store.errors import InvalidSession

NAME = "llm"
SUFFIX = ".json"

write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_TABLES = [re.compile(rb'CREATE TABLE ["\[]%s["\]]' % name)
           for name in (b"conversations", b"responses", b"tool_calls")]  # fmt: skip
_CONVERSATIONS = "SELECT id, name, model FROM conversations ORDER BY id"
_RESPONSES = """
    SELECT id, model, prompt, system, response, datetime_utc
    FROM responses WHERE conversation_id = ? ORDER BY datetime_utc, id
"""
_CALLS = "SELECT tool_call_id, name, arguments FROM tool_calls WHERE response_id = ? ORDER BY id"
_RESULTS = "SELECT tool_call_id, name, output FROM tool_results WHERE response_id = ? ORDER BY id"


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the names of the tables."""
    if not data.startswith(MAGIC):
        return NO
    return SURE if all(table.search(data) for table in _TABLES) else NO


def parse(data: bytes | Input, source: str) -> Transcript:
    """Read a database with one conversation.

    Raises:
        InvalidSession: it cannot be read, or has several conversations.
        NoMessages: there is no conversation in it.
    """
    found = list(parse_all(data, source))
    if len(found) > 1:
        reason = f"the database holds {len(found)} conversations, not one"
        raise InvalidSession(reason, source=source)
    if not found:
        raise NoMessages("there is no conversation in it", source=source)
    return found[0]


def parse_all(data: bytes | Input, source: str) -> Iterator[Transcript]:
    """Read each conversation of a database.

    Raises:
        InvalidSession: the database is locked or damaged, or has another schema.
    """
    try:
        with opened(Input.of(data).whole(), source) as database:
            for native_id, name, model in database.execute(_CONVERSATIONS).fetchall():
                messages = list(_messages(database, native_id))
                if messages:
                    about = write_value({"id": native_id, "name": name, "model": model})
                    rows = ",\n".join(map(write_value, messages))
                    document = f'{about[:-1]},"messages":[\n{rows}\n]}}\n'
                    yield _FORMAT.parse(document.encode(), source)
    except sqlite3.Error as error:
        raise InvalidSession(f"the database cannot be read: {error}", source=source) from None


def _messages(database: sqlite3.Connection, conversation: str) -> Iterator[dict[str, Any]]:
    """Yield the messages of a conversation: results of tools, prompts and responses."""
    system = None
    for native_id, model, *said, time in database.execute(_RESPONSES, (conversation,)).fetchall():
        prompt, given, response = (part if isinstance(part, str) else "" for part in said)
        common = {"id": native_id, "at": time}
        if given and given != system:
            system = given
            yield {"role": "system", "content": given, **common}
        for call, name, output in database.execute(_RESULTS, (native_id,)).fetchall():
            yield {"role": "tool", "tool_call_id": call, "name": name, "content": output, **common}
        if prompt:
            yield {"role": "user", "content": prompt, **common}
        calls = [
            {"id": call, "type": "function", "function": {"name": name, "arguments": arguments}}
            for call, name, arguments in database.execute(_CALLS, (native_id,)).fetchall()
        ]
        more = {"tool_calls": calls} if calls else {}
        yield {"role": "assistant", "content": response, **more, "model": model, **common}


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return the id of a message's response with its role; see `Format`."""
    found, call = text(value, "id"), text(value, "tool_call_id")
    return f"{found}/{call or text(value, 'role')}" if found else None, {}


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    row = openai_chat.read_row(raw)
    native_id, _ = row_identity(value)
    return row._replace(time=iso_time(value, "at"), native_id=native_id, model=text(value, "model"))


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    return DocumentFacts(
        native_id=text(found, "id"), facts=AgentFacts(title=text(found, "name") or "")
    )


def _is_row(value: Object) -> bool:
    return all(isinstance(value.get(key), str) for key in ("role", "id"))


_FORMAT = DocumentFormat(NAME, '"role" and "id"', _is_row, _row, row_identity, _about)
lineages = _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
