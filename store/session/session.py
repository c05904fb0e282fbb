"""Session: a conversation as a value, lossless whatever file it came from.

A session is a frame (the document's members in order, as written), its messages, and the text
between them. Nothing is normalised: an unedited session gives back its file byte for byte, and
an edited one differs only where it was edited. `layout` says how it lies in git.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from store.document.envelope import new_frame, row_gaps
from store.document.headline import (
    NO_HEADLINE,
    PROMPT_LENGTH,
    Headline,
    commit_message,
    one_line,
)
from store.document.json_scanner import Document, scan_document
from store.document.pawan_schema import DEFAULTS, MESSAGES, check_header, check_opaque_header
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
from store.document.separators import LINES, Gaps
from store.errors import InvalidSession
from store.session.message import (
    LazyMessages,
    Message,
    check,
    message_ids,
    replace,
    rule_of,
    verbatim_ranges,
)
from store.session.session_codec import Parts, find_headline, read_parts, write_document

__all__ = ["Message", "Parts", "Session", "commit_message"]


class Session:
    """A conversation. Immutable; equal to another when both are the same file.

    Made by `from_json`, `from_lines`, `new` or by loading.
    """

    __slots__ = ("_header", "_origin", "_parts", "_rows")

    def __init__(self, parts: Parts, rows: Sequence[Message], origin: str | None = None) -> None:
        """Join parts and messages that fit each other; nothing is checked."""
        self._parts = parts
        self._rows = rows
        self._origin = origin
        self._header: Mapping[str, object] | None = None

    @classmethod
    def from_json(cls, data: bytes | str) -> Session:
        """Read a session document, as pawan does or more strictly.

        Raises:
            InvalidSession: where (a JSON path, or line and column) and why it is none.
        """
        return cls.from_document(scan_document(data, MESSAGES))

    @classmethod
    def from_document(cls, document: Document) -> Session:
        """Read a document that was scanned with its `messages` taken apart.

        Raises:
            InvalidSession: with the JSON path.
        """
        return cls(*read_parts(document))

    @classmethod
    def from_lines(  # noqa: PLR0913 - one for each fact of a file
        cls,
        rows: Iterable[bytes],
        *,
        id: str,  # noqa: A002 - the document's word
        format: str,  # noqa: A002 - the document's word
        model: str = "",
        title: str = "",
        message_count: int | None = None,
        created_at: str = "",
        updated_at: str = "",
        gaps: Gaps = LINES,
        fields: Mapping[str, object] | None = None,
    ) -> Session:
        """Make a session of another agent's rows: lines without their newline.

        `gaps` is what stood between them (`gaps.split_lines`, `gaps.measure_lines`), `fields`
        further members of the document. `message_count` defaults to the number of rows.

        Raises:
            InvalidSession: a row that is no line, or a field that JSON has no form for.
        """
        if format == PAWAN:
            raise InvalidSession("pawan's sessions are documents, not lines", f"$.{FIELD}")
        times = (("created_at", created_at), ("updated_at", updated_at))
        frame = new_frame([("id", id), ("model", model), *times, (MESSAGES, None), (FIELD, format)])
        for key, value in (fields or {}).items():
            _refuse_reserved(key)
            frame = frame.with_value(key, value)
        checked = tuple(
            check(Message(row), number, format, lines=True, style=frame.style)
            for number, row in enumerate(rows)
        )
        count = len(checked) if message_count is None else message_count
        headline = Headline(one_line(title), one_line(title, PROMPT_LENGTH), count)
        parts = Parts(frame, format, row_gaps(frame.style), gaps.fitted(len(checked)), headline)
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
        frame = new_frame([("id", id), ("model", model), *times, (MESSAGES, None), *DEFAULTS])
        check_header(frame.values())
        return cls(Parts(frame, PAWAN, row_gaps(frame.style)), ()).appended(messages)

    @property
    def id(self) -> str:
        """The id inside the document."""
        return self._text("id")

    @property
    def session_id(self) -> str:
        """The id inside the document, as a commit's facts call it."""
        return self.id

    @property
    def name(self) -> str:
        """The name that it was loaded from, else its id."""
        return self.id if self._origin is None else self._origin

    @property
    def origin(self) -> str | None:
        """The name that it was loaded from or saved to; None for one made otherwise."""
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
        """How many rows there are."""
        return len(self._rows)

    @property
    def message_count(self) -> int:
        """How many of the rows are messages: all of pawan's, as told for other formats."""
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
        """Title, prompt and number of messages; found by reading where nobody told them."""
        headline = self._parts.headline
        if headline is None:
            headline = find_headline(self._rows, NO_HEADLINE)._replace(message_count=self.rows)
            self._parts = self._parts._replace(headline=headline)
        return headline

    @property
    def header(self) -> Mapping[str, object]:
        """The document's other members in order, parsed. Read-only."""
        if self._header is None:
            self._header = MappingProxyType(self._parts.frame.values())
        return self._header

    @property
    def parts(self) -> Parts:
        """Everything but the messages, for `layout`."""
        return self._parts

    def to_json(self) -> bytes:
        """Return the document, byte for byte as it came in where nothing was edited.

        Raises:
            InvalidSession: a row of another format that is no JSON.
        """
        return write_document(self._parts, self._rows)

    def to_bytes(self) -> bytes:
        """Return the file as it came in: the lines of a file of lines, else the document."""
        if self._parts.lines is None:
            return self.to_json()
        return self._parts.lines.join([message.raw for message in self._rows])

    def with_name(self, name: str) -> Session:
        """Return the session as loaded from, or saved to, another name."""
        return Session(self._parts, self._rows, name)

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
            InvalidSession: what results breaks pawan's rules, or touches the messages.
        """
        frame = self._parts.frame
        remove = tuple(remove)
        changes = {**(fields or {}), **named}
        for key in (*changes, *remove):
            _refuse_reserved(key)
        for key, value in changes.items():
            frame = frame.with_value(key, value)
        frame = frame.without(remove)
        (check_header if self.format == PAWAN else check_opaque_header)(frame.values())
        return Session(self._parts._replace(frame=frame), self._rows, self._origin)

    def with_headline(
        self, *, title: str | None = None, message_count: int | None = None
    ) -> Session:
        """Return the session under another title, or number of messages (not for pawan's)."""
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

        Of formats that are not pawan's the title stays, and the number of messages changes
        by the number of rows, unless they are given. `format` defaults to the present one,
        its last run cut or grown.

        Raises:
            InvalidSession: with the JSON path, a message that its format does not allow.
        """
        lines = self._parts.lines is not None
        style = self._parts.frame.style
        whole = format or self.format
        rows: Sequence[Message]
        if isinstance(messages, LazyMessages) and messages.agree(whole, lines):
            rows = messages
        else:
            made = [Message.of(item) for item in messages]
            whole = fit_format(whole, len(made))
            names = names_by_row(whole, len(made))
            known = self._rows if format in (None, self.format) else ()
            rows = replace(known, made, names, lines, style)
        headline = None
        if whole != PAWAN:
            count = self.message_count + len(rows) - self.rows
            headline = self.headline._replace(message_count=min(max(count, 0), len(rows)))
        return self._with_rows(rows, whole, headline, title, message_count)

    def appended(
        self,
        messages: Iterable[object],
        *,
        format: str | None = None,  # noqa: A002 - the document's word
        title: str | None = None,
        message_count: int | None = None,
    ) -> Session:
        """Return the session with messages added, in time that depends on these alone.

        Arguments and errors as `with_messages`; `format` is that of the new messages.
        """
        lines = self._parts.lines is not None
        name = format or runs_of(self.format, self.rows)[-1][0]
        tail = tuple(
            check(Message.of(item), self.rows + place, name, lines, self._parts.frame.style)
            for place, item in enumerate(messages)
        )
        rows: Sequence[Message]
        if isinstance(self._rows, LazyMessages):
            rows = self._rows.plus(tail, rule_of(name, lines))
        else:
            rows = (*self._rows, *tail)
        whole = format_of([*runs_of(self.format, self.rows), (name, len(tail))], name)
        headline = find_headline(tail, self.headline) if name == PAWAN else self.headline
        headline = headline._replace(message_count=headline.message_count + len(tail))
        return self._with_rows(rows, whole, headline, title, message_count)

    def _with_rows(
        self,
        rows: Sequence[Message],
        whole: Format,
        headline: Headline | None,
        title: str | None,
        message_count: int | None,
    ) -> Session:
        parts = self._parts
        frame = parts.frame
        if whole != self.format:
            frame = frame.with_value(FIELD, format_value(whole))
        lines = None if parts.lines is None else parts.lines.fitted(len(rows))
        parts = Parts(frame, whole, parts.gaps.fitted(len(rows)), lines, headline)
        made = Session(parts, rows, self._origin)
        if title is None and message_count is None:
            return made
        return made.with_headline(title=title, message_count=message_count)

    def _text(self, key: str) -> str:
        value = self.header.get(key)
        return value if isinstance(value, str) else ""

    def __eq__(self, other: object) -> bool:
        """Compare content: the file, and what is told about it; not the name."""
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
        """Hash what is cheap to have."""
        return hash((self.id, self.rows))

    def __repr__(self) -> str:
        """Show id and size."""
        return f"Session({self.id!r}, {self.rows} rows)"


def _refuse_reserved(key: str) -> None:
    if key in (MESSAGES, FIELD):
        raise InvalidSession("is changed together with the messages only", f"$.{key}")
