"""The bytes of a file, read where they are needed.

A small file is in memory. A large one stays open, and is read up to the size that it had when it
was opened, so an agent may go on writing. Rows of a large file keep their place in it.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from store.errors import InvalidSession

IN_MEMORY = 8 * 1024 * 1024
"""Up to this size a file is read at once."""

_CHUNK = 1024 * 1024
_HEAD = 1024 * 1024
_TAIL = 64 * 1024


class Reading(Protocol):
    """A reading of a file that can go on where the file has grown."""

    def go_on(self, data: Input) -> None:
        """Take a later state of the file, which begins as it was."""


class Input:
    """The bytes of one file; `name` is for errors, `size` is in bytes."""

    def __init__(self, data: bytes, name: str = "") -> None:
        """Hold bytes; a file is opened by `Input.opened`."""
        self.name = name
        self.size = len(data)
        self._data = data
        self._fd: int | None = None
        self.readings: dict[str, Reading] = {}
        """The finished readings of formats, by name; each can go on in a longer state of the file."""

    @classmethod
    def of(cls, data: bytes | Input) -> Input:
        """Return an input as it is, or one of these bytes."""
        return data if isinstance(data, Input) else cls(data)

    @classmethod
    def opened(cls, file: BinaryIO, name: str, in_memory: int = IN_MEMORY) -> Input:
        """Take over an open file that can be read at any place, and close it.

        If it has more than `in_memory` bytes, the input holds it open as long as it is used.

        Raises:
            InvalidSession: the file became shorter meanwhile.
            OSError: it cannot be read.
        """
        with file:
            made = cls(b"", name)
            made.size = os.fstat(file.fileno()).st_size
            made._fd = os.dup(file.fileno())
            closing = weakref.finalize(made, os.close, made._fd)
            if made.size <= in_memory:
                made._data = made.whole()
                made._fd = None
                closing()
            return made

    @property
    def is_in_memory(self) -> bool:
        """Whether the bytes are in memory."""
        return self._fd is None

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to `stop`, which lie inside.

        Raises:
            InvalidSession: the file became shorter meanwhile.
            OSError: it cannot be read.
        """
        fd = self._fd
        if fd is None:
            return self._data[start:stop]
        data = os.pread(fd, stop - start, start)
        if len(data) < stop - start:  # Linux reads at most 2 GiB at once
            parts = [data]
            while start + sum(map(len, parts)) < stop and parts[-1]:
                done = start + sum(map(len, parts))
                parts.append(os.pread(fd, stop - done, done))
            data = b"".join(parts)
        if len(data) < stop - start:
            reason = "the file became shorter while it was read; import it again"
            raise InvalidSession(reason, source=self.name)
        return data

    def whole(self) -> bytes:
        """Return all bytes; errors as `read`."""
        return self.read(0, self.size)

    def sample(self) -> bytes:
        """Return all bytes, of a large file the beginning and the end, on lines of their own."""
        if self.size <= IN_MEMORY:
            return self.whole()
        tail = self.read(self.size - _TAIL, self.size)
        return self.read(0, _HEAD) + b"\n" + tail

    def lines(self, start: int = 0) -> Iterator[tuple[int, bytes, bool]]:
        """Yield the place of each line from `start` on, its bytes, and whether a newline ends it.

        At most one line and a part of the file are in memory; errors as `read`.
        """
        place = start  # of the next line
        while place < self.size:
            held = self.read(place, min(place + _CHUNK, self.size))
            done = 0
            while (stop := held.find(b"\n", done)) >= 0:
                yield place + done, held[done:stop], True
                done = stop + 1
            if done:
                if place + len(held) == self.size and done < len(held):
                    yield place + done, held[done:], False
                    return
                place += done
                continue
            length = self._length_of_line(place, len(held))
            del held
            ends = place + length < self.size
            yield place, self.read(place, place + length), ends
            place += length + 1

    def _length_of_line(self, place: int, known: int) -> int:
        """Return the length of a long line, whose first `known` bytes have no newline."""
        done = place + known
        while done < self.size:
            part = self.read(done, min(done + _CHUNK, self.size))
            found = part.find(b"\n")
            if found >= 0:
                return done + found - place
            done += len(part)
        return self.size - place
