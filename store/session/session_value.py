"""SessionValue: what a session holds and shows, apart from how it is made and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Self

from store.document.headline import NO_HEADLINE, Headline
from store.document.row_format import PAWAN, Format
from store.session.message import Message, message_ids, verbatim_ranges
from store.session.session_codec import Parts, find_headline, write_document


class SessionValue:
    """The parts of a session, and its messages."""

    __slots__ = ("_header", "_origin", "_parts", "_rows")

    def __init__(self, parts: Parts, rows: Sequence[Message], origin: str | None = None) -> None:
        """Combine parts and messages that fit each other, without a check."""
        self._parts = parts
        self._rows = rows
        self._origin = origin
        self._header: Mapping[str, object] | None = None

    @property
    def id(self) -> str:
        """The id inside the document."""
        return self._text("id")

    @property
    def session_id(self) -> str:
        """The id inside the document, under the name that `CommitInfo` has for it."""
        return self.id

    @property
    def name(self) -> str:
        """The name that the session was loaded from, else its id."""
        return self.id if self._origin is None else self._origin

    @property
    def origin(self) -> str | None:
        """The name that the session was loaded from or saved to, else None."""
        return self._origin

    @property
    def model(self) -> str:
        """The model's name, or ""."""
        return self._text("model")

    @property
    def created_at(self) -> str:
        """The document's text, in no particular form."""
        return self._text("created_at")

    @property
    def updated_at(self) -> str:
        """The document's text, in no particular form."""
        return self._text("updated_at")

    @property
    def format(self) -> Format:
        """The format of the messages, or runs (name, count) of formats."""
        return self._parts.format

    @property
    def messages(self) -> Sequence[Message]:
        """All rows, read on demand. A slice from the start costs nothing."""
        return self._rows

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self._rows)

    @property
    def message_count(self) -> int:
        """The number of rows that are messages: all of pawan's, a given number in other formats."""
        return self.rows if self.format == PAWAN else self.headline.message_count

    @property
    def title(self) -> str:
        """The last prompt's first line, or ""."""
        return self.headline.title

    @property
    def prompt(self) -> str:
        """The first 80 characters of the last prompt, on one line: for `commit_message`."""
        return self.headline.prompt

    @property
    def headline(self) -> Headline:
        """Title, prompt and number of messages; reads messages where they are not known yet."""
        headline = self._parts.headline
        if headline is None:
            headline = find_headline(self._rows, NO_HEADLINE)._replace(message_count=self.rows)
            self._parts = self._parts._replace(headline=headline)
        return headline

    @property
    def header(self) -> Mapping[str, object]:
        """The document's other members in order, parsed. Read-only."""
        if self._header is None:
            self._header = MappingProxyType(self._parts.envelope.values())
        return self._header

    @property
    def parts(self) -> Parts:
        """Everything but the messages."""
        return self._parts

    def to_json(self) -> bytes:
        """Return the document; unedited, it is byte for byte the one that was read.

        Raises:
            InvalidSession: a row of another format that is not JSON.
        """
        return write_document(self._parts, self._rows)

    def to_bytes(self) -> bytes:
        """Return the file: the lines of a file of lines, else the document."""
        if self._parts.lines is None:
            return self.to_json()
        return self._parts.lines.join([message.raw for message in self._rows])

    def note_saved(self, name: str) -> None:
        """Note that the session is stored under a name, as if it had been loaded from there."""
        if self._origin is None:
            self._origin = name

    def _text(self, key: str) -> str:
        value = self.header.get(key)
        return value if isinstance(value, str) else ""

    def __eq__(self, other: object) -> bool:
        """Compare the files and their headlines, not the names."""
        if not isinstance(other, SessionValue):
            return NotImplemented
        if self._rows is not other._rows and (
            message_ids(self._rows) != message_ids(other._rows)
            or verbatim_ranges(self._rows) != verbatim_ranges(other._rows)
        ):
            return False
        mine, theirs = self._parts, other._parts
        return mine[:-1] == theirs[:-1] and self.headline == other.headline

    def __hash__(self) -> int:
        return hash((self.id, self.rows))

    def __reduce__(self) -> tuple[object, ...]:
        """Support pickle: the messages are read and go along."""
        rows = tuple(self._rows)
        return type(self), (self._parts, rows, self._origin)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __repr__(self) -> str:
        name = f" as {self._origin!r}" if self._origin not in (None, self.id) else ""
        return f"Session({self.id!r}{name}, {self.rows} rows)"
