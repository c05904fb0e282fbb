"""Joins packs with our own writer.

Most roll-ups copy the compressed entries of small packs into one pack, which takes less time
than starting git. Once there are many of the joined packs, git joins them and makes deltas.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice, pairwise
from typing import BinaryIO
from zlib import crc32

from store.errors import StoreError
from store.gitdir.durability import unlink
from store.gitdir.own_files import open_regular
from store.gitdir.pack_file import (
    INDEX_START,
    TRAILER,
    Entry,
    Placed,
    read_index,
    write_entries,
)
from store.gitdir.staged_file import StagedFile
from store.repository.pack_writer import ObjectBatch, land_pack
from store.repository.repository import Repository

SMALL = 64 * 1024
"""The size in bytes up to which `join_small_packs` joins a pack."""

_MOST = 32 * 1024 * 1024
_DELTAS = (6, 7)
_MARKS = (".keep", ".mtimes", ".promisor")


def join_small_packs(repository: Repository, least: int) -> int:
    """Join small packs that no process is writing; return how many, 0 if fewer than `least`.

    At most 32 MiB of them are joined at once, and held in memory meanwhile. The joined pack
    is durable before the others are deleted. A pack that cannot be deleted stays as it is.
    Call it holding the lock for joining packs.

    Raises:
        StorageFailure: the disk is full or read-only; nothing is left behind then.
    """
    folder = pack_folder(repository)
    found: dict[str, list[Entry]] = {}
    for stem in islice(_small(folder), _MOST // SMALL):
        try:
            found[stem] = list(_entries(os.path.join(folder, stem)))
        except (OSError, ValueError):
            continue  # git has to join this one
    if len(found) < max(least, 2):
        return 0
    keep = _land(repository, found.values())
    try:
        gone = remove_packs(folder, found)
        if len(gone) < len(found):
            # Otherwise a pack that stays would be joined again and again, each time into a new pack.
            rest = _land(repository, [found[stem] for stem in gone])
            remove_packs(folder, [os.path.basename(keep.path).removesuffix(".keep")])
            rest.discard()
    finally:
        keep.discard()
    return len(gone) if len(gone) >= least else 0


def remove_packs(folder: str, stems: Iterable[str]) -> list[str]:
    """Delete packs whose objects are in other packs; return the names of those that are gone.

    The index over all packs, which names them, is deleted too.
    """
    for name in os.listdir(folder):
        if name.startswith("multi-pack-index"):
            with suppress(OSError):
                unlink(os.path.join(folder, name))
    return [stem for stem in stems if _remove_pack(os.path.join(folder, stem))]


def join_packs(repository: Repository, *, every: bool = False) -> None:
    """Join all packs but the four largest, or `every` one; their objects are compressed again."""
    folder = pack_folder(repository)
    free = free_packs(folder)
    free.sort(key=lambda stem: os.path.getsize(os.path.join(folder, f"{stem}.pack")))
    chosen = free if every else free[: max(2, len(free) - 4)]
    listed: dict[str, list[Placed]] = {}
    for stem in chosen:
        with suppress(ValueError), open(os.path.join(folder, f"{stem}.idx"), "rb") as file:
            listed[stem] = read_index(file.read())
    if len(listed) < 2:
        return
    with ObjectBatch(repository) as batch:
        for one in chain.from_iterable(listed.values()):
            batch.add(*repository.read(one.id.hex()))
        batch.flush()
        remove_packs(folder, listed)


def packs_within(folder: str, stems: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return those packs all of whose objects are in the packs `others`.

    A pack whose index cannot be read, or that has just been deleted, is left out.
    """
    held: set[bytes] = set()
    for stem in others:
        held.update(_packed_ids(folder, stem, 1 << 40) or ())
    found = []
    for stem in stems:
        ids = _packed_ids(folder, stem, len(held))
        if ids is not None and held.issuperset(ids):
            found.append(stem)
    return found


def _packed_ids(folder: str, stem: str, most: int) -> set[bytes] | None:
    """Return the ids in a pack; None if there are more than `most` or they cannot be read."""
    try:
        with open(open_regular(os.path.join(folder, f"{stem}.idx")), "rb") as file:
            start = file.read(INDEX_START)
            if int.from_bytes(start[-4:], "big") > most:
                return None
            return {one.id for one in read_index(start + file.read())}
    except (OSError, ValueError, StoreError):
        return None


def free_packs(folder: str) -> list[str]:
    """Return the names, without suffix, of the packs that may be replaced by others.

    Packs that are being written or marked to be kept are left out, and git's packs of expiring
    objects and of objects that it can fetch again.
    """
    names = set(os.listdir(folder))
    stems = sorted(name[:-4] for name in names if name.endswith(".idx"))
    return [
        stem
        for stem in stems
        if stem.startswith("pack-") and names.isdisjoint(stem + mark for mark in _MARKS)
    ]


def _land(repository: Repository, packs: Iterable[Iterable[Entry]]) -> StagedFile:
    entries = {entry.id: entry for pack in packs for entry in pack}

    def write(file: BinaryIO) -> bytes:
        return write_entries(file, len(entries), entries.values())

    return land_pack(repository.path, write).keep


def _small(folder: str) -> Iterator[str]:
    for stem in free_packs(folder):
        try:
            # The listing of a large folder takes time: look again for a writer.
            kept = os.path.exists(os.path.join(folder, f"{stem}.keep"))
            if not kept and os.path.getsize(os.path.join(folder, f"{stem}.pack")) <= SMALL:
                yield stem
        except OSError:
            continue  # another process has just joined it


def _entries(stem: str) -> Iterator[Entry]:
    """Read a whole pack of whole objects, comparing every entry with its checksum."""
    with open(f"{stem}.idx", "rb") as file:
        placed = read_index(file.read())
    with open(f"{stem}.pack", "rb") as file:
        pack = file.read()
    ends = dict(pairwise([*sorted(one.offset for one in placed), len(pack) - TRAILER]))
    if not pack.startswith(b"PACK\0\0\0\2") or not (
        int.from_bytes(pack[8:12], "big") == len(ends) == len(placed)
    ):
        raise ValueError("the pack is not the one that its index lists")
    for object_id, crc, offset in placed:
        data = pack[offset : ends[offset]]
        if not data or (data[0] >> 4) & 7 in _DELTAS or crc32(data) != crc:
            raise ValueError("an object is a delta or damaged")
        yield Entry(object_id, crc, data)


def pack_folder(repository: Repository) -> str:
    """Return the folder of the repository's packs."""
    return os.path.join(repository.path, "objects", "pack")


def _remove_pack(stem: str) -> bool:
    """Delete a pack, its index first, without which nothing reads it; tell whether it is gone."""
    for suffix in (".idx", ".pack", ".rev", ".bitmap"):
        try:
            unlink(stem + suffix)
        except OSError:
            if suffix == ".idx":
                return False
    return True
