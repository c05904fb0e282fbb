"""The `packed-refs` file: read by bisection, rewritten durably to add or remove refs.

# pack-refs with: peeled fully-peeled sorted
<id> <ref>
^<id that the tag above points to>
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import takewhile

from store.errors import CorruptRef
from store.gitdir.durability import sync_folder
from store.gitdir.own_files import open_regular
from store.gitdir.staged_file import StagedFile
from store.ids import HEX_LENGTH

_START = HEX_LENGTH + 1
_ID = re.compile(b"[0-9a-f]{40}").match
_LINE = re.compile(rb"(?:([0-9a-f]{40}) ([^\n]*)|[#^][^\n]*)\n")
_HEADER = b"# pack-refs with: peeled fully-peeled sorted \n"
_NOT_PEELED = b"# pack-refs with: sorted \n"  # the ids that tags lead to may be missing
Buffer = mmap.mmap | bytes


def packed_path(gitdir: str) -> str:
    """Return where a repository's packed refs are."""
    return os.path.join(gitdir, "packed-refs")


def find_packed(gitdir: str, ref: str) -> str | None:
    """Return the id of a packed ref, or None; O(log n) in a sorted file.

    Raises:
        CorruptRef: the line at its place is damaged.
    """
    with closing(iterate_packed(gitdir, ref)) as found:  # the ref itself is the first of them
        name, object_id = next(found, ("", None))
    return object_id if name == ref else None


def iterate_packed(gitdir: str, prefix: str) -> Generator[tuple[str, str], None, None]:
    """Yield (ref, id) of the packed refs that begin with `prefix`, in byte order.

    Raises:
        CorruptRef: a line of the file is damaged, or was cut short.
    """
    start = prefix.encode("utf-8", "surrogateescape")
    with _mapped(gitdir) as data:
        if _is_sorted(data):
            lines = _lines(data, _first_at_least(data, start))
            found: Iterable[tuple[bytes, str]] = takewhile(lambda e: e[0].startswith(start), lines)
        else:
            found = sorted(entry for entry in _lines(data, 0) if entry[0].startswith(start))
        for name, object_id in found:
            yield name.decode("utf-8", "surrogateescape"), object_id


def remove_packed(gitdir: str, refs: set[str]) -> bool:
    """Remove `refs` from the packed refs; tell whether any of them was there.

    The caller syncs the folder. Call it holding `packed-refs.lock`. As in git the lock stays where
    it is: it guards the file until the caller removes it.
    """
    removed = {ref.encode("utf-8", "surrogateescape") for ref in refs}
    try:
        with open(open_regular(packed_path(gitdir)), "rb") as file:
            lines = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise CorruptRef("packed-refs", os.strerror(error.errno or 0)) from error
    kept: list[bytes] = []
    skipping = False
    for line in lines:
        if not line.startswith(b"^"):  # a peeled line goes with the line above it
            skipping = not line.startswith(b"#") and line[_START:].rstrip(b"\n") in removed
        if not skipping:
            kept.append(line)
    if len(kept) == len(lines):
        return False
    _replace(gitdir, kept)
    return True


def add_packed(
    gitdir: str, refs: Mapping[str, tuple[str, str | None]], *, peeled: bool = True
) -> None:
    """Add or change packed refs, durably; values are a ref's id and the id that it peels to.

    Without `peeled` the file does not claim to name all ids that tags peel to. Call it holding `packed-refs.lock`, as `remove_packed`.

    Raises:
        CorruptRef: the file is damaged; nothing is changed.
    """
    entries: dict[bytes, bytes] = {}
    header = _HEADER if peeled else _NOT_PEELED
    with _mapped(gitdir) as data:
        place, name = 0, b""
        while place < len(data):
            end = _end(data, place)
            line = bytes(data[place : end + 1])
            if line.startswith(b"^"):
                entries[name] = entries.get(name, b"") + line
            elif not line.startswith(b"#"):
                name, _ = _entry(data, place, end)
                entries[name] = line
            elif place == 0 and b" fully-peeled" not in line:
                header = _NOT_PEELED
            place = end + 1
        if entries and data[:1] != b"#":
            header = _NOT_PEELED
    for ref, (object_id, target) in refs.items():
        name = ref.encode("utf-8", "surrogateescape")
        entries[name] = b"%s %s\n" % (object_id.encode(), name)
        if target is not None:
            entries[name] += b"^%s\n" % target.encode()
    _replace(gitdir, [header, *(entries[name] for name in sorted(entries))])
    sync_folder(gitdir)


def _replace(gitdir: str, lines: Iterable[bytes]) -> None:
    staged = StagedFile(gitdir, ".packed-refs", b"".join(lines), 0o666)
    staged.sync()
    staged.move(packed_path(gitdir))
    staged.close()


@contextmanager
def _mapped(gitdir: str) -> Iterator[Buffer]:
    data: Buffer = b""
    try:
        with open(open_regular(packed_path(gitdir)), "rb") as file:
            if os.fstat(file.fileno()).st_size:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise CorruptRef("packed-refs", os.strerror(error.errno or 0)) from error
    try:
        if data and data[-1:] != b"\n":  # a name that was cut short is another ref's
            raise CorruptRef("packed-refs", "its last line is cut short")
        yield data
    finally:
        if isinstance(data, mmap.mmap):
            data.close()


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
    size, match = len(data), _LINE.match
    while place < size:
        line = match(data, place)
        if line is None:
            raise _damaged(data[place : _end(data, place)])
        if line[1]:
            yield line[2], line[1].decode("ascii")
        place = line.end()
