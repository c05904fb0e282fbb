"""Read files of JSON lines, from a format's own rules for one row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from porcelain.transcript.errors import NoMessages
from porcelain.transcript.json_lines import Object, read_lines, read_object
from porcelain.transcript.row import DAMAGED, Row, Transcript, Turn
from store.errors import InvalidSession


class LineFormat(NamedTuple):
    """The rules of a format with one JSON object a line, and the members that follow from them.

    `is_row` tells whether an object is a row of the format; `needs` names the members that such
    a row has. `row_of` reads any object.
    """

    name: str
    needs: str
    is_row: Callable[[Object], bool]
    row_of: Callable[[Object, bytes], Row]
    lineages: Callable[[Sequence[Row]], tuple[Turn, ...]]

    def parse(self, data: bytes, source: str) -> Transcript:
        """Read a whole file; keep each line's bytes.

        The conversation's id is that of the first row that has one, else the name of the file.

        Raises:
            InvalidSession: the file is too large, or UTF-16.
            NoMessages: there is no message in it.
        """
        lines = read_lines(data, source, self.is_row)
        rows = tuple(
            Row(raw, kind=DAMAGED) if value is None else self.row_of(value, raw)
            for value, raw in zip(lines.values, lines.rows, strict=True)
        )
        if not any(row.role for row in rows):
            raise NoMessages(f"no {self.name} session: no row is a message", source=source)
        times = [row.time for row in rows if row.time]
        named = next((row.conversation for row in rows if row.conversation), None)
        return Transcript(
            format=self.name,
            native_id=named or file_stem(source),
            rows=rows,
            turns=self.lineages(rows),
            created_at=times[0] if times else "",
            updated_at=max(times, default=""),
            separators=lines.separators,
            torn=lines.torn,
            faults=lines.faults,
        )

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


def file_stem(source: str) -> str:
    """Return a file's name without folder and without what follows its last dot."""
    name = re.split(r"[/\\]", source)[-1]
    return name.rpartition(".")[0] or name
