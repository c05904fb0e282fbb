"""The envelope of a document: everything in its file but the messages themselves.

An envelope holds the members in order and the text between the messages. Keys are kept as
written, values compact. A `Style` says how they are spaced; a member that is spaced
differently has an `ExactText`. So every document comes back byte for byte, and editing one
member leaves the text of the others alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from store.document.json_scanner import Document, parse, write_value
from store.document.json_spacing import Style, compact, expand, guess_style
from store.document.pawan_schema import MESSAGES
from store.document.separators import Separators, measure
from store.errors import InvalidSession

EMPTY_LIST = "[]"


class ExactText(NamedTuple):
    """The text of a member that its style does not give: before the key, colon and value."""

    before: str
    colon: str
    source: str


class Field(NamedTuple):
    """One member: its key, the key as written, the value compact."""

    key: str
    token: str
    value: str
    exact: ExactText | None = None


def row_separators(style: Style) -> Separators:
    """Return the text that the style puts between the elements of `messages`."""
    line = style.line(2)
    return Separators(line, style.item + line, style.line(1))


class Envelope(NamedTuple):
    """A document without its messages; the field `messages` holds `EMPTY_LIST`.

    `start` precedes the outer brace; `close` is the text before the closing one, None where
    it is the style's. `separators` is the text between the messages.
    """

    fields: tuple[Field, ...]
    style: Style = Style()
    separators: Separators = row_separators(Style())
    start: str = ""
    close: str | None = None

    def values(self) -> dict[str, object]:
        """Return the members' values in order, without the messages."""
        text = ",".join(f"{f.token}:{f.value}" for f in self.fields if f.key != MESSAGES)
        values = parse(f"{{{text}}}")
        return values if isinstance(values, dict) else {}

    def enclose(self, messages: Sequence[bytes]) -> bytes:
        """Return the document with these messages, which are spaced already."""
        parts = [self.start, "{"]
        head = ""
        for place, field in enumerate(self.fields):
            exact = field.exact or styled_text(field.value, place, self.style)
            parts += (exact.before, field.token, exact.colon)
            if field.key == MESSAGES:
                head = "".join([*parts, "["])
                parts = ["]"]
            else:
                parts.append(exact.source)
        parts += (self.style.line(0) if self.close is None else self.close, "}", self.style.end)
        return head.encode() + self.separators.join(messages) + "".join(parts).encode()

    def with_values(self, values: Mapping[str, object]) -> Envelope:
        """Return the envelope with members set, in their places or at the end.

        Raises:
            InvalidSession: a value or a key is not one of JSON.
        """
        texts = {key: write_value(value) for key, value in values.items()}
        fields = []
        for field in self.fields:
            text = texts.pop(field.key, None)
            if text is not None and not _has_value(field, text):
                exact = field.exact and field.exact._replace(source=expand(text, self.style, 1))
                field = field._replace(value=text, exact=exact)  # noqa: PLW2901
            fields.append(field)
        fields += [Field(key, write_value(key), text) for key, text in texts.items()]
        return self._replace(fields=tuple(fields))

    def without(self, keys: Iterable[str]) -> Envelope:
        """Return the envelope without these members."""
        gone = set(keys)
        kept = [field for field in self.fields if field.key not in gone]
        if kept and kept[0] != self.fields[0] and kept[0].exact:
            # The member that is first now has no comma before it.
            before = (self.fields[0].exact or styled_text("", 0, self.style)).before
            kept[0] = kept[0]._replace(exact=kept[0].exact._replace(before=before))
        return self._replace(fields=tuple(kept))

    def fitted(self, rows: int) -> Envelope:
        """Return the envelope after the messages were cut or extended to `rows`."""
        return self._replace(separators=self.separators.fitted(rows))


def _has_value(field: Field, text: str) -> bool:
    """Tell whether a member already has the value written as `text`, in any spelling."""
    try:
        return field.value == text or write_value(parse(field.value)) == text
    except InvalidSession:  # a number too large for a float has no other spelling
        return False


def styled_text(value: str, place: int, style: Style) -> ExactText:
    """Return the text that the style gives the member at `place`."""
    before = style.line(1) if place == 0 else style.item + style.line(1)
    return ExactText(before, style.key, expand(value, style, 1))


def read_envelope(document: Document) -> Envelope:
    """Return the envelope of a document that was cut into slices."""
    style = guess_style(document)
    fields = []
    for place, member in enumerate(document.members):
        value = compact(member.source)
        exact: ExactText | None = ExactText(member.before, member.colon, member.source)
        if exact == styled_text(value, place, style):
            exact = None
        fields.append(Field(member.key, member.token, value, exact))
    between = [*(element.before for element in document.elements or ()), document.inner]
    separators = measure(between, row_separators(style))
    close = None if document.close == style.line(0) else document.close
    return Envelope(tuple(fields), style, separators, document.start, close)


def new_envelope(values: Iterable[tuple[str, object]]) -> Envelope:
    """Return an envelope in pawan's style; the value given for `messages` is ignored.

    Raises:
        InvalidSession: a value that JSON has no form for.
    """
    return Envelope(
        tuple(
            Field(key, write_value(key), EMPTY_LIST if key == MESSAGES else write_value(value))
            for key, value in values
        )
    )
