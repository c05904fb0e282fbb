"""Read JSON documents whose messages are rows, from a format's own rules for one message.

A document holds one conversation, or a list of them. A row is the exact text of a message; the
text around the rows is the transcript's `separators`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from porcelain.transcript.errors import NoMessages
from porcelain.transcript.identity import KeyChain, RowIdentity, spans, with_ids
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object, read_object
from porcelain.transcript.reading.json_parts import (
    Part,
    Step,
    listed_values,
    nested_parts,
    part_at,
    parts,
    separators,
    text_of,
    whole_value,
)
from porcelain.transcript.reading.line_file import file_stem
from porcelain.transcript.reading.split_list import Element, split_lines, split_list
from porcelain.transcript.row import (
    DAMAGED,
    NO_FACTS,
    AgentFacts,
    FilePart,
    Row,
    Transcript,
    Turn,
    linear,
)
from store.errors import InvalidSession

TurnsOf = Callable[[Sequence[Row], str | None], tuple[Turn, ...]]
"""Arranges rows as a tree; the second argument is the id of the live conversation's last row."""


class DocumentFacts(NamedTuple):
    """The facts of a document besides its rows; times are ISO texts.

    `live` is the native id of the row with which the live conversation ends, if not the last.
    """

    native_id: str | None = None
    facts: AgentFacts = NO_FACTS
    created_at: str | None = None
    updated_at: str | None = None
    parent: str | None = None
    live: str | None = None


def in_order(rows: Sequence[Row], live: str | None) -> tuple[Turn, ...]:  # noqa: ARG001
    """Arrange rows as one line of turns."""
    return linear(rows)


class DocumentFormat(NamedTuple):
    """The rules of a format of documents, and the members of `Format` that follow from them.

    `rows_at` is the path of the array or object that holds the messages. `many` tells that a list
    of documents is one, too. `children` is the list in a message that holds the answers to it;
    the bytes of such a message end with the opening bracket of that list. `about` reads the rest of a document. `needs` and `is_row` are those
    of `LineFormat`.
    """

    name: str
    needs: str
    is_row: Callable[[Object], bool]
    row_of: Callable[[Object, bytes], Row]
    row_identity: RowIdentity
    about: Callable[[Any], DocumentFacts]
    rows_at: tuple[Step, ...] = ("messages",)
    turns_of: TurnsOf = in_order
    many: bool = False
    children: str = ""

    def parse(self, data: bytes | Input, source: str) -> Transcript:
        """Read a document with one conversation.

        Raises:
            InvalidSession: it is no such document, or has several conversations.
            NoMessages: there is no message in it.
        """
        text = text_of(data, source)
        try:
            found = self._conversations(text)
            if len(found) > 1:
                reason = f"the file holds {len(found)} conversations, not one"
                raise InvalidSession(reason)
            if not found:
                raise NoMessages("there is no conversation in it")
            return self._transcript(text, found[0], source)
        except InvalidSession as error:
            raise type(error)(error.reason, error.where, error.source or source) from None

    def parse_container(self, data: bytes | Input, source: str) -> Iterator[FilePart]:
        """Read each conversation of a list as a document of its own, with one in memory.

        Another document, and a list of one, is one conversation.

        Raises:
            InvalidSession: it is no such document.
            NoMessages: it is one conversation, and there is no message in it.
        """
        whole = Input.of(data)
        listed = split_list(whole, source) if self.many else None
        first = [*islice(listed, 2)] if listed is not None else []
        if listed is None or len(first) < 2:
            yield FilePart(self.parse(whole, source))
        else:
            yield from self._parts(chain(first, listed), source)

    def parse_lines(self, data: bytes | Input, source: str) -> Iterator[FilePart]:
        """Read a file with one document a line, each as a document of its own.

        Raises:
            InvalidSession: a line is no such document.
        """
        return self._parts(split_lines(Input.of(data), source), source)

    def _parts(self, elements: Iterable[Element], source: str) -> Iterator[FilePart]:
        """Read documents; one without an id gets a number behind the file's name."""
        for number, (start, stop, text, value) in enumerate(elements, start=1):
            where = f"{source}#{number}"
            try:
                transcript = self._transcript(text, Part(0, len(text), value), where)
            except NoMessages:
                yield FilePart(None, (start, stop))
                continue
            except InvalidSession as error:
                raise InvalidSession(error.reason, error.where, where) from None
            if not self.about(value).native_id:
                transcript = transcript._replace(native_id=f"{file_stem(source)}-{number}")
            yield FilePart(transcript, (start, stop))

    def lineages(self, rows: Sequence[Row]) -> tuple[Turn, ...]:
        """Arrange rows as a tree of turns; see `Format`."""
        return self.turns_of(rows, None)

    def read_row(self, raw: bytes) -> Row:
        """Read one stored message.

        Raises:
            InvalidSession: it is no JSON object.
        """
        if self.children and raw.endswith(b"["):
            return self.row_of(read_object(raw + b"]}"), raw)
        return self.row_of(read_object(raw), raw)

    def check_row(self, raw: bytes) -> Row:
        """Read a message that is to be added to a conversation.

        Raises:
            InvalidSession: it is no JSON object with the members that a message needs.
        """
        value = read_object(raw)
        if not self.is_row(value):
            raise InvalidSession(f"not a message of {self.name}: it needs {self.needs}")
        return self.row_of(value, raw)

    def with_native_id(self, raw: bytes, native_id: str) -> bytes:
        """Return a message of the conversation `native_id`; see `Format`."""
        return with_ids(raw, self.row_identity, native_id, None)

    def identity_spans(self, raw: bytes) -> tuple[tuple[int, int], ...]:
        """Return the places of a message's identity; see `Format`."""
        return spans(raw, self.row_identity)

    def _conversations(self, text: str) -> list[Part]:
        found = listed_values(text) if self.many else None
        return [whole_value(text)] if found is None else found

    def _transcript(self, text: str, conversation: Part, source: str) -> Transcript:
        rows_at = part_at(text, conversation, self.rows_at)
        found = self._rows(text, rows_at)
        rows = tuple(self._keyed(text, found))
        if not any(row.role for row in rows):
            raise NoMessages(f"no {self.name} session: there is no message in it", source=source)
        about = self.about(conversation.value)
        times = [row.time for row in rows if row.time]
        return Transcript(
            format=self.name,
            native_id=about.native_id or file_stem(source),
            rows=rows,
            turns=self.turns_of(rows, about.live),
            created_at=about.created_at or min(times, default=""),
            updated_at=about.updated_at or max(times, default=""),
            separators=separators(text, found),
            facts=about.facts,
            parent=about.parent,
        )

    def _rows(self, text: str, rows_at: Part) -> list[Part]:
        if not self.children:
            return [part for _, part in parts(text, rows_at.start)]
        listed = isinstance(rows_at.value, list)
        first = [part for _, part in parts(text, rows_at.start)] if listed else [rows_at]
        return [part for one in first for part in nested_parts(text, one, self.children)]

    def _keyed(self, text: str, found: Sequence[Part]) -> Iterator[Row]:
        """Yield the rows with their keys."""
        chain = KeyChain(self.row_identity)
        for part in found:
            raw = text[part.start : part.stop].encode()
            is_whole = isinstance(part.value, dict) and b"\\u" not in raw and raw.endswith(b"}")
            value = part.value if is_whole else None
            try:
                row = self.read_row(raw) if value is None else self.row_of(value, raw)
            except InvalidSession:
                row = Row(raw, kind=DAMAGED)
            yield row._replace(key=chain.next(raw, value), origin=chain.origin)


def transcripts_of(parts: Iterable[FilePart]) -> Iterator[Transcript]:
    """Yield the conversations among the parts of a file."""
    return (part.transcript for part in parts if part.transcript is not None)
