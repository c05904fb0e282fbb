"""Changes of files below folders, as Linux reports them (inotify).

The system reports what has changed, not what is in it, and may lose reports: a full look now and
then stays necessary. Where there is no inotify, or a user has used up the system's watches, the
caller looks at all files more often.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import sys
from collections.abc import Iterable
from typing import NamedTuple

_EVENT = struct.Struct("iIII")
_BYTES = 64 * 1024
_MODIFY, _ATTRIB, _MOVED_FROM, _MOVED_TO = 0x2, 0x4, 0x40, 0x80
_CREATE, _DELETE = 0x100, 0x200
_OVERFLOW, _IGNORED, _IS_FOLDER = 0x4000, 0x8000, 0x40000000
_ONLY_FOLDERS = 0x01000000
_WANTED = _MODIFY | _ATTRIB | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE


class Changes(NamedTuple):
    """The paths that may have changed; `is_complete` is False if reports may have been lost."""

    paths: frozenset[str]
    is_complete: bool


class FolderEvents:
    """The reports about folders, and about those that are made in them later."""

    def __init__(self, descriptor: int, add_watch: ctypes._NamedFuncPointer) -> None:
        """Use `FolderEvents.opened`."""
        self._descriptor = descriptor
        self._add_watch = add_watch
        self._folders: dict[int, str] = {}
        self._is_whole = True

    @classmethod
    def opened(cls) -> FolderEvents | None:
        """Return reports about no folder yet; None where the system has none."""
        if not sys.platform.startswith("linux"):
            return None
        try:
            library = ctypes.CDLL(None, use_errno=True)
            descriptor = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            return cls(descriptor, library.inotify_add_watch) if descriptor >= 0 else None
        except (OSError, AttributeError):
            return None

    def follow(self, folders: Iterable[str]) -> bool:
        """Follow folders, not those below them; return False where the system refused one."""
        self._is_whole = True
        for folder in folders:
            self._add(folder)
        return self._is_whole

    def wait(self, seconds: float, *others: int) -> Changes:
        """Return the changes within some seconds, as soon as there are any.

        Also returns as soon as one of `others`, descriptors, can be read.
        """
        ready, _, _ = select.select([self._descriptor, *others], [], [], seconds)
        found: set[str] = set()
        is_complete = True
        while self._descriptor in ready:
            try:
                data = os.read(self._descriptor, _BYTES)
            except BlockingIOError:
                break
            is_complete &= self._read(data, found)
        return Changes(frozenset(found), is_complete)

    def close(self) -> None:
        """End the reports."""
        os.close(self._descriptor)

    def _read(self, data: bytes, found: set[str]) -> bool:
        """Add the paths that events name; return False if reports were lost."""
        place, is_complete = 0, True
        while place < len(data):
            number, mask, _, length = _EVENT.unpack_from(data, place)
            place += _EVENT.size
            name = os.fsdecode(data[place : place + length].rstrip(b"\0"))
            place += length
            if mask & _OVERFLOW:
                is_complete = False
            elif mask & _IGNORED:
                self._folders.pop(number, None)
            elif number in self._folders and name:
                path = os.path.join(self._folders[number], name)
                if mask & _IS_FOLDER:
                    # What was made in a new folder before it was followed is found by a look.
                    if mask & (_CREATE | _MOVED_TO):
                        self.follow(folder for folder, _, _ in os.walk(path))
                        found.update(_files_below(path))
                else:
                    found.add(path)
        return is_complete

    def _add(self, folder: str) -> None:
        mask = _WANTED | _ONLY_FOLDERS
        number = self._add_watch(self._descriptor, os.fsencode(folder), mask)
        if number >= 0:
            self._folders.setdefault(number, folder)
        elif os.path.isdir(folder):
            self._is_whole = False


def _files_below(top: str) -> Iterable[str]:
    return (os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names)
