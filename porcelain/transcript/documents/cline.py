"""Cline's conversations, and Roo Code's: messages in Anthropic's form, each with its time `ts`.

The VS Code extensions and Cline 2 write `tasks/<time>/api_conversation_history.json`, a list;
Cline 3 writes `sessions/<id>/<id>.messages.json`, an object. A prompt stands inside `<task>`,
`<user_message>`, `<feedback>` or `<user_input>`, beside text that the program adds. Results of
tools that have no block of their own begin with the tool's name in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.content_blocks import call_ids, has_result, result_ids, said_in
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import epoch_time, iso_time, mapping, objects, text
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, Transcript, first_line

NAME = "cline"
SUFFIX = ".json"

write_message = None

_TYPED = re.compile(
    r"<(task|user_message|feedback|answer|user_input)(?: [^>]*)?>\s*(.*?)\s*</\1>", re.DOTALL
)
_RESULT = re.compile(r"\s*\[[a-z_]+(?: for .*?)?\] Result:", re.DOTALL)
_ID = re.compile(r"\d{13}(?:_[a-z0-9]+)?")
_FILE = re.compile(r"(\d{13}(?:_[a-z0-9]+)?)[/\\.]")


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the first messages."""
    if b'"ts"' not in data:
        return NO
    found = sample(data)
    if isinstance(found, dict) and not isinstance(found.get("sessionId"), str):
        return NO
    messages = objects(found if isinstance(found, list) else mapping(found).get("messages"))
    return SURE if messages and all(map(_is_row, messages)) else NO


def parse(data: bytes | Input, source: str) -> Transcript:
    """Read a conversation; the id of a list is in the path of its file.

    Raises:
        InvalidSession: it is no such document.
        NoMessages: there is no message in it.
    """
    data = Input.of(data).whole()
    is_list = data.lstrip()[:1] == b"["
    transcript = (_FORMAT._replace(rows_at=()) if is_list else _FORMAT).parse(data, source)
    named = _FILE.search(source) if is_list else None
    return transcript._replace(native_id=named[1]) if named else transcript


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a message's id, which older versions do not write; see `Format`."""
    return text(value, "id"), {}


def fresh_native_id(name: str, random: Callable[[int], bytes]) -> str:  # noqa: ARG001 - see `Format`
    """Return an id in Cline's form, with a random number in place of the time."""
    return f"{int.from_bytes(random(5), 'big') % 10**12 + 10**12}"


def is_native_id(text: str) -> bool:
    """Tell whether a text is the id of a task or session."""
    return _ID.fullmatch(text) is not None


def _is_row(value: Object) -> bool:
    has_time = isinstance(value.get("ts"), int | float)
    said = isinstance(value.get("content"), list | str)
    return value.get("role") in ("user", "assistant") and has_time and said


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a message."""
    role, content = text(value, "role"), value.get("content")
    said = said_in(content)
    result = role == "user" and (has_result(content) or _RESULT.match(said) is not None)
    typed = _TYPED.search(said) if role == "user" and not result else None
    said = typed[2] if typed else said
    prompt = role == "user" and bool(said) and not result
    return Row(
        raw,
        role="tool" if result else role if role in ("user", "assistant") else None,
        text=said,
        prompt=prompt,
        title=first_line(said) if prompt else "",
        kind=role or "",
        time=epoch_time(value.get("ts"), 1000),
        native_id=text(value, "id"),
        calls=call_ids(content),
        results=result_ids(content),
        model=_model(mapping(value.get("modelInfo"))),
    )


def _model(info: dict[str, Any]) -> str | None:
    return text(info, "modelId") or text(info, "id")


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    version = text(mapping(found.get("origin")), "version") or ""
    return DocumentFacts(
        native_id=text(found, "sessionId"),
        facts=AgentFacts(version=version),
        updated_at=iso_time(found, "updated_at"),
    )


_FORMAT = DocumentFormat(NAME, '"role", "content" and "ts"', _is_row, _row, row_identity, _about)
lineages = _FORMAT.lineages
read_row, check_row = _FORMAT.read_row, _FORMAT.check_row
with_native_id, identity_spans = _FORMAT.with_native_id, _FORMAT.identity_spans
