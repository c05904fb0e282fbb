"""The parts of a session, read from a document and written as one.

The messages of a document are stored compact where the document's style reproduces them, so
that equal messages are equal bytes whatever their file looked like; else as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from store.document.envelope import Envelope, read_envelope
from store.document.headline import NO_HEADLINE, Headline, headline_of
from store.document.json_scanner import Document, Element, parse
from store.document.json_spacing import compact, expand
from store.document.pawan_schema import MESSAGES, ROLES, check_header, check_message
from store.document.row_format import FIELD, PAWAN, Format, names_by_row, read_format
from store.document.separators import Separators
from store.errors import InvalidSession
from store.session.message import Message, rule_of


class Parts(NamedTuple):
    """A session without its messages.

    `lines` is the text between the lines of a file of lines, None for a JSON document.
    `headline` is None where nobody has looked for it.
    """

    envelope: Envelope
    format: Format
    lines: Separators | None = None
    headline: Headline | None = None


def read_parts(document: Document) -> tuple[Parts, tuple[Message, ...]]:
    """Read a document that was scanned with `messages` as its array.

    Raises:
        InvalidSession: with the JSON path of the first fault.
    """
    fields = {member.key: member.value for member in document.members}
    elements = document.elements
    if elements is None:
        reason = "must be a list" if MESSAGES in fields else "is missing"
        raise InvalidSession(reason, f"$.{MESSAGES}")
    format_ = read_format(fields.get(FIELD))
    check_header(fields, opaque=format_ != PAWAN)
    if not isinstance(format_, str) and sum(count for _, count in format_) != len(elements):
        raise InvalidSession(f"does not count {len(elements)} messages", f"$.{FIELD}")
    envelope = read_envelope(document)
    rows = []
    names = names_by_row(format_, len(elements))
    for number, (element, name) in enumerate(zip(elements, names, strict=True)):
        if name == PAWAN:
            check_message(element.value, f"$.{MESSAGES}[{number}]")
        rows.append(_message(element, envelope, name))
    headline = None
    if format_ != PAWAN:
        count = sum(_role(element.value) in ROLES for element in elements)
        headline = NO_HEADLINE._replace(message_count=count)
    return Parts(envelope, format_, None, headline), tuple(rows)


def write_document(parts: Parts, rows: Sequence[Message]) -> bytes:
    """Return the document.

    Raises:
        InvalidSession: a row of another format that is not JSON.
    """
    style = parts.envelope.style
    texts = []
    for number, message in enumerate(rows):
        path = f"$.{MESSAGES}[{number}]"
        try:
            text = message.raw.decode()
            if message.rule == "line":
                parse(text, path, depth=2)
                text = compact(text)
            texts.append((text if message.verbatim else expand(text, style, 2)).encode())
        except (UnicodeDecodeError, InvalidSession) as error:
            reason = f"the row is not JSON text: {getattr(error, 'reason', error)}"
            raise InvalidSession(reason, path) from None
    return parts.envelope.enclose(texts)


def find_headline(rows: Sequence[Message], otherwise: Headline) -> Headline:
    """Return the headline of the last user message of pawan's; `otherwise` without one."""
    for number in range(len(rows) - 1, -1, -1):
        message = rows[number]
        if message.rule == PAWAN and message.role == "user":
            return headline_of(message.text, otherwise.message_count)
    return otherwise


def _message(element: Element, envelope: Envelope, name: str) -> Message:
    text = compact(element.source)
    rule = rule_of(name, lines=False)
    if expand(text, envelope.style, 2) == element.source:
        return Message(text.encode(), rule=rule)
    return Message(element.source.encode(), verbatim=True, rule=rule)


def _role(value: object) -> object:
    return value.get("role") if isinstance(value, dict) else None
