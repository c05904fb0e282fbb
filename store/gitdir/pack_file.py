r"""Packs and their version 2 indexes, as bytes.

Every object is written whole (no deltas): a roll-up by git makes deltas later, and a
writer that must be durable within milliseconds cannot wait for them. The formats are those
of git's `gitformat-pack`; `git index-pack --strict` writes the same index, byte for byte.

    pack   "PACK" version=2 count | per object: type and size, zlib data | sha1 of all
    index  "\377tOc" version=2 | 256 cumulative counts | ids | crc32s | offsets
           | 8-byte offsets of those past 2 GiB | pack's sha1 | sha1 of all
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from hashlib import sha1
from itertools import chain
from typing import BinaryIO, NamedTuple
from zlib import DEFLATED, compress, compressobj, crc32, decompressobj, error

from store.objects.objects import Kind, hash_object

KINDS: dict[int, Kind] = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
TRAILER = 20
_TYPES = {kind: number for number, kind in KINDS.items()}
_INDEX = b"\377tOc\0\0\0\2"
_COUNTS = 256 * 4
INDEX_START = len(_INDEX) + _COUNTS
"""How long the part of an index is that ends with the number of objects."""
_LARGE = 0x80000000
_CHUNK = 64 * 1024
_IN_PARTS = 1024 * 1024  # larger objects are compressed in parts of this size
_LEVEL = 1  # libgit2 and git recompress at roll-up; higher levels gained 2 % here
_WINDOWS = (  # up to a size a small window does: clearing a large one takes most of the time
    (4 * 1024, (12, 5)),
    (16 * 1024, (14, 7)),
)


class Entry(NamedTuple):
    """An object as it stands in a pack."""

    id: bytes
    crc: int
    data: bytes
    """Type, size and compressed content."""


class Placed(NamedTuple):
    """An object as an index lists it."""

    id: bytes
    crc: int
    offset: int


def write_pack(file: BinaryIO, count: int, objects: Iterable[tuple[str, Kind, bytes]]) -> bytes:
    """Write `count` objects as a pack into `file`; return the bytes of its index.

    Objects must be distinct. Nothing is flushed or synced here.
    """
    packing = _Packing(file, count)
    for object_id, kind, data in objects:
        header = _object_header(_TYPES[kind], len(data))
        if len(data) < _IN_PARTS:
            chunk = header + _deflate(data)
            packing.add(bytes.fromhex(object_id), crc32(chunk), chunk)
        else:
            packing.add_parts(bytes.fromhex(object_id), chain([header], _compressed(data)))
    return packing.index()


def write_entries(file: BinaryIO, count: int, entries: Iterable[Entry]) -> bytes:
    """Write `count` entries of packs as they are; otherwise as `write_pack`."""
    packing = _Packing(file, count)
    for entry in entries:
        packing.add(*entry)
    return packing.index()


class _Packing:
    """A pack on its way into a file."""

    def __init__(self, file: BinaryIO, count: int) -> None:
        header = struct.pack(">4sLL", b"PACK", 2, count)
        file.write(header)
        self._file = file
        self._count = count
        self._whole = sha1(header)
        self._offset = len(header)
        self._placed: list[Placed] = []

    def add(self, object_id: bytes, crc: int, data: bytes) -> None:
        self._file.write(data)
        self._whole.update(data)
        self._placed.append(Placed(object_id, crc, self._offset))
        self._offset += len(data)

    def add_parts(self, object_id: bytes, parts: Iterable[bytes]) -> None:
        """Add an entry that is not in memory at once."""
        start, crc = self._offset, 0
        for part in parts:
            self._file.write(part)
            self._whole.update(part)
            crc = crc32(part, crc)
            self._offset += len(part)
        self._placed.append(Placed(object_id, crc, start))

    def index(self) -> bytes:
        """Write the end of the pack, and return its index."""
        if len(self._placed) != self._count:
            raise ValueError(f"{self._count} objects announced, {len(self._placed)} written")
        self._file.write(self._whole.digest())
        return _encode_index(sorted(self._placed), self._whole.digest())


def _deflate(data: bytes) -> bytes:
    for size, window in _WINDOWS:
        if len(data) <= size:
            stream = compressobj(_LEVEL, DEFLATED, *window)
            return stream.compress(data) + stream.flush()
    return compress(data, _LEVEL)


def _compressed(data: bytes) -> Iterator[bytes]:
    stream = compressobj(_LEVEL)
    view = memoryview(data)
    for place in range(0, len(data), _IN_PARTS):
        yield stream.compress(view[place : place + _IN_PARTS])
    yield stream.flush()


def read_index(data: bytes) -> list[Placed]:
    """Return the objects that an index lists, in order of ids; its checksums are not compared.

    Raises:
        ValueError: it is no version 2 index, or was cut short.
    """
    start = INDEX_START
    count = int.from_bytes(data[start - 4 : start], "big")
    crcs = start + 20 * count
    large, rest = divmod(len(data) - crcs - 8 * count - 2 * TRAILER, 8)
    if not data.startswith(_INDEX) or large < 0 or rest:
        raise ValueError("it is no version 2 index, or was cut short")
    ids = (data[place : place + 20] for place in range(start, crcs, 20))
    numbers = struct.unpack_from(f">{2 * count}L{large}Q", data, crcs)
    try:
        offsets = [
            o if o < _LARGE else numbers[2 * count + o - _LARGE] for o in numbers[count : 2 * count]
        ]
    except IndexError:
        raise ValueError("it has no place for an offset past 2 GiB") from None
    return list(map(Placed, ids, numbers[:count], offsets))


def read_pack(data: bytes) -> Iterator[tuple[Kind, bytes, int, int]]:
    """Yield kind, content, offset and end of each object of a pack without deltas.

    Raises:
        ValueError: a delta, or a damaged or incomplete object, comes next.
    """
    start, end = 12, len(data) - TRAILER
    while start < end:
        place = start
        kind = KINDS.get(data[place] >> 4 & 7)
        while data[place] & 0x80:
            place += 1
        place += 1
        stream = decompressobj()
        content = b""
        try:
            while not stream.eof and place < end:
                content += stream.decompress(data[place : place + _CHUNK])
                place = min(place + _CHUNK, len(data))
        except error as fault:
            raise ValueError("an object is damaged") from fault
        if kind is None or not stream.eof:
            raise ValueError("an object is a delta or incomplete")
        place -= len(stream.unused_data)
        yield kind, content, start, place
        start = place


def index_of_pack(data: bytes) -> bytes:
    """Return the index of a pack without deltas.

    Raises:
        ValueError: it has deltas or is damaged.
    """
    placed = [
        Placed(bytes.fromhex(hash_object(kind, content)), crc32(data[start:end]), start)
        for kind, content, start, end in read_pack(data)
    ]
    if len(placed) != int.from_bytes(data[8:12], "big"):
        raise ValueError("objects are missing")
    checksum = sha1(data[:-TRAILER]).digest()
    if checksum != data[-TRAILER:]:
        raise ValueError("its checksum does not fit")
    return _encode_index(sorted(placed), checksum)


def _object_header(kind: int, size: int) -> bytes:
    first = (kind << 4) | (size & 15)
    size >>= 4
    out = bytearray()
    while size:
        out.append(first | 0x80)
        first = size & 0x7F
        size >>= 7
    out.append(first)
    return bytes(out)


def _encode_index(placed: list[Placed], checksum: bytes) -> bytes:
    counts = [0] * 256
    for object_id, _, _ in placed:
        counts[object_id[0]] += 1
    total = 0
    for place, number in enumerate(counts):
        total += number
        counts[place] = total
    large = [offset for _, _, offset in placed if offset >= _LARGE]
    numbers = iter(range(len(large)))
    offsets = [o if o < _LARGE else _LARGE | next(numbers) for _, _, o in placed]
    body = b"".join(
        (
            _INDEX,
            struct.pack(">256L", *counts),
            b"".join(object_id for object_id, _, _ in placed),
            struct.pack(f">{len(placed)}L", *(crc for _, crc, _ in placed)),
            struct.pack(f">{len(placed)}L", *offsets),
            struct.pack(f">{len(large)}Q", *large),
            checksum,
        )
    )
    return body + sha1(body).digest()
