"""The numbers of a conversation's messages, as `wj show` prints them and `--at` takes them.

A row whose role is system, user, assistant or tool is a message. Rows that are no messages have
no number: they belong to the message before them, those at the beginning to the first one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from porcelain.transcript.format_table import format_named
from porcelain.transcript.row import Row
from store.document.row_format import name_at
from store.session.session import Session

Numbered = tuple[int | None, Row | str]
"""A row with its number, None for one that is no message; for an unreadable row the reason."""


class MessageNumbers:
    """Translates between the rows of a conversation, counted from 1, and message numbers."""

    __slots__ = ("_places", "rows")

    def __init__(self, rows: int, places: Sequence[int] | None = None) -> None:
        """Take the number of rows, and the rows that are messages; None if all are."""
        self.rows = rows
        self._places = places

    @classmethod
    def of(cls, session: Session | None) -> MessageNumbers:
        """Return the numbers of a session; every row is read if not all of them are messages."""
        if session is None:
            return cls(0)
        if _all_count(session):
            return cls(session.rows)
        rows = range(1, session.rows + 1)
        return cls(session.rows, [row for row in rows if is_message(session, row)])

    @property
    def count(self) -> int:
        """The number of messages."""
        return self.rows if self._places is None else len(self._places)

    def of_row(self, row: int) -> int:
        """Return the number of the message that a row is, or belongs to; at least 1.

        The row behind the last one has the next number.
        """
        if row > self.rows:
            return self.count + 1
        return row if self._places is None else max(bisect_right(self._places, row), 1)

    def row(self, number: int) -> int:
        """Return the row of a message; past the last one a row behind the conversation."""
        if self._places is None:
            return number
        past = number - len(self._places)
        return self._places[number - 1] if past <= 0 else self.rows + past

    def last_row(self, number: int) -> int:
        """Return the last row that belongs to a message, as `row` past the last one."""
        return number if self._places is None else self.row(number + 1) - 1

    def among(self, rows: int) -> int:
        """Return how many of the first rows are messages."""
        return rows if self._places is None else bisect_left(self._places, rows + 1)


def messages_among(session: Session, rows: int) -> int:
    """Return how many of a session's first rows are messages; reads the shorter part."""
    if _all_count(session):
        return rows
    is_short = rows <= session.rows - rows
    part = range(1, rows + 1) if is_short else range(rows + 1, session.rows + 1)
    found = sum(is_message(session, row) for row in part)
    return found if is_short else max(session.message_count - found, 0)


def is_message(session: Session, row: int) -> bool:
    """Tell whether a row, counted from 1, is a message; one that cannot be read is none."""
    try:
        read = format_named(name_at(session.format, row - 1)).read_row
        return read(session.messages[row - 1].raw).role is not None
    except Exception:  # noqa: BLE001 - any fault in a row of a received repository
        return False


def numbered(rows: Iterable[Row | str], before: int) -> list[Numbered]:
    """Give rows the numbers of messages; `before` messages stand before the first of them."""
    found: list[Numbered] = []
    for row in rows:
        counts = not isinstance(row, str) and row.role is not None
        before += counts
        found.append((before if counts else None, row))
    return found


def _all_count(session: Session) -> bool:
    return session.message_count == session.rows
