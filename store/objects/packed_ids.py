"""Ids of many blobs in a quarter of a list's memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from store.ids import BlobId

_BYTES = 20


class PackedIds(Sequence[BlobId]):
    """Ids that follow each other as bytes; equal to any sequence of the same ids."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        """Hold ids of 20 bytes each."""
        self._data = data

    def __len__(self) -> int:
        return len(self._data) // _BYTES

    @overload
    def __getitem__(self, place: int) -> BlobId: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[BlobId]: ...
    def __getitem__(self, place: int | slice) -> BlobId | Sequence[BlobId]:
        """Return an id, or several."""
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if step == 1:
                return PackedIds(self._data[start * _BYTES : max(stop, start) * _BYTES])
            return [self[number] for number in range(start, stop, step)]
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(place)
        return BlobId(self._data[number * _BYTES : (number + 1) * _BYTES].hex())

    def __iter__(self) -> Iterator[BlobId]:
        data = self._data
        for place in range(0, len(data), _BYTES):
            yield BlobId(data[place : place + _BYTES].hex())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedIds):
            return self._data == other._data
        if not isinstance(other, Sequence) or len(self) != len(other):
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as of a list
