"""Read files of JSON lines, from a format's own rules for one row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from porcelain.transcript.errors import NoMessages
from porcelain.transcript.identity import RowIdentity, spans, with_ids
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Object, read_object
from porcelain.transcript.reading.line_rows import LineReading, RowRules
from porcelain.transcript.row import Base, Row, Transcript, Turn
from store.document.agent_facts import NO_FACTS, AgentFacts
from store.errors import InvalidSession

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class About(NamedTuple):
    """Facts that a file's rows tell; `Transcript` has them under the same names.

    Without a `native_id` the conversation's id is that of the first row that has one, else the
    name of the file. Without `turns` the format's `lineages` finds them.
    """

    facts: AgentFacts = NO_FACTS
    parent: str | None = None
    parent_row: str | None = None
    base: Base | None = None
    native_id: str = ""
    name: str = ""
    turns: tuple[Turn, ...] | None = None


class Collector(Protocol):
    """Collects facts while a file is read, for formats in which any row may tell some."""

    def add(self, rows: Sequence[Row], row: Row, value: Object | None) -> None:
        """Take the next row; see `Each`."""

    def about(self, rows: Sequence[Row], source: str) -> About:
        """Return the facts about the whole file, which has these rows and this path."""


def nothing_known(values: Sequence[Object]) -> About:  # noqa: ARG001 - of any rows
    """Return no facts, for formats that record none."""
    return About()


def has_role(row: Row) -> bool:
    """Tell whether a row is a message."""
    return row.role is not None


class _FileReading(NamedTuple):
    """The rows of a file so far, and the facts that they tell."""

    lines: LineReading
    told: Collector | None

    def go_on(self, data: Input) -> None:
        """Take a later state of the file; see `Reading`."""
        self.lines.go_on(data)


class LineFormat(NamedTuple):
    """The rules of a format with one JSON object a line, and the members that follow from them.

    `is_row` tells whether an object is a row of the format; `needs` names the members that such
    a row has. `row_of` reads any object. `row_identity` is the member of `Format`. `about` gets
    the values of all rows; `collector`, if it is given, makes what takes its place. A file is a
    session if `is_message` holds for a row.
    """

    name: str
    needs: str
    is_row: Callable[[Object], bool]
    row_of: Callable[[Object, bytes], Row]
    lineages: Callable[[Sequence[Row]], tuple[Turn, ...]]
    row_identity: RowIdentity
    about: Callable[[Sequence[Object]], About] = nothing_known
    collector: Callable[[], Collector] | None = None
    is_message: Callable[[Row], bool] = has_role

    def parse(self, data: bytes | Input, source: str) -> Transcript:
        """Read a whole file; keep each line's bytes.

        Raises:
            InvalidSession: the file is UTF-16.
            NoMessages: there is no message in it.
        """
        whole = Input.of(data)
        known = whole.readings.pop(self.name, None)
        if isinstance(known, _FileReading):
            known.go_on(whole)
        reading = known if isinstance(known, _FileReading) else self._reading(whole, source)
        lines, told = reading.lines.read(), reading.told
        if reading.lines.can_go_on:
            whole.readings[self.name] = reading
        rows = lines.rows
        if not any(map(self.is_message, rows)):
            raise NoMessages(f"no {self.name} session: no row is a message", source=source)
        about = told.about(rows, source) if told is not None else self.about(lines.values)
        named = (row.conversation for row in rows if row.conversation)
        return Transcript(
            format=self.name,
            native_id=about.native_id or next(named, None) or file_stem(source),
            rows=rows,
            turns=self.lineages(rows) if about.turns is None else about.turns,
            created_at=lines.created_at,
            updated_at=lines.updated_at,
            separators=lines.separators,
            torn=lines.torn,
            faults=lines.faults,
            name=about.name,
            facts=about.facts,
            parent=about.parent,
            parent_row=about.parent_row,
            base=about.base,
        )

    def _reading(self, data: Input, source: str) -> _FileReading:
        """Begin to read a file."""
        rules = RowRules(self.is_row, self.row_of, self.read_row, self.row_identity)
        told = self.collector() if self.collector is not None else None
        each = told.add if told is not None else None
        return _FileReading(LineReading(data, source, rules, each), told)

    def read_row(self, raw: bytes) -> Row:
        """Read one stored line.

        Raises:
            InvalidSession: it is no JSON object.
        """
        return self.row_of(read_object(raw), raw)

    def check_row(self, raw: bytes) -> Row:
        """Read a line that is to be added to a conversation.

        Raises:
            InvalidSession: it is no JSON object with the members that a row needs.
        """
        value = read_object(raw)
        if not self.is_row(value):
            raise InvalidSession(f"not a row of {self.name}: it needs {self.needs}")
        return self.row_of(value, raw)

    def with_native_id(self, raw: bytes, native_id: str) -> bytes:
        """Return a row of the conversation `native_id`; see `Format`."""
        return with_ids(raw, self.row_identity, native_id, None)

    def identity_spans(self, raw: bytes) -> tuple[tuple[int, int], ...]:
        """Return the places of a row's identity; see `Format`."""
        return spans(raw, self.row_identity)


def fresh_uuid(name: str, random: Callable[[int], bytes]) -> str:  # noqa: ARG001 - see `Format`
    """Return a random UUID."""
    return str(UUID(bytes=random(16), version=4))


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID."""
    return _UUID.fullmatch(text) is not None


def last_text(values: Sequence[Object], key: str, *path: str) -> str:
    """Return the last text of a member, found under the keys of `path`; "" if there is none."""
    for value in reversed(values):
        here: object = value
        for step in path:
            here = here.get(step) if isinstance(here, dict) else None
        found = here.get(key) if isinstance(here, dict) else None
        if isinstance(found, str) and found:
            return found
    return ""


def file_stem(source: str) -> str:
    """Return a file's name without folder and without what follows its last dot."""
    name = re.split(r"[/\\]", source)[-1]
    return name.rpartition(".")[0] or name
