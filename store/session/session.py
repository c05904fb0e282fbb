"""A session: one conversation as an immutable value, whatever file it came from.

A session is an envelope (the document's members in order, as written) and its messages.
Nothing is normalised: an unedited session gives back its file byte for byte, and an edited
one differs only where it was edited. `store/tree_layout/` stores it in git.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from store.document.headline import (
    PROMPT_LENGTH,
    Headline,
    one_line,
)
from store.document.json_scanner import Document, scan_document
from store.document.pawan_schema import MESSAGES, check_header
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
from store.session.message import (
    LazyMessages,
    Message,
    check,
    messages_of,
    replace,
    rule_of,
)
from store.session.new_session import (
    checked_time,
    dict_rows,
    facts_of_rows,
    line_parts,
    new_parts,
    refuse_reserved,
)
from store.session.session_codec import Parts, find_headline, read_parts
from store.session.session_value import SessionValue


class Session(SessionValue):
    """A conversation. Immutable; equal to another when both are the same file.

    Create one with `of`, `from_json`, `from_lines`, `new` or by loading.
    """

    __slots__ = ()

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
        header = {"id": id, "model": model, "created_at": created_at, "updated_at": updated_at}
        return cls(
            *line_parts(rows, header, format, title, message_count, separators, fields or {})
        )

    @classmethod
    def of(  # noqa: PLR0913 - one for each fact of a conversation
        cls,
        messages: Iterable[Mapping[str, object] | bytes | Message],
        *,
        id: str,  # noqa: A002 - the document's word
        format: str = "openai-chat",  # noqa: A002 - the document's word
        model: str = "",
        title: str | None = None,
        created_at: str | None = None,
        fields: Mapping[str, object] | None = None,
    ) -> Session:
        """Make a session of a plain list of dicts, which are kept as they are.

        `format` names what the dicts are; `wj formats` lists the names that commands know. The
        title is the last prompt's unless it is given. `created_at` is the present time unless
        it is given as in 2026-01-05T10:00:00Z. `fields` are further members of the header.

        Raises:
            InvalidSession: an item that is no dict, or that JSON has no form for; a wrong time.
        """
        rows, created = dict_rows(messages), checked_time(created_at)
        if format == PAWAN:
            made = cls.new(id, model=model, messages=rows, created_at=created)
            return made.with_headline(title=title).with_header(fields)
        said, count = facts_of_rows(rows)
        header = {"id": id, "model": model, "created_at": created, "updated_at": created}
        title = said if title is None else title
        return cls(*line_parts(rows, header, format, title, count, LINES, fields or {}))

    @classmethod
    def new(
        cls,
        id: str,  # noqa: A002 - the document's word
        *,
        model: str = "",
        messages: Iterable[object] = (),
        created_at: str | None = None,
        updated_at: str | None = None,
    ) -> Session:
        """Make a pawan session with every other field at its default.

        `messages` are `Message`s, raw bytes or JSON values. `created_at` is the present time
        unless it is given, in any form; `updated_at` defaults to it.

        Raises:
            InvalidSession: with the JSON path.
        """
        return cls(new_parts(id, model, created_at, updated_at), ()).appended(messages)

    def with_name(self, name: str) -> Session:
        """Return the session as loaded from, or saved to, another name."""
        return Session(self._parts, self._rows, name)

    def with_id(self, id: str) -> Session:  # noqa: A002 - the document's word
        """Return the session under another id, and so another name."""
        return Session(self.with_header(id=id).parts, self._rows)

    def forked(self, name: str) -> Session:
        """Return the session under a new id, with the members that say what it was forked from."""
        depth, root = self.header.get("branch_depth"), self.header.get("root_id")
        return self.with_id(name).with_header(
            parent_id=self.id,
            root_id=root if isinstance(root, str) and root else self.id,
            branch_label=name,
            branch_depth=(depth if isinstance(depth, int) else 0) + 1,
        )

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
            refuse_reserved(key)
        envelope = envelope.with_values(changes).without(remove)
        values = envelope.values()
        check_header(values, opaque=self.format != PAWAN)
        made = Session(self._parts._replace(envelope=envelope), self._rows, self._origin)
        made._header = MappingProxyType(values)
        return made

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
        return self._like(self._parts._replace(headline=headline), self._rows)

    def with_stored(self, rows: Sequence[Message]) -> Session:
        """Return the session with the same messages as they are stored by now."""
        return self._like(self._parts, rows)

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
        return self._like(parts, rows)

    def _like(self, parts: Parts, rows: Sequence[Message]) -> Session:
        made = Session(parts, rows, self._origin)
        if parts.envelope.fields is self._parts.envelope.fields:
            made._header = self._header
        return made
