"""Messages of OpenAI's chat interface in a JSON document: a list, `messages`, or `history`.

A data set has one document with `messages` a line, and each line is a conversation.

`history` is that of SWE-agent's trajectories, whose first messages with `is_demo` are no prompts.
Documents of pawan look alike and are left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from porcelain.transcript.errors import CannotWrite
from porcelain.transcript.identity import Members
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.reading.content_blocks import called_text, said_in
from porcelain.transcript.reading.document_file import (
    DocumentFacts,
    DocumentFormat,
    transcripts_of,
)
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import epoch_time, mapping, objects, text, texts
from porcelain.transcript.reading.line_file import fresh_uuid, is_uuid
from porcelain.transcript.reading.split_list import has_lines
from porcelain.transcript.row import NO, SURE, FilePart, Row, Transcript, first_line
from store.document.json_scanner import write_value
from store.errors import InvalidSession

NAME = "openai-chat"
SUFFIX = ".json"

fresh_native_id, is_native_id = fresh_uuid, is_uuid

_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_OTHERS = ("ts", "info", "parts", "uuid", "tool_result", "messageId")
_WRITTEN = ("user", "assistant", "system")
_PLACES = ("messages", "history")


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first messages, and by members that only other formats have."""
    if b'"role"' not in data:
        return NO
    found = sample(data)
    documents = list(leading_objects(data, 3)) if found is None else [found]
    if found is None and any(_place(one) != ("messages",) for one in documents):
        return NO
    return SURE if documents and all(map(_is_document, documents)) else NO


def _is_document(found: Any) -> bool:
    """Tell whether a document has messages, and nothing that only another format has."""
    place, whole = _place(found), mapping(found)
    messages = objects(whole.get(place[0]) if place else found)
    others = "sessionId" in whole or {"id", "created_at"} <= whole.keys() or "mapping" in whole
    return bool(messages) and not others and all(map(_is_row, messages))


def parse_container(data: bytes | Input, source: str) -> Iterator[FilePart]:
    """Read each conversation of a data set, with one in memory, or the one of a document.

    Raises:
        InvalidSession: it is no such file.
    """
    whole = Input.of(data)
    if has_lines(whole):
        return _FORMAT.parse_lines(whole, source)
    return iter([FilePart(parse(whole, source))])


def parse(data: bytes | Input, source: str) -> Transcript:
    """Read a conversation.

    Raises:
        InvalidSession: it is no such document.
        NoMessages: there is no message in it.
    """
    data = Input.of(data).whole()
    found = sample(data)
    if (
        has_lines(Input.of(data))
        and len(several := list(transcripts_of(parse_container(data, source)))) > 1
    ):
        reason = f"the file holds {len(several)} conversations, not one"
        raise InvalidSession(reason, source=source)
    place = _place(found)
    return (_FORMAT if place is None else _FORMAT._replace(rows_at=place)).parse(data, source)


def row_identity(value: Object) -> tuple[str | None, Members]:  # noqa: ARG001 - of any message
    """Return no id; see `Format`."""
    return None, {}


def write_message(
    rows: Sequence[bytes],  # noqa: ARG001 - a message names no other
    role: str,
    text: str,
    *,
    now: str,  # noqa: ARG001 - nor a time
    new_uuid: Callable[[], str],  # noqa: ARG001 - nor an id
) -> bytes:
    """Return a message in compact form; see `MessageWriter`."""
    if role not in _WRITTEN:
        raise CannotWrite(NAME, role, _WRITTEN)
    return write_value({"role": role, "content": text}).encode()


def _place(found: Any) -> tuple[str, ...] | None:
    """Return the path of the messages in a document, or None if it has none."""
    if isinstance(found, list):
        return ()
    return next(((key,) for key in _PLACES if isinstance(mapping(found).get(key), list)), None)


def _is_row(value: Object) -> bool:
    said = isinstance(value.get("content"), list | str) or "content" in value
    known = text(value, "role") in _ROLES and not any(key in value for key in _OTHERS)
    return known and (said or isinstance(value.get("tool_calls"), list))


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    role = _ROLES.get(text(value, "role") or "")
    said = said_in(value.get("content"))
    calls = objects(value.get("tool_calls"))
    call = text(value, "tool_call_id")
    if not said and calls:
        function = mapping(calls[0].get("function")) or mapping(calls[0].get("custom"))
        said = called_text(text(function, "name"), function.get("arguments", function.get("input")))
    old = mapping(value.get("function_call"))
    if not said and old:
        said = called_text(text(old, "name"), old.get("arguments"))
    prompt = role == "user" and bool(said) and value.get("is_demo") is not True
    return Row(
        raw,
        role=role,
        text=said or text(value, "refusal") or "",
        prompt=prompt,
        title=first_line(said) if prompt else "",
        kind=text(value, "role") or "",
        calls=texts(calls, "id"),
        results=(call,) if call else (),
    )


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    name = text(found, "id") or text(found, "instance_id")
    return DocumentFacts(native_id=name, created_at=epoch_time(found.get("created")))


_FORMAT = DocumentFormat(NAME, '"role" and "content"', _is_row, _row, row_identity, _about)
lineages = _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
