"""Joining small packs into one: their entries are copied as they are, compressed already.

This is what most roll-ups do. Starting git takes longer than all of it; git joins the results
once they are many, and makes deltas then. Formats are those of git's `gitformat-pack`.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import BinaryIO, NamedTuple
from zlib import crc32

from store.gitdir.pack_file import write_entries
from store.gitdir.staged_file import StagedFile
from store.repository.pack_writer import land_pack
from store.repository.repository import Repository

SMALL = 64 * 1024
"""Packs up to so many bytes are joined here."""

_MOST = 32 * 1024 * 1024
_HEADER = b"\377tOc\0\0\0\2"
_FAN_OUT = 256 * 4
_TRAILER = 20
_DELTAS = (6, 7)
_MARKS = (".keep", ".mtimes", ".promisor")


class _Entry(NamedTuple):
    id: bytes
    crc: int
    data: bytes


class _NotPlain(Exception):
    """A pack that is left to git: it has deltas, or is not what its index says."""


def join_small_packs(repository: Repository, least: int) -> int:
    """Join small packs that nobody is writing; return how many, 0 if not even `least`.

    At most 32 MiB of them at once, which are held in memory meanwhile. The joined pack is durable, and kept, before the others go. One that cannot be deleted stays
    as it is. Call it as the only one who joins packs.

    Raises:
        StorageFailure: the disk is full or read-only; nothing is left behind then.
    """
    folder = os.path.join(repository.path, "objects", "pack")
    found: dict[str, list[_Entry]] = {}
    for stem in islice(_small(folder), _MOST // SMALL):
        try:
            found[stem] = list(_entries(os.path.join(folder, stem)))
        except (_NotPlain, OSError, ValueError, struct.error):
            continue
    if len(found) < max(least, 2):
        return 0
    keep = _land(repository, found.values())
    try:
        gone = remove_packs(folder, found)
        if len(gone) < len(found):
            # Else it would be joined again and again, each time into one more pack.
            rest = _land(repository, [found[stem] for stem in gone])
            remove_packs(folder, [os.path.basename(keep.path).removesuffix(".keep")])
            rest.discard()
    finally:
        keep.discard()
    return len(gone) if len(gone) >= least else 0


def remove_packs(folder: str, stems: Iterable[str]) -> list[str]:
    """Delete packs whose objects are elsewhere; return those that are gone.

    With them goes the index over all packs, which names them.
    """
    for name in os.listdir(folder):
        if name.startswith("multi-pack-index"):
            _unlink(os.path.join(folder, name))
    return [stem for stem in stems if _remove_one(os.path.join(folder, stem))]


def free_packs(folder: str) -> list[str]:
    """Return the names, without suffix, of the packs that nobody writes or asks to keep.

    Without those that git has for objects that are to expire, or that it can fetch again.
    """
    names = set(os.listdir(folder))
    stems = sorted(name[:-4] for name in names if name.endswith(".idx"))
    return [
        stem
        for stem in stems
        if stem.startswith("pack-") and names.isdisjoint(stem + mark for mark in _MARKS)
    ]


def _land(repository: Repository, packs: Iterable[Iterable[_Entry]]) -> StagedFile:
    entries = {entry.id: entry for pack in packs for entry in pack}

    def write(file: BinaryIO) -> bytes:
        return write_entries(file, len(entries), ((e.id, e.crc, e.data) for e in entries.values()))

    return land_pack(repository.path, write)


def _small(folder: str) -> Iterator[str]:
    for stem in free_packs(folder):
        try:
            # A large folder is not listed at one moment: look again for a writer.
            kept = os.path.exists(os.path.join(folder, f"{stem}.keep"))
            if not kept and os.path.getsize(os.path.join(folder, f"{stem}.pack")) <= SMALL:
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
    if len(index) != start + 28 * count + 2 * _TRAILER:
        raise _NotPlain
    ids = [index[start + 20 * place : start + 20 * place + 20] for place in range(count)]
    start += 20 * count
    crcs = struct.unpack(f">{count}L", index[start : start + 4 * count])
    start += 4 * count
    offsets = struct.unpack(f">{count}L", index[start : start + 4 * count])
    bounds = [*sorted(offsets), len(pack) - _TRAILER]
    ends = dict(pairwise(bounds))
    if int.from_bytes(pack[8:12], "big") != count or len(ends) != count:
        raise _NotPlain
    for object_id, crc, offset in zip(ids, crcs, offsets, strict=True):
        data = pack[offset : ends[offset]]
        if not data or (data[0] >> 4) & 7 in _DELTAS or crc32(data) != crc:
            raise _NotPlain
        yield _Entry(object_id, crc, data)


def _remove_one(stem: str) -> bool:
    """Delete a pack, its index first, without which nobody looks at it; tell whether it is gone."""
    is_gone = _unlink(f"{stem}.idx")
    if is_gone:
        for suffix in (".pack", ".rev", ".bitmap"):
            _unlink(stem + suffix)
    return is_gone


def _unlink(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True
