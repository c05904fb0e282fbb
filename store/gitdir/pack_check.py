"""Checks pack indexes before libgit2 sees them: a damaged one makes it read outside its memory.

A check reads the whole index. Its result is remembered in `<gitdir>/store-index.packs`, a
line for each sound index: the inode, size and times of the index and of its pack, and a path.
Like the index of commits this file is only a cache. A copy of it does not fit the copied
packs, since nobody can choose the inode and the time of change (ctime) of a file.
"""

from __future__ import annotations

import mmap
import os
import sys
from array import array
from hashlib import sha1
from itertools import pairwise
from typing import NamedTuple

from store.errors import UnsafeRepository
from store.gitdir.own_files import create_regular, open_regular, read_regular
from store.gitdir.staged_file import STAGING

FILE_NAME = "store-index.packs"
_HEADER = b"\377tOc\0\0\0\2"
_COUNTS = 256 * 4
_TRAILER = 20
_FIRST = 12  # the smallest offset of an object: after the header of the pack
_LARGE = 0x80000000


class CheckedPacks(NamedTuple):
    """The packs of an object folder: paths of sound indexes, and the faults of damaged ones."""

    sound: tuple[str, ...]
    faults: dict[str, str]


def check_packs(gitdir: str, objects: str) -> CheckedPacks:
    """Check the pack indexes of an object folder, those that are new since the last time."""
    known = _remembered(gitdir)
    sound: dict[str, str] = {}
    faults: dict[str, str] = {}
    folder = os.path.join(objects, "pack")
    for path in _indexes(folder):
        try:
            identity = f"{_identity(path)} {_identity(_pack_of(path))} {path}"
            fault = "" if identity in known else index_fault(path)
        except FileNotFoundError:
            continue  # a concurrent roll-up has just deleted it, or a writer has not finished it
        except OSError as error:
            fault = os.strerror(error.errno or 0)
        if fault:
            faults[path] = fault
        else:
            sound[path] = identity
    is_waiting = os.path.basename(os.path.dirname(objects)) == STAGING  # not there for long
    if not is_waiting and not known.issuperset(sound.values()):
        kept = {line for line in known if os.path.dirname(line.split(" ", 8)[-1]) != folder}
        _remember(gitdir, kept.union(sound.values()))
    return CheckedPacks(tuple(sound), faults)


def index_fault(path: str) -> str:
    """Return the fault of a pack index, "" if it is sound and fits its pack.

    Raises:
        OSError: it or its pack cannot be read.
    """
    with open(open_regular(_pack_of(path)), "rb") as pack:
        size = os.fstat(pack.fileno()).st_size
        pack.seek(max(0, size - _TRAILER))
        checksum = pack.read()
    with open(open_regular(path), "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return "it is empty"
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _fault(data, size, checksum)


def _fault(data: mmap.mmap, pack_size: int, checksum: bytes) -> str:
    is_new = data[:8] == _HEADER
    start = len(_HEADER) if is_new else 0
    entries = start + _COUNTS
    if len(data) < entries + 2 * _TRAILER:
        return "it is cut short"
    counts = _numbers(data[start:entries])
    if any(low > high for low, high in pairwise(counts)):
        return "its counts do not rise"
    count = counts[255]
    rest, odd = divmod(len(data) - entries - (28 if is_new else 24) * count - 2 * _TRAILER, 8)
    if rest < 0 or odd or (rest and not is_new):
        return "its size does not fit its number of objects"
    if is_new:
        offsets = _numbers(data[entries + 24 * count : entries + 28 * count])
        large = _numbers(data[entries + 28 * count : len(data) - 2 * _TRAILER], "Q")
        places = [offset - _LARGE for offset in offsets if offset >= _LARGE]
        if any(place >= rest for place in places):
            return "it names an offset that it does not have"
    else:
        offsets = array("I", (int.from_bytes(data[n : n + 4], "big")
                              for n in range(entries, entries + 24 * count, 24)))  # fmt: skip
        large, places = array("Q"), []
    small = [offset for offset in offsets if offset < _LARGE or not is_new] if places else offsets
    last = pack_size - _TRAILER
    for found in (small, large):
        if found and not (min(found) >= _FIRST and max(found) < last):
            return "it has an offset outside its pack"
    if data[-2 * _TRAILER : -_TRAILER] != checksum:
        return "it belongs to another pack"
    if sha1(memoryview(data)[:-_TRAILER]).digest() != data[-_TRAILER:]:
        return "its checksum does not fit"
    return ""


def _numbers(data: bytes, kind: str = "I") -> array[int]:
    numbers = array(kind, data)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _indexes(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [os.path.join(folder, name) for name in names if name.endswith(".idx")]


def _pack_of(path: str) -> str:
    return f"{path.removesuffix('.idx')}.pack"


def _identity(path: str) -> str:
    found = os.stat(path)
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _remembered(gitdir: str) -> set[str]:
    try:
        data = read_regular(os.path.join(gitdir, FILE_NAME))
    except (OSError, UnsafeRepository):
        return set()
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return {line for line in lines[:-1] if line.count(" ") >= 8}


def _remember(gitdir: str, lines: set[str]) -> None:
    """Write the file in place; a torn one names packs that are then checked again."""
    data = "".join(f"{line}\n" for line in sorted(lines)).encode("utf-8", "surrogateescape")
    try:
        path = os.path.join(gitdir, FILE_NAME)
        fd = create_regular(gitdir, path, os.O_WRONLY)
    except (OSError, UnsafeRepository):
        return  # in a read-only folder, for example: they are checked again
    try:
        os.ftruncate(fd, 0)
        os.write(fd, data)
    except OSError:
        pass
    finally:
        os.close(fd)
