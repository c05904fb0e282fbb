"""Joining small packs into one: their entries are copied as they are, compressed already.

This is what most roll-ups do. Starting git takes longer than all of it; git joins the results
once they are many, and makes deltas then. Formats are those of git's `gitformat-pack`.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple
from zlib import crc32

from store.batch import land_pack
from store.pack import write_entries
from store.repository import Repository

SMALL = 64 * 1024
"""Packs up to so many bytes are joined here."""

_HEADER = b"\377tOc\0\0\0\2"
_FAN_OUT = 256 * 4
_TRAILER = 20
_DELTAS = (6, 7)


class _Entry(NamedTuple):
    id: bytes
    crc: int
    data: bytes


class _NotPlain(Exception):
    """A pack that is left to git: it has deltas, or is not what its index says."""


def join_small_packs(repository: Repository, least: int) -> int:
    """Join all small packs that nobody is writing; return how many, 0 if not even `least`.

    The joined pack is durable before the others go. Call it as the only one who rolls up.

    Raises:
        StorageFailure: the disk is full or read-only; nothing is left behind then.
    """
    folder = os.path.join(repository.path, "objects", "pack")
    entries: dict[bytes, _Entry] = {}
    joined: list[str] = []
    for stem in _small(folder):
        try:
            found = list(_entries(os.path.join(folder, stem)))
        except (_NotPlain, OSError, struct.error):
            continue
        entries.update((entry.id, entry) for entry in found)
        joined.append(stem)
    if len(joined) < max(least, 2):
        return 0

    def write(file: BinaryIO) -> bytes:
        return write_entries(file, len(entries), ((e.id, e.crc, e.data) for e in entries.values()))

    land_pack(repository.path, write).discard()
    remove_packs(folder, joined)
    return len(joined)


def remove_packs(folder: str, stems: Sequence[str]) -> None:
    """Delete packs whose objects are elsewhere, and the index over all packs, which names them."""
    _unlink(os.path.join(folder, "multi-pack-index"))
    for stem in stems:
        for suffix in (".idx", ".pack", ".rev", ".bitmap"):
            _unlink(os.path.join(folder, stem + suffix))


def free_packs(folder: str) -> list[str]:
    """Return the names, without suffix, of the packs that nothing asks to keep."""
    names = set(os.listdir(folder))
    stems = sorted(name[:-4] for name in names if name.endswith(".idx"))
    return [stem for stem in stems if f"{stem}.keep" not in names]


def _small(folder: str) -> Iterator[str]:
    for stem in free_packs(folder):
        try:
            if os.path.getsize(os.path.join(folder, f"{stem}.pack")) <= SMALL:
                yield stem
        except OSError:
            continue  # somebody else has just joined it


def _entries(stem: str) -> Iterator[_Entry]:
    """Read a whole pack of whole objects, comparing every entry with its checksum."""
    with open(f"{stem}.idx", "rb") as file:
        index = file.read()
    with open(f"{stem}.pack", "rb") as file:
        pack = file.read()
    if not index.startswith(_HEADER) or not pack.startswith(b"PACK\0\0\0\2"):
        raise _NotPlain
    start = len(_HEADER) + _FAN_OUT
    (count,) = struct.unpack(">L", index[start - 4 : start])
    ids = [index[start + 20 * place : start + 20 * place + 20] for place in range(count)]
    start += 20 * count
    crcs = struct.unpack(f">{count}L", index[start : start + 4 * count])
    start += 4 * count
    offsets = struct.unpack(f">{count}L", index[start : start + 4 * count])
    ends = dict(zip(sorted(offsets), [*sorted(offsets)[1:], len(pack) - _TRAILER], strict=True))
    if int.from_bytes(pack[8:12], "big") != count or len(ends) != count:
        raise _NotPlain
    for object_id, crc, offset in zip(ids, crcs, offsets, strict=True):
        data = pack[offset : ends[offset]]
        if not data or (data[0] >> 4) & 7 in _DELTAS or crc32(data) != crc:
            raise _NotPlain
        yield _Entry(object_id, crc, data)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
