"""VS Code's Copilot chats: a JSON document with `requests`, or a log of changes to one.

The files are `workspaceStorage/<hash>/chatSessions/<session>.json` or `.jsonl`. A request holds
a prompt together with the answer to it, so a row is both: it counts as the user's, and its text
is the prompt and then the answer. A line of a log is `{kind: 0, v}` with the whole chat,
`{kind: 1, k, v}` that sets a member, or `{kind: 2, k, v}` that adds to a list.
"""

from __future__ import annotations

from typing import Any

from porcelain.transcript.identity import Members
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object, leading_objects
from porcelain.transcript.reading.document_file import DocumentFacts, DocumentFormat
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import epoch_time, mapping, objects, text
from porcelain.transcript.reading.line_file import LineFormat, fresh_uuid, is_uuid
from porcelain.transcript.row import NO, SURE, AgentFacts, Row, Transcript, first_line, linear

NAME = "vscode-copilot"
SUFFIX = ".json"

lineages = linear
write_message = None
fresh_native_id, is_native_id = fresh_uuid, is_uuid

_WHOLE, _ADDED = 0, 2


def detects(data: bytes, file_name: str) -> int:  # noqa: ARG001 - the content alone tells
    """Judge by the document, or by the first line of a log."""
    if b'"requests"' not in data:
        return NO
    found = mapping(sample(data))
    if found.get("kind") == _WHOLE or not found:
        first = found or next(leading_objects(data, 1), {})
        found = mapping(first.get("v")) if first.get("kind") == _WHOLE else {}
    is_chat = isinstance(found.get("requests"), list) and isinstance(found.get("version"), int)
    return SURE if is_chat and "responderUsername" in found else NO


def parse(data: bytes | Input, source: str) -> Transcript:
    """Read a document or a log.

    Raises:
        InvalidSession: it is neither.
        NoMessages: there is no request in it.
    """
    is_document = "requests" in mapping(sample(Input.of(data).sample()))
    return (_DOCUMENT if is_document else _LOG).parse(data, source)


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return a request's id; see `Format`."""
    return text(value, "requestId"), {}


def _is_row(value: Object) -> bool:
    return isinstance(value.get("requestId"), str) or isinstance(value.get("kind"), int)


def _row(value: dict[str, Any], raw: bytes) -> Row:
    """Return the row of a request, or of a line of a log."""
    if isinstance(value.get("requestId"), str):
        return _of_requests([value], raw, "request")
    kind, change = value.get("kind"), value.get("v")
    if kind == _WHOLE:
        named = text(mapping(change), "sessionId")
        requests = objects(mapping(change).get("requests"))
        return _of_requests(requests, raw, "whole")._replace(conversation=named)
    if kind == _ADDED and value.get("k") == ["requests"]:
        return _of_requests(objects(change), raw, "added")
    return Row(raw, kind=f"change/{kind}")


def _of_requests(requests: list[dict[str, Any]], raw: bytes, kind: str) -> Row:
    """Return a row with requests; without one it is no message."""
    if not requests:
        return Row(raw, kind=kind)
    last = requests[-1]
    said = "\n\n".join(part for one in requests for part in (_prompt(one), _answer(one)) if part)
    return Row(
        raw,
        role="user",
        text=said,
        prompt=True,
        title=first_line(_prompt(last)),
        kind=kind,
        time=epoch_time(last.get("timestamp"), 1000),
        native_id=text(last, "requestId"),
        model=text(last, "modelId"),
    )


def _prompt(request: dict[str, Any]) -> str:
    return text(mapping(request.get("message")), "text") or ""


def _answer(request: dict[str, Any]) -> str:
    """Return the text of an answer; parts of other kinds are tools, edits and links."""
    parts = objects(request.get("response"))
    return "".join(text(part, "value") or "" for part in parts if "kind" not in part)


def _about(value: Any) -> DocumentFacts:
    found = mapping(value)
    return DocumentFacts(
        native_id=text(found, "sessionId"),
        facts=AgentFacts(title=text(found, "customTitle") or ""),
        created_at=epoch_time(found.get("creationDate"), 1000),
        updated_at=epoch_time(found.get("lastMessageDate"), 1000),
    )


_NEEDS = '"requestId", or "kind"'
_LOG = LineFormat(NAME, _NEEDS, _is_row, _row, lineages, row_identity)
_DOCUMENT = DocumentFormat(NAME, _NEEDS, _is_row, _row, row_identity, _about, rows_at=("requests",))
read_row, check_row = _LOG.read_row, _LOG.check_row
with_native_id, identity_spans = _LOG.with_native_id, _LOG.identity_spans
