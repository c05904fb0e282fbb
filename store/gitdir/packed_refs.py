"""The `packed-refs` file: looked up by bisection, rewritten only to delete.

# pack-refs with: peeled fully-peeled sorted
<id> <ref>
^<id that the tag above points to>
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from store.errors import CorruptRef
from store.gitdir.staged_file import StagedFile, sync_folder
from store.ids import HEX_LENGTH

_START = HEX_LENGTH + 1
_ID = re.compile(b"[0-9a-f]{40}").match
Buffer = mmap.mmap | bytes


def packed_path(gitdir: str) -> str:
    """Return where a repository's packed refs are."""
    return os.path.join(gitdir, "packed-refs")


def find_packed(gitdir: str, ref: str) -> str | None:
    """Return the id of a packed ref, or None; O(log n) in a sorted file.

    Raises:
        CorruptRef: what stands at its place is no line of such a file.
    """
    with _mapped(gitdir) as data:
        if data is None:
            return None
        name = ref.encode("utf-8", "surrogateescape")
        if not _is_sorted(data):
            return next((i for n, i in _lines(data, 0) if n == name), None)
        found = next(_lines(data, _first_at_least(data, name)), None)
        return found[1] if found is not None and found[0] == name else None


def iterate_packed(gitdir: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield (ref, id) of the packed refs that begin with `prefix`, in byte order.

    Raises:
        CorruptRef: a line of the file is none, or was cut short.
    """
    with _mapped(gitdir) as data:
        if data is None:
            return
        start = prefix.encode("utf-8", "surrogateescape")
        if _is_sorted(data):
            for name, object_id in _lines(data, _first_at_least(data, start)):
                if not name.startswith(start):
                    return
                yield name.decode("utf-8", "surrogateescape"), object_id
        else:
            found = sorted((n, i) for n, i in _lines(data, 0) if n.startswith(start))
            for name, object_id in found:
                yield name.decode("utf-8", "surrogateescape"), object_id


def stage_without(gitdir: str, refs: set[str]) -> StagedFile | None:
    """Stage a packed-refs file that lacks `refs`; None when it has none of them.

    Call it holding `packed-refs.lock`.
    """
    doomed = {ref.encode("utf-8", "surrogateescape") for ref in refs}
    try:
        with open(packed_path(gitdir), "rb") as file:
            lines = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return None
    kept: list[bytes] = []
    skipping = False
    for line in lines:
        if line.startswith(b"^"):
            if not skipping:
                kept.append(line)
            continue
        skipping = not line.startswith(b"#") and line[_START:].rstrip(b"\n") in doomed
        if not skipping:
            kept.append(line)
    if len(kept) == len(lines):
        return None
    staged = StagedFile(gitdir, ".packed-refs", 0o666)
    try:
        staged.write(b"".join(kept))
        staged.sync()
    except BaseException:
        staged.discard()
        raise
    return staged


def replace_packed(gitdir: str, staged: StagedFile) -> None:
    """Put a staged packed-refs in place, durably; call it holding `packed-refs.lock`.

    As in git the lock stays where it is: it guards the file until it is removed.
    """
    try:
        staged.move(packed_path(gitdir))
    except BaseException:
        staged.discard()
        raise
    staged.close()
    sync_folder(gitdir)


@contextmanager
def _mapped(gitdir: str) -> Iterator[Buffer | None]:
    data = _map(packed_path(gitdir))
    try:
        yield data
    finally:
        if isinstance(data, mmap.mmap):
            data.close()


def _map(path: str) -> Buffer | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(fd).st_size
            data = mmap.mmap(fd, size, access=mmap.ACCESS_READ) if size else None
        finally:
            os.close(fd)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CorruptRef("packed-refs", os.strerror(error.errno or 0)) from error
    if data is not None and data[-1:] != b"\n":
        raise CorruptRef("packed-refs", "its last line is cut short")  # and names another ref
    return data


def _is_sorted(data: Buffer) -> bool:
    end = data.find(b"\n")
    return data[:1] == b"#" and b" sorted" in data[: max(end, 0)]


def _first_at_least(data: Buffer, name: bytes) -> int:
    """Return where the first entry stands whose name is not below `name`."""
    low, high = _body(data), len(data)
    while low < high:
        line_start = max(data.rfind(b"\n", 0, (low + high) // 2) + 1, low)
        while line_start > low and data[line_start : line_start + 1] == b"^":
            line_start = data.rfind(b"\n", 0, line_start - 1) + 1
        line = data[line_start : _end(data, line_start)]
        if line[HEX_LENGTH:_START] != b" ":
            raise _damaged(line)
        if line[_START:] < name:
            low = _next(data, line_start)
        else:
            high = line_start
    return low


def _body(data: Buffer) -> int:
    place = 0
    while data[place : place + 1] == b"#":
        place = _end(data, place) + 1
    return place


def _end(data: Buffer, place: int) -> int:
    end = data.find(b"\n", place)
    return len(data) if end < 0 else end


def _entry(data: Buffer, place: int, end: int) -> tuple[bytes, str]:
    line = data[place:end]
    if line[HEX_LENGTH:_START] != b" " or not _ID(line):
        raise _damaged(line)
    return line[_START:], line[:HEX_LENGTH].decode("ascii")


def _damaged(line: bytes) -> CorruptRef:
    return CorruptRef("packed-refs", f"it has the line {ascii(line[:80])}")


def _next(data: Buffer, place: int) -> int:
    place = _end(data, place) + 1
    while data[place : place + 1] == b"^":
        place = _end(data, place) + 1
    return min(place, len(data))


def _lines(data: Buffer, place: int) -> Iterator[tuple[bytes, str]]:
    size = len(data)
    while place < size:
        end = _end(data, place)
        if data[place : place + 1] not in (b"#", b"^"):
            yield _entry(data, place, end)
        place = end + 1
