"""`session.json` of the native layout: a session without its messages, as stored in git.

It is the source document with `"messages": <count>` in place of the array, always indented by
two spaces, and with a last member of our own:

    "wajutsu": {
      "title", "prompt"     of the last prompt; prompt only where the title does not imply it
      "message_count"       for formats in which not every row is a message
      "style", "start", "close", "pads", "gaps", "verbatim"    the spacing of the source
      "lines"               the text between the lines, if the source was a file of lines
    }

Values equal to pawan's own style are left out, so a pawan session keeps only the title. A
member of the source that is called `wajutsu`, `wajutsu_`, ... is stored with one more `_`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from store.document.envelope import EMPTY_LIST, Envelope, ExactText, Field, row_separators
from store.document.headline import PROMPT_LENGTH, Headline, one_line
from store.document.json_scanner import Document, scan_document, write_value
from store.document.json_spacing import Style, compact, expand
from store.document.pawan_schema import MESSAGES
from store.document.row_format import FIELD, PAWAN, read_format
from store.document.separators import LINES, Separators
from store.errors import CorruptObject, InvalidSession
from store.session.message import join_ranges
from store.session.session_codec import Parts

OWN = "wajutsu"

_STORED = Style(end="\n")
_OWN_KEY = re.compile("wajutsu_*")
_ESCAPED_KEY = re.compile("wajutsu_+")

Ranges = tuple[tuple[int, int], ...]


class NativeDocument(NamedTuple):
    """The content of `session.json`: the parts, the number of rows, and the verbatim ones."""

    parts: Parts
    rows: int
    verbatim: Ranges


def encode_session(parts: Parts, headline: Headline, rows: int, verbatim: Ranges) -> bytes:
    """Return the bytes of `session.json`."""
    members = []
    for field in parts.envelope.fields:
        token = field.token
        if _OWN_KEY.fullmatch(field.key):
            token = f'{token[:-1]}_"'
        value = str(rows) if field.key == MESSAGES else expand(field.value, _STORED, 1)
        members.append(f"{token}{_STORED.key}{value}")
    own = expand(write_value(_own(parts, headline, verbatim)), _STORED, 1)
    members.append(f'"{OWN}"{_STORED.key}{own}')
    line = _STORED.line(1)
    text = (_STORED.item + line).join(members)
    return f"{{{line}{text}{_STORED.line(0)}}}{_STORED.end}".encode()


def decode_session(data: bytes, blob: str) -> NativeDocument | Document:
    """Read `session.json`; a `Document` is a whole one, of the single-file layout.

    Raises:
        InvalidSession: not a JSON object, or without messages.
        CorruptObject: our own member contradicts the document; `blob` is the id to name.
    """
    document = scan_document(data, MESSAGES)
    if document.elements is not None:
        return document
    own: Mapping[str, Any] = {}
    fields = []
    rows = None
    for member in document.members:
        if member.key == OWN:
            own = member.value if isinstance(member.value, dict) else {}
        elif member.key == MESSAGES:
            if type(member.value) is int and 0 <= member.value < 1 << 40:
                rows = member.value
            fields.append(Field(member.key, member.token, EMPTY_LIST))
        elif _ESCAPED_KEY.fullmatch(member.key):
            token = f'{member.token[:-2]}"'
            fields.append(Field(member.key[:-1], token, compact(member.source)))
        else:
            fields.append(Field(member.key, member.token, compact(member.source)))
    if rows is None:
        there = any(field.key == MESSAGES for field in fields)
        raise InvalidSession("must be a list" if there else "is missing", f"$.{MESSAGES}")
    try:
        return _with_own(tuple(fields), document, own, rows)
    except (TypeError, ValueError, KeyError, AttributeError, InvalidSession):
        raise CorruptObject(blob, f'"{OWN}" in session.json is malformed') from None


def read_headline(own: object, rows: int, all_messages: bool) -> Headline:
    """Return title, prompt and number of messages from the member `wajutsu`."""
    known = own if isinstance(own, dict) else {}
    title = known.get("title")
    title = title if isinstance(title, str) else ""
    prompt = known.get("prompt")
    count = known.get("message_count")
    return Headline(
        title,
        prompt if isinstance(prompt, str) else one_line(title, PROMPT_LENGTH),
        count if type(count) is int and not all_messages else rows,
    )


def _own(parts: Parts, headline: Headline, verbatim: Ranges) -> dict[str, object]:
    own: dict[str, object] = {"title": headline.title}
    if headline.prompt != one_line(headline.title, PROMPT_LENGTH):
        own["prompt"] = headline.prompt
    if parts.format != PAWAN:
        own["message_count"] = headline.message_count
    envelope = parts.envelope
    pads = {str(n): list(f.exact) for n, f in enumerate(envelope.fields) if f.exact is not None}
    spacing: dict[str, object] = {
        "style": _changed(envelope.style, Style()),
        "start": envelope.start,
        "pads": pads,
        "gaps": _write_separators(envelope.separators, row_separators(envelope.style)),
        "verbatim": [list(pair) for pair in verbatim],
    }
    own.update((name, value) for name, value in spacing.items() if value)
    if envelope.close is not None:
        own["close"] = envelope.close
    if parts.lines is not None:
        own["lines"] = _write_separators(parts.lines, LINES)
    return own


def _with_own(
    fields: tuple[Field, ...], document: Document, own: Mapping[str, Any], rows: int
) -> NativeDocument:
    values = {member.key: member.value for member in document.members}
    format_ = read_format(values.get(FIELD))
    style = Style()._replace(**own.get("style", {}))
    _need(*style[1:], style.indent or "")
    padded = list(fields)
    for number, texts in own.get("pads", {}).items():
        exact = ExactText(*texts)
        place = int(number)
        _need(*exact)
        if place < 0 or compact(exact.source) != fields[place].value:
            raise ValueError(number)
        padded[place] = fields[place]._replace(exact=exact)
    start, close = own.get("start", ""), own.get("close")
    _need(start, close or "")
    separators = _read_separators(own.get("gaps", {}), row_separators(style))
    envelope = Envelope(tuple(padded), style, separators, start, close)
    verbatim = join_ranges((int(first), int(stop)) for first, stop in own.get("verbatim", []))
    lines = own.get("lines")
    parts = Parts(
        envelope,
        format_,
        None if lines is None else _read_separators(lines, LINES),
        read_headline(own, rows, all_messages=format_ == PAWAN),
    )
    return NativeDocument(parts, rows, verbatim)


def _write_separators(separators: Separators, usual: Separators) -> dict[str, object]:
    said = _changed(separators._replace(odd=()), usual)
    if separators.odd:
        said["odd"] = {str(row): text for row, text in separators.odd}
    return said


def _changed(value: Style | Separators, usual: Style | Separators) -> dict[str, object]:
    """Return the fields that differ from the usual ones."""
    return {key: item for key, item in value._asdict().items() if item != getattr(usual, key)}


def _read_separators(said: Mapping[str, Any], usual: Separators) -> Separators:
    odd = tuple((int(row), text) for row, text in said.get("odd", {}).items())
    separators = usual._replace(**{**said, "odd": odd})
    _need(*separators[:-1], *(text for _, text in odd))
    return separators


def _need(*texts: object) -> None:
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(text)
