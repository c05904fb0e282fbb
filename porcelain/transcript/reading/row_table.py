"""The rows of a large file in little memory: their bytes stay in the file.

A table keeps about 150 bytes for each row, in columns. A row is made from them when it is asked
for; its bytes are read, and its text is found, when they are asked for.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import blake2b, sha1
from typing import NamedTuple, overload

from porcelain.transcript.identity import KEY_BYTES
from porcelain.transcript.input import Input
from porcelain.transcript.row import DAMAGED, Row
from store.ids import BlobId
from store.objects.compact_map import CompactMap
from store.objects.packed_ids import PackedIds
from store.session.message import Message

_ID_BYTES = 16
_NO_ID = bytes(_ID_BYTES)
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BLOB_BYTES = 20
_END = "\ud800"
"""Half of a surrogate pair: `read_object` leaves none in any text."""


class RowTable(Sequence[Row]):
    """The rows of one input, in order; `read_row` is the format's, for a row's text."""

    def __init__(self, data: Input, read_row: Callable[[bytes], Row]) -> None:
        """Begin without rows."""
        self.message_count = 0
        self._input = data
        self._read_row = read_row
        self._starts = array("Q")
        self._stops = array("Q")
        self._kinds = array("I")
        self._words = bytearray()
        self._ends = array("Q", [0])
        self._ids = _Ids()
        self._parents = _Ids()
        self._origins = _Ids()
        self._keys = bytearray()
        self._blobs = bytearray()
        self._kind_numbers: dict[_Kind, int] = {}
        self._kind_list: list[_Kind] = []

    def add(self, place: int, row: Row, key: bytes, origin: str | None) -> None:
        """Add the row whose bytes begin at `place`, with its key and the id of its original."""
        raw = row.raw
        self.message_count += row.role is not None
        self._starts.append(place)
        self._stops.append(place + len(raw))
        kind = _Kind(
            row.role, row.prompt, row.kind, row.conversation, row.model, row.side, row.compaction
        )
        number = self._kind_numbers.get(kind)
        if number is None:
            number = self._kind_numbers[kind] = len(self._kind_list)
            self._kind_list.append(kind)
        self._kinds.append(number)
        self._ids.add(row.native_id)
        self._parents.add(row.native_parent)
        if origin != row.native_id:
            self._origins.put(len(self._starts) - 1, origin)
        self._keys += key
        self._blobs += _blob_digest(raw)
        words = (row.time or "", row.title, str(len(row.calls)), *row.calls, *row.results)
        text = _END.join(words)
        self._words += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._words))

    def go_on(self, data: Input) -> None:
        """Read the bytes of rows from a later state of the file, which begins as it was."""
        self._input = data

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, place: int | slice) -> Row | tuple[Row, ...]:
        """Return a row, or several."""
        if isinstance(place, slice):
            return tuple(map(self._row, range(*place.indices(len(self)))))
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(place)
        return self._row(number)

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, range(len(self)))

    def chosen(self, numbers: Sequence[int]) -> Sequence[Row]:
        """Return some rows, each made when it is asked for."""
        return _ChosenRows(self, numbers)

    def read(self, number: int) -> bytes:
        """Return a row's bytes.

        Raises:
            InvalidSession: the file became shorter meanwhile.
        """
        return self._input.read(self._starts[number], self._stops[number])

    def text(self, number: int) -> str:
        """Return a row's readable text; errors as `read`."""
        if self._kind_list[self._kinds[number]].kind == DAMAGED:
            return ""
        return self._read_row(self.read(number)).text

    def message(self, number: int) -> Message:
        """Return the row as it is stored, read when it is needed."""
        return Message.held(partial(self.read, number), self.blob_id(number), "line")

    def blob_id(self, number: int) -> BlobId:
        """Return the id that the row has as a blob."""
        start = number * _BLOB_BYTES
        return BlobId(self._blobs[start : start + _BLOB_BYTES].hex())

    def blob_ids(self) -> list[BlobId]:
        """Return the ids that all rows have as blobs."""
        return [*self.packed_ids()]

    def packed_ids(self) -> PackedIds:
        """Return the ids that all rows have as blobs, in little memory."""
        return PackedIds(bytes(self._blobs))

    def identities(self, start: int = 0) -> Iterator[tuple[bytes, str | None]]:
        """Yield key and origin of the rows from `start` on."""
        for number in range(start, len(self)):
            yield self._key(number), self._origin(number)

    def _row(self, number: int) -> Row:
        kind = self._kind_list[self._kinds[number]]
        words = self._words[self._ends[number] : self._ends[number + 1]]
        time, title, calls, *ids = words.decode("utf-8", "surrogatepass").split(_END)
        count = int(calls)
        place = _Place(self, number)
        own = self._ids[number]
        fields = (
            place,
            kind.role,
            place,
            kind.prompt,
            title,
            kind.kind,
            time or None,
            own,
            self._parents[number],
            kind.conversation,
            tuple(ids[:count]),
            tuple(ids[count:]),
            kind.model,
            kind.side,
            kind.compaction,
            self._key(number),
            self._origins[number] if self._origins.has(number) else own,
        )
        return tuple.__new__(LazyRow, fields)  # its bytes and its text are read later

    def _key(self, number: int) -> bytes:
        return bytes(self._keys[number * KEY_BYTES : (number + 1) * KEY_BYTES])

    def _origin(self, number: int) -> str | None:
        return self._origins[number] if self._origins.has(number) else self._ids[number]


class LazyRow(Row):
    """A row of a table; its bytes and its text are read when they are asked for."""

    __slots__ = ()

    @property
    def raw(self) -> bytes:
        """The row's bytes; errors as `RowTable.read`."""
        held: bytes | _Place = self[0]
        return held if isinstance(held, bytes) else held.table.read(held.number)

    @property
    def text(self) -> str:
        """The row's readable text; errors as `RowTable.read`."""
        held: str | _Place = self[2]
        return held if isinstance(held, str) else held.table.text(held.number)

    @property
    def message(self) -> Message:
        """The row as it is stored, read when it is needed."""
        held: bytes | _Place = self[0]
        if isinstance(held, bytes):
            return Message(held)
        return held.table.message(held.number)


class _ChosenRows(Sequence[Row]):
    """Some rows of a table."""

    def __init__(self, table: RowTable, numbers: Sequence[int]) -> None:
        self._table = table
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return _ChosenRows(self._table, self._numbers[place])
        return self._table[self._numbers[place]]

    def __iter__(self) -> Iterator[Row]:
        return map(self._table.__getitem__, self._numbers)


class _Place(NamedTuple):
    """The place of a row in its table."""

    table: RowTable
    number: int

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Place):
            return NotImplemented
        return self.table is other.table and self.number == other.number

    def __hash__(self) -> int:
        return hash((id(self.table), self.number))


class _Kind(NamedTuple):
    """The facts that many rows of a file have in common."""

    role: str | None
    prompt: bool
    kind: str
    conversation: str | None
    model: str | None
    side: bool
    compaction: bool


class _Ids:
    """A column of ids: UUIDs as bytes, all others by the number of their row."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._odd: dict[int, str | None] = {}

    def add(self, text: str | None) -> None:
        packed = _NO_ID if text is None else _packed(text)
        if packed is None or (packed == _NO_ID and text is not None):
            self._odd[len(self._packed) // _ID_BYTES] = text
            packed = _NO_ID
        self._packed += packed

    def put(self, number: int, text: str | None) -> None:
        """Add the id of a later row; the rows before it have none here."""
        self._packed += bytes(number * _ID_BYTES - len(self._packed))
        self.add(text)
        if text is None:
            self._odd[number] = None

    def has(self, number: int) -> bool:
        """Tell whether an id, or None, was added for a row."""
        start = number * _ID_BYTES
        if start >= len(self._packed):
            return False
        return self._packed[start : start + _ID_BYTES] != _NO_ID or number in self._odd

    def __getitem__(self, number: int) -> str | None:
        packed = self._packed[number * _ID_BYTES : (number + 1) * _ID_BYTES]
        return self._odd.get(number) if packed == _NO_ID else _unpacked(packed)


class IdMap:
    """A map from ids to small numbers in a fifth of a dict's memory."""

    def __init__(self) -> None:
        """Begin empty."""
        self._known = CompactMap(_ID_BYTES)

    def get(self, text: str) -> int | None:
        """Return the number of an id, or None."""
        return self._known.get(_short(text))

    def __setitem__(self, text: str, value: int) -> None:
        self._known[_short(text)] = value


def _short(text: str) -> bytes:
    """Return 16 bytes for an id: a UUID's own, or a hash of any other text."""
    packed = _packed(text)
    if packed is not None:
        return packed
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).digest()


def _packed(text: str) -> bytes | None:
    """Return a UUID in its usual form as bytes, None for any other text."""
    return bytes.fromhex(text.replace("-", "")) if _UUID.fullmatch(text) else None


def _unpacked(packed: bytes | bytearray) -> str:
    text = packed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _blob_digest(raw: bytes) -> bytes:
    digest = sha1(b"blob %d\0" % len(raw))
    digest.update(raw)
    return digest.digest()
