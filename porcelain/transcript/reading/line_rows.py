"""Read the rows of a file of JSON lines: in memory, or of a large file as a table."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, overload

from porcelain.transcript.identity import KeyChain, RowIdentity
from porcelain.transcript.input import Input
from porcelain.transcript.json_lines import Fault, LineReader, Object, read_object
from porcelain.transcript.reading.row_table import RowTable
from porcelain.transcript.row import DAMAGED, Row
from store.document.separators import Separators


class RowRules(NamedTuple):
    """The rules of a format: the functions that tell and read its rows, and name originals."""

    is_row: Callable[[Object], bool]
    row_of: Callable[[Object, bytes], Row]
    read_row: Callable[[bytes], Row]
    identity: RowIdentity


Each = Callable[[Sequence[Row], Row, Object | None], None]
"""Takes the rows so far, the last of them as it was read, and its value; None if it is damaged."""


class LineRows(NamedTuple):
    """The rows of a file with their keys, and the values of those that are not damaged.

    `created_at` and `updated_at` are the first and the newest time of a row, or "".
    """

    rows: Sequence[Row]
    values: Sequence[Object]
    separators: Separators
    torn: bytes
    faults: tuple[Fault, ...]
    created_at: str
    updated_at: str


class LineReading:
    """The reading of a file, which goes on where the file has grown.

    `each` is called with every row, in order, and the values are not kept then.
    """

    def __init__(self, data: Input, source: str, rules: RowRules, each: Each | None = None) -> None:
        """Begin.

        Raises:
            InvalidSession: the file is UTF-16.
        """
        self._rules = rules
        self._each = each
        self._reader = LineReader(data, source, rules.is_row)
        self._chain = KeyChain(rules.identity)
        self._table = None if data.is_in_memory else RowTable(data, rules.read_row)
        self._rows: list[Row] = []
        self._values: list[Object] = []
        self._sound = array("Q")
        self._first = self._newest = ""

    @property
    def can_go_on(self) -> bool:
        """Whether a longer state of the file can be read from here on."""
        return self._table is not None and self._reader.is_whole

    def go_on(self, data: Input) -> None:
        """Go on in a later state of the file, which begins as it was."""
        assert self._table is not None
        self._table.go_on(data)
        self._reader.go_on(data)

    def read(self) -> LineRows:
        """Read the rest of the file, and return what is known of all of it.

        Raises:
            InvalidSession: it became shorter meanwhile.
        """
        table, rules = self._table, self._rules
        for place, raw, value in self._reader:
            row = Row(raw, kind=DAMAGED) if value is None else rules.row_of(value, raw)
            key = self._chain.next(raw, value)
            if row.time:
                self._first = self._first or row.time
                self._newest = max(self._newest, row.time)
            if table is not None:
                if value is not None:
                    self._sound.append(len(table))
                table.add(place, row, key, self._chain.origin)
            else:
                self._rows.append(row._replace(key=key, origin=self._chain.origin))
                if value is not None and self._each is None:
                    self._values.append(value)
            if self._each is not None:
                self._each(self._rows if table is None else table, row, value)
        return LineRows(
            tuple(self._rows) if table is None else table,
            self._values if table is None else _Values(table, self._sound),
            self._reader.separators,
            self._reader.torn,
            tuple(self._reader.faults),
            self._first,
            self._newest,
        )


def times_of(rows: Iterable[Row]) -> tuple[str, str]:
    """Return the first and the newest time of the rows; "" where none has one."""
    first = newest = ""
    for row in rows:
        if row.time:
            first = first or row.time
            newest = max(newest, row.time)
    return first, newest


class _Values(Sequence[Object]):
    """The values of a table's sound rows, read again for each use."""

    def __init__(self, table: RowTable, numbers: Sequence[int]) -> None:
        self._table = table
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Object: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Object]: ...
    def __getitem__(self, place: int | slice) -> Object | Sequence[Object]:
        if isinstance(place, slice):
            return _Values(self._table, self._numbers[place])
        return read_object(self._table.read(self._numbers[place]))

    def __iter__(self) -> Iterator[Object]:
        return map(self.__getitem__, range(len(self)))

    def __reversed__(self) -> Iterator[Object]:
        return map(self.__getitem__, range(len(self) - 1, -1, -1))
