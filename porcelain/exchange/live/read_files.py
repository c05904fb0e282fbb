"""Large files that were read before, so that of one that has grown only its tail is read.

A file is trusted to begin as it did if it is the same inode, has not become shorter, and has the
same bytes before its former end. `wj import` reads every file whole.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from hashlib import blake2b
from typing import NamedTuple

from porcelain.transcript.input import IN_MEMORY, Input, Reading
from store.errors import InvalidSession

_MOST = 4
"""Files that are remembered: a row takes about 250 bytes."""
_TAIL = 64 * 1024


class _Known(NamedTuple):
    """A file as it was read: device and inode, size in bytes, digest of its end, and readings."""

    file: tuple[int, int]
    size: int
    digest: bytes
    readings: dict[str, Reading]


class ReadFiles:
    """The files that one run has read; those of up to `in_memory` bytes are read again."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        """Begin with none."""
        self._in_memory = in_memory
        self._known: dict[str, _Known] = {}
        self._open: dict[str, tuple[tuple[int, int], Input]] = {}

    def opened(self, path: str) -> Input:
        """Open a file, with what is known of its beginning.

        Raises:
            InvalidSession: the file became shorter meanwhile.
            OSError: it cannot be read.
        """
        self._keep(path)
        with open(path, "rb") as file:
            stat = os.fstat(file.fileno())
            data = Input.opened(file, path, self._in_memory)
        known = self._known.pop(path, None)
        if data.is_in_memory:
            return data
        identity = stat.st_dev, stat.st_ino
        if known is not None and known.file == identity and _goes_on(data, known):
            data.readings = known.readings
        self._open[path] = identity, data
        return data

    def close(self, failed: Collection[str] = ()) -> None:
        """Close the files, and remember what was read of those that have not failed."""
        for path in [*self._open]:
            self._keep(path)
        for path in failed:
            self._known.pop(path, None)

    def _keep(self, path: str) -> None:
        identity, data = self._open.pop(path, (None, None))
        if identity is None or data is None or not data.readings:
            return
        try:
            digest = _digest_before(data, data.size)
        except (OSError, InvalidSession):
            return  # it is read whole the next time
        for reading in data.readings.values():
            reading.go_on(Input(b""))  # the file is closed meanwhile
        self._known.pop(path, None)
        while len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[path] = _Known(identity, data.size, digest, data.readings)


def _goes_on(data: Input, known: _Known) -> bool:
    return data.size >= known.size and _digest_before(data, known.size) == known.digest


def _digest_before(data: Input, stop: int) -> bytes:
    return blake2b(data.read(max(stop - _TAIL, 0), stop)).digest()
