"""A session: one conversation as an immutable value, whatever file it came from.

A session is an envelope (the document's members in order, as written) and its messages.
Nothing is normalised: an unedited session gives back its file byte for byte, and an edited
one differs only where it was edited. `store/tree_layout/` stores it in git.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from store.document.envelope import new_envelope
from store.document.headline import (
    NO_HEADLINE,
    PROMPT_LENGTH,
    Headline,
    one_line,
)
from store.document.json_scanner import Document, scan_document
from store.document.pawan_schema import DEFAULTS, MESSAGES, check_header
from store.document.row_format import (
    FIELD,
    PAWAN,
    Format,
    fit_format,
    format_of,
    format_value,
    names_by_row,
    runs_of,
)
from store.document.separators import LINES, Separators
from store.errors import InvalidSession
from store.session.message import (
    LazyMessages,
    Message,
    check,
    message_ids,
    messages_of,
    replace,
    rule_of,
    verbatim_ranges,
)
from store.session.session_codec import Parts, find_headline, read_parts, write_document


class Session:
    """A conversation. Immutable; equal to another when both are the same file.

    Create one with `from_json`, `from_lines`, `new` or by loading.
    """

    __slots__ = ("_header", "_origin", "_parts", "_rows")

    def __init__(self, parts: Parts, rows: Sequence[Message], origin: str | None = None) -> None:
        """Combine parts and messages that fit each other, without a check."""
        self._parts = parts
        self._rows = rows
        self._origin = origin
        self._header: Mapping[str, object] | None = None

    @classmethod
    def from_json(cls, data: bytes | str) -> Session:
        """Read a session document, as pawan does or more strictly.

        Raises:
            InvalidSession: with the JSON path, or line and column, of the fault.
        """
        return cls.from_document(scan_document(data, MESSAGES))

    @classmethod
    def from_document(cls, document: Document) -> Session:
        """Read a document that was scanned with `messages` as its array.

        Raises:
            InvalidSession: with the JSON path.
        """
        return cls(*read_parts(document))

    @classmethod
    def from_lines(  # noqa: PLR0913 - one for each fact of a file
        cls,
        rows: Iterable[bytes | Message],
        *,
        id: str,  # noqa: A002 - the document's word
        format: str,  # noqa: A002 - the document's word
        model: str = "",
        title: str = "",
        message_count: int | None = None,
        created_at: str = "",
        updated_at: str = "",
        separators: Separators = LINES,
        fields: Mapping[str, object] | None = None,
    ) -> Session:
        """Make a session of another agent's rows: lines without their newline.

        `rows` of a `LazyMessages` stay lazy where all of them are checked rows. `separators` is
        the text between them (`measure_lines` returns it); rows of documents may have several
        lines. `fields` are further members of the document. `message_count` defaults to the
        number of rows.

        Raises:
            InvalidSession: a row that is not one line, or a field that JSON has no form for.
        """
        if format == PAWAN:
            raise InvalidSession("pawan's sessions are documents, not lines", f"$.{FIELD}")
        times = (("created_at", created_at), ("updated_at", updated_at))
        members = [("id", id), ("model", model), *times, (MESSAGES, None), (FIELD, format)]
        envelope = new_envelope(members)
        for key in fields or {}:
            _refuse_reserved(key)
        envelope = envelope.with_values(fields or {})
        if isinstance(rows, LazyMessages) and rows.fits(format, lines=True):
            checked: Sequence[Message] = rows
        else:
            made, style = enumerate(messages_of(rows)), envelope.style
            checked = tuple(check(row, n, format, separators, style) for n, row in made)
        count = len(checked) if message_count is None else message_count
        headline = Headline(one_line(title), one_line(title, PROMPT_LENGTH), count)
        parts = Parts(envelope, format, separators.fitted(len(checked)), headline)
        return cls(parts, checked)

    @classmethod
    def new(
        cls,
        id: str,  # noqa: A002 - the document's word
        *,
        model: str,
        messages: Iterable[object] = (),
        created_at: str,
        updated_at: str | None = None,
    ) -> Session:
        """Make a pawan session with every other field at its default.

        `messages` are `Message`s, raw bytes or JSON values; `updated_at` defaults to
        `created_at`.

        Raises:
            InvalidSession: with the JSON path.
        """
        updated = created_at if updated_at is None else updated_at
        times = (("created_at", created_at), ("updated_at", updated))
        envelope = new_envelope([("id", id), ("model", model), *times, (MESSAGES, None), *DEFAULTS])
        check_header(envelope.values())
        return cls(Parts(envelope, PAWAN), ()).appended(messages)

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

    def with_name(self, name: str) -> Session:
        """Return the session as loaded from, or saved to, another name."""
        return Session(self._parts, self._rows, name)

    def note_saved(self, name: str) -> None:
        """Note that the session is stored under a name, as if it had been loaded from there."""
        if self._origin is None:
            self._origin = name

    def with_id(self, id: str) -> Session:  # noqa: A002 - the document's word
        """Return the session under another id, and so another name."""
        return Session(self.with_header(id=id).parts, self._rows)

    def with_header(
        self,
        fields: Mapping[str, object] | None = None,
        /,
        *,
        remove: Iterable[str] = (),
        **named: object,
    ) -> Session:
        """Return the session with members set, in place or at the end, and others removed.

        Members that have the value already are left as they are written.

        Raises:
            InvalidSession: the result breaks pawan's rules, or a key is about the messages.
        """
        envelope = self._parts.envelope
        remove = tuple(remove)
        changes = {**(fields or {}), **named}
        for key in (*changes, *remove):
            _refuse_reserved(key)
        envelope = envelope.with_values(changes).without(remove)
        check_header(envelope.values(), opaque=self.format != PAWAN)
        return Session(self._parts._replace(envelope=envelope), self._rows, self._origin)

    def with_headline(
        self, *, title: str | None = None, message_count: int | None = None
    ) -> Session:
        """Return the session with another title, or number of messages (ignored for pawan)."""
        if title is None and message_count is None:
            return self
        headline = self.headline
        if title is not None:
            prompt = headline.prompt if self.format == PAWAN else one_line(title, PROMPT_LENGTH)
            headline = headline._replace(title=one_line(title), prompt=prompt)
        if message_count is not None and self.format != PAWAN:
            headline = headline._replace(message_count=message_count)
        return Session(self._parts._replace(headline=headline), self._rows, self._origin)

    def with_messages(
        self,
        messages: Iterable[object],
        *,
        format: Format | None = None,  # noqa: A002 - the document's word
        title: str | None = None,
        message_count: int | None = None,
    ) -> Session:
        """Return the session with other messages: `Message`s, raw bytes or JSON values.

        In formats other than pawan's the title stays, and the number of messages changes by
        the number of rows, unless they are given. `format` defaults to the present one, its
        last run cut or extended.

        Raises:
            InvalidSession: a message that its format does not allow; with the JSON path.
        """
        lines = self._parts.lines
        style = self._parts.envelope.style
        whole = format or self.format
        rows: Sequence[Message]
        if isinstance(messages, LazyMessages) and messages.fits(whole, lines is not None):
            rows = messages
        else:
            made = messages_of(messages)
            whole = fit_format(whole, len(made))
            names = names_by_row(whole, len(made))
            known = self._rows if format in (None, self.format) else ()
            rows = replace(known, made, names, lines, style)
        headline = None
        if whole != PAWAN:
            count = self.message_count + len(rows) - self.rows
            headline = self.headline._replace(message_count=min(max(count, 0), len(rows)))
        changed = self._with_rows(rows, whole, headline)
        return changed.with_headline(title=title, message_count=message_count)

    def appended(
        self,
        messages: Iterable[object],
        *,
        format: str | None = None,  # noqa: A002 - the document's word
        title: str | None = None,
        message_count: int | None = None,
    ) -> Session:
        """Return the session with messages added; the cost depends on these alone.

        Arguments and errors are those of `with_messages`; `format` is the new messages'.
        """
        lines = self._parts.lines
        name = format or runs_of(self.format, self.rows)[-1][0]
        tail = tuple(
            check(message, self.rows + place, name, lines, self._parts.envelope.style)
            for place, message in enumerate(messages_of(messages))
        )
        rows: Sequence[Message]
        if isinstance(self._rows, LazyMessages):
            rows = self._rows.plus(tail, rule_of(name, lines is not None))
        else:
            rows = (*self._rows, *tail)
        whole = format_of([*runs_of(self.format, self.rows), (name, len(tail))], name)
        headline = find_headline(tail, self.headline) if name == PAWAN else self.headline
        headline = headline._replace(message_count=headline.message_count + len(tail))
        longer = self._with_rows(rows, whole, headline)
        return longer.with_headline(title=title, message_count=message_count)

    def _with_rows(
        self, rows: Sequence[Message], whole: Format, headline: Headline | None
    ) -> Session:
        envelope = self._parts.envelope
        if whole != self.format:
            envelope = envelope.with_values({FIELD: format_value(whole)})
        lines = self._parts.lines
        parts = Parts(
            envelope.fitted(len(rows)), whole, lines and lines.fitted(len(rows)), headline
        )
        return Session(parts, rows, self._origin)

    def _text(self, key: str) -> str:
        value = self.header.get(key)
        return value if isinstance(value, str) else ""

    def __eq__(self, other: object) -> bool:
        """Compare the files and their headlines, not the names."""
        if not isinstance(other, Session):
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

    def __repr__(self) -> str:
        return f"Session({self.id!r}, {self.rows} rows)"


def _refuse_reserved(key: str) -> None:
    if key in (MESSAGES, FIELD):
        raise InvalidSession("can only be changed together with the messages", f"$.{key}")
