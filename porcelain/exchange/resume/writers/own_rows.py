"""The rows of a conversation in an agent's own format, and their changes for a new file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from porcelain.exchange.resume.resumed import Resumed
from porcelain.exchange.resume.row_members import with_members
from porcelain.transcript.conversion.codec import row_bytes
from store.session.session import Session

Value = dict[str, Any]


class OwnRow(NamedTuple):
    """A row: its place in the conversation, its bytes and its value."""

    place: int | None
    raw: bytes
    value: Value

    def changed(self, changes: Mapping[str, object], without: Sequence[str] = ()) -> OwnRow:
        """Return the row with other members; one without changes keeps its bytes."""
        needed = {
            key: value
            for key, value in changes.items()
            if key not in self.value or self.value[key] != value
        }
        gone = [key for key in without if key in self.value]
        value = {key: one for key, one in self.value.items() if key not in gone} | needed
        if gone:
            return OwnRow(self.place, row_bytes(value), value)
        return OwnRow(self.place, with_members(self.raw, needed), value) if needed else self


def made_row(value: Value) -> OwnRow:
    """Return a row that the conversation does not have."""
    return OwnRow(None, row_bytes(value), value)


def own_rows(session: Session) -> Iterator[OwnRow]:
    """Yield the rows that are JSON objects, each on one line; damaged rows are left out."""
    for place, message in enumerate(session.messages):
        raw = message.raw
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield OwnRow(place, row_bytes(value) if b"\n" in raw else raw, value)


def line_file(rows: Sequence[OwnRow], remarks: Sequence[str] = ()) -> Resumed:
    """Return a file with a row a line."""
    data = b"".join(row.raw + b"\n" for row in rows)
    return Resumed(data, tuple(row.place for row in rows), tuple(remarks))


def chained(rows: Sequence[OwnRow], own: str, parent: str) -> list[OwnRow]:
    """Let each row that has an id continue the one before; `own` and `parent` name the members.

    Neighbouring rows with one id are parts of one message.
    """
    found = []
    last: str | None = None
    before: str | None = None
    for row in rows:
        here = row.value.get(own)
        if not isinstance(here, str):
            found.append(row)
            continue
        if here != last:
            before, last = last, here
        found.append(row.changed({parent: before}))
    return found
