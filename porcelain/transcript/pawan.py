"""pawan's sessions: one JSON document whose `messages` are the rows.

pawan itself writes some user messages: nudges that begin with `[SYSTEM]`, which are no prompts,
and a description of the workspace in front of a prompt, which is no title. When pawan shortens a
history, one system message summarises the removed messages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from porcelain.transcript.errors import CannotWrite
from porcelain.transcript.identity import KeyChain, Members
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object, check_text, leading_objects, read_object
from porcelain.transcript.row import (
    MAYBE,
    NO,
    SURE,
    Row,
    Transcript,
    call_text,
    first_line,
    linear,
)
from store.document import json_scanner as json_text
from store.document.pawan_schema import MESSAGES, check_message
from store.errors import InvalidSession
from store.session.session import Session

NAME = "pawan"
SUFFIX = ".json"

lineages = linear

_REQUIRED = (b'"id"', b'"model"', b'"created_at"', b'"updated_at"')
_NUDGE = "[SYSTEM]"
_SUMMARY = "Previous conversation summary"
_WORKSPACE = re.compile(
    r"\s*\[Workspace Architecture\].*?\[/Workspace Architecture\]\s*", re.DOTALL
)
_ROLES = ("user", "assistant", "system")
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def detects(data: bytes, file_name: str) -> int:
    """Judge by the document's fields; parse only a document on one line."""
    text = data.lstrip()
    if not text.startswith(b"{") or b'"messages"' not in data:
        return NO
    document = next(leading_objects(text, 1), None)
    if document is not None:
        if not isinstance(document.get("messages"), list):
            return NO
        missing = [name for name in _REQUIRED if name.decode().strip('"') not in document]
    else:
        missing = [name for name in _REQUIRED if name not in data]
    if not missing:
        return SURE
    likely = file_name.endswith(SUFFIX) and len(missing) < 3 and b'"sessionId"' not in data
    return MAYBE if likely and not _has_foreign_messages(data) else NO


def _has_foreign_messages(data: bytes) -> bool:
    """Tell whether the document's first message is in another format than pawan's.

    Other agents' documents have `id` and `messages` too, with content in lists of parts. Of text
    that is not JSON the parser reports the place of the fault.
    """
    try:
        messages = json.loads(data)["messages"]
        first = messages[0]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return False
    return not (
        isinstance(first, dict)
        and first.get("role") in (*_ROLES, "tool")
        and isinstance(first.get("content"), str | None)
    )


def parse(data: bytes | Input, source: str) -> Transcript:
    """Read a session document; a row's bytes are its message as `store` keeps it.

    Raises:
        InvalidSession: the document is invalid at this JSON path or place.
    """
    data = Input.of(data).whole()
    check_text(data, source)
    try:
        session, rows = _read(data)
    except InvalidSession as error:
        raise InvalidSession(error.reason, error.where, source) from None
    return Transcript(
        format=NAME,
        native_id=session.id,
        rows=rows,
        turns=lineages(rows),
        created_at=session.created_at,
        updated_at=session.updated_at,
        document=data,
        session=session,
    )


def read_row(raw: bytes) -> Row:
    """Read one message.

    Raises:
        InvalidSession: the bytes are no message.
    """
    message = read_object(raw)
    check_message(message, "$")
    return _row(message, raw)


check_row = read_row


def _read(data: bytes) -> tuple[Session, tuple[Row, ...]]:
    """Read a document and its rows."""
    document = json_text.scan_document(data, MESSAGES)
    session = Session.from_document(document)
    if session.format != NAME:
        raise InvalidSession("the messages are in another agent's format", "$.format")
    pairs = zip(document.elements or (), session.messages, strict=True)
    chain = KeyChain(row_identity)
    return session, tuple(
        _row(element.value, message.raw)._replace(key=chain.next(message.raw))
        for element, message in pairs
    )


def row_identity(value: Object) -> tuple[str | None, Members]:  # noqa: ARG001
    """Return the native id and the identity members of a message: pawan's have none."""
    return None, {}


def with_native_id(raw: bytes, native_id: str) -> bytes:  # noqa: ARG001
    """Return the message as it is: only the document's header names the conversation."""
    return raw


def identity_spans(raw: bytes) -> tuple[tuple[int, int], ...]:  # noqa: ARG001
    """Return no place."""
    return ()


def fresh_native_id(name: str, random: Callable[[int], bytes]) -> str:  # noqa: ARG001
    """Return the session's name, by which pawan finds a conversation."""
    return name


def is_native_id(text: str) -> bool:
    """Tell whether pawan could name a conversation so; its own ids have 8 hex digits."""
    return _ID.fullmatch(text) is not None


def write_message(
    rows: Sequence[bytes],  # noqa: ARG001 - a message of pawan's names no other
    role: str,
    text: str,
    *,
    now: str,  # noqa: ARG001 - nor a time
    new_uuid: Callable[[], str],  # noqa: ARG001 - nor an id
) -> bytes:
    """Return a message in compact form; see `MessageWriter`."""
    if role not in _ROLES:
        raise CannotWrite(NAME, role, _ROLES)
    return json_text.write_value({"role": role, "content": text, "tool_calls": []}).encode()


def _row(message: Any, raw: bytes) -> Row:
    """Return the row of a checked message."""
    role: str = message["role"]
    text: str = message["content"]
    calls: list[dict[str, Any]] = message.get("tool_calls", [])
    result = message.get("tool_result")
    prompt = role == "user" and not text.lstrip().startswith(_NUDGE)
    return Row(
        raw=raw,
        role=role,
        text=text or (call_text(calls[0]["name"], calls[0]["arguments"]) if calls else ""),
        prompt=prompt,
        title=(first_line(_WORKSPACE.sub("", text, count=1)) or first_line(text)) if prompt else "",
        kind=role,
        calls=tuple(call["id"] for call in calls),
        results=(result["tool_call_id"],) if result else (),
        compaction=role == "system" and text.startswith(_SUMMARY),
    )
