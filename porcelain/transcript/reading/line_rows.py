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


def read_line_rows(
    data: bytes | Input,
    source: str,
    rules: RowRules,
    each: Each | None = None,
) -> LineRows:
    """Read a file; `each` is called with every row, in order, and the values are not kept then.

    Raises:
        InvalidSession: it is UTF-16, or became shorter meanwhile.
    """
    whole = Input.of(data)
    reader = LineReader(whole, source, rules.is_row)
    chain = KeyChain(rules.identity)
    table = None if whole.is_in_memory else RowTable(whole, rules.read_row)
    rows: list[Row] = []
    values: list[Object] = []
    sound = array("Q")
    first = newest = ""
    for number, (place, raw, value) in enumerate(reader):
        row = Row(raw, kind=DAMAGED) if value is None else rules.row_of(value, raw)
        key = chain.next(raw, value)
        if row.time:
            first, newest = first or row.time, max(newest, row.time)
        if table is not None:
            table.add(place, row, key, chain.origin)
            if value is not None:
                sound.append(number)
        else:
            rows.append(row._replace(key=key, origin=chain.origin))
            if value is not None and each is None:
                values.append(value)
        if each is not None:
            each(rows if table is None else table, row, value)
    found: Sequence[Row] = tuple(rows) if table is None else table
    known: Sequence[Object] = values if table is None else _Values(table, sound)
    return LineRows(
        found, known, reader.separators, reader.torn, tuple(reader.faults), first, newest
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
