"""The frame of a document: its members in order, without the messages, and how it is spaced.

A member's key and value are kept as written, the value compact. A `Style` says how they are
spaced; a member that is spaced otherwise has a `Pad` with its exact text, so every document
comes back byte for byte, and editing one member leaves the text of the others alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from store.document.json_scanner import Document, parse, write_value
from store.document.json_spacing import Style, compact, expand, guess_style
from store.document.pawan_schema import MESSAGES
from store.document.separators import Gaps
from store.errors import InvalidSession

HOLE = "[]"


class Pad(NamedTuple):
    """The exact text of an oddly spaced member: before its key, around the colon, its value."""

    before: str
    colon: str
    source: str


class Field(NamedTuple):
    """One member: its key, the key as written, the value compact."""

    key: str
    token: str
    value: str
    pad: Pad | None = None


class Frame(NamedTuple):
    """A document around its messages; the field `messages` holds `HOLE`.

    `start` precedes the outer brace; `close` is the text before the closing one, None as the
    style has it.
    """

    fields: tuple[Field, ...]
    style: Style = Style()
    start: str = ""
    close: str | None = None

    def find(self, key: str) -> Field | None:
        """Return the member called `key`."""
        return next((field for field in self.fields if field.key == key), None)

    def values(self) -> dict[str, object]:
        """Return the members' values in order, without the messages."""
        text = ",".join(f"{f.token}:{f.value}" for f in self.fields if f.key != MESSAGES)
        values = parse(f"{{{text}}}")
        return values if isinstance(values, dict) else {}

    def halves(self) -> tuple[str, str]:
        """Return the document up to and with the bracket before its messages, and the rest."""
        parts = [self.start, "{"]
        head = ""
        for place, field in enumerate(self.fields):
            pad = field.pad or usual_pad(field.value, place, self.style)
            parts += (pad.before, field.token, pad.colon)
            if field.key == MESSAGES:
                head = "".join([*parts, "["])
                parts = ["]"]
            else:
                parts.append(pad.source)
        parts += (self.style.line(0) if self.close is None else self.close, "}", self.style.end)
        return head, "".join(parts)

    def with_value(self, key: str, value: object) -> Frame:
        """Return the frame with one member set, in its place or as the last.

        Raises:
            InvalidSession: not a JSON value.
        """
        text = write_value(value)
        fields = list(self.fields)
        for place, field in enumerate(fields):
            if field.key == key:
                if _says(field, text):
                    return self
                pad = field.pad and field.pad._replace(source=expand(text, self.style, 1))
                fields[place] = field._replace(value=text, pad=pad)
                return self._replace(fields=tuple(fields))
        return self._replace(fields=(*fields, Field(key, write_value(key), text)))

    def without(self, keys: Iterable[str]) -> Frame:
        """Return the frame without these members."""
        gone = set(keys)
        kept = [field for field in self.fields if field.key not in gone]
        if kept and kept[0] != self.fields[0] and kept[0].pad:
            # What is first now has no comma before it.
            before = (self.fields[0].pad or usual_pad("", 0, self.style)).before
            kept[0] = kept[0]._replace(pad=kept[0].pad._replace(before=before))
        return self._replace(fields=tuple(kept))


def _says(field: Field, text: str) -> bool:
    """Tell whether a member has the value written as `text` already, be it spelt otherwise."""
    try:
        return field.value == text or write_value(parse(field.value)) == text
    except InvalidSession:  # a number too large for a float has no other spelling
        return False


def usual_pad(value: str, place: int, style: Style) -> Pad:
    """Return the text that the style gives the member at `place`."""
    before = style.line(1) if place == 0 else style.item + style.line(1)
    return Pad(before, style.key, expand(value, style, 1))


def row_gaps(style: Style) -> Gaps:
    """Return the text that the style puts between the elements of `messages`."""
    line = style.line(2)
    return Gaps(line, style.item + line, style.line(1))


def read_frame(document: Document) -> Frame:
    """Take the frame of a document that was cut into slices."""
    style = guess_style(document)
    fields = []
    for place, member in enumerate(document.members):
        value = compact(member.source)
        pad: Pad | None = Pad(member.before, member.colon, member.source)
        if pad == usual_pad(value, place, style):
            pad = None
        fields.append(Field(member.key, member.token, value, pad))
    close = None if document.close == style.line(0) else document.close
    return Frame(tuple(fields), style, document.start, close)


def new_frame(values: Iterable[tuple[str, object]]) -> Frame:
    """Make a frame in pawan's style; the value of `messages` is not looked at.

    Raises:
        InvalidSession: a value that JSON has no form for.
    """
    return Frame(
        tuple(
            Field(key, write_value(key), HOLE if key == MESSAGES else write_value(value))
            for key, value in values
        )
    )
