"""A file of an agent that belongs to the user: read, replaced as a whole, and restored.

A file that is a link is written through to its target. A file is replaced with its permissions, and
only if nobody has written it since it was read. What was added is kept in the state folder, so
that taking it back restores the file exactly.
"""

from __future__ import annotations

import json
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from porcelain.display import plain
from porcelain.errors import Refused

_LARGEST = 16 << 20
_WRITABLE = 0o222


class State(NamedTuple):
    """The state of a file when it was read; `key` is None if it was missing."""

    key: tuple[int, int, int] | None
    mode: int


class Change(NamedTuple):
    """A change of a file: the text before ("" for a missing file) and after it.

    `after` is None if the file is to be removed, since nothing but our text was ever in it.
    `added` is the text that was added, "" for a removal.
    """

    path: str
    before: str
    after: str | None
    added: str
    state: State
    is_new: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return self.before == self.after


class UserFile(ABC):
    """The file by which one agent calls us; `records` is the folder that keeps what was added."""

    def __init__(self, agent: str, path: str, records: str) -> None:
        """Read nothing yet."""
        self.path = os.path.realpath(path)
        self._record = os.path.join(records, f"{agent}.json")

    @abstractmethod
    def command(self) -> str:
        """Return the command that the agent calls; "" if there is none or it cannot be told."""

    @abstractmethod
    def plan_setup(self, command: str) -> Change:
        """Return the change that makes the agent call a command in place of any earlier one.

        Raises:
            Refused: the file cannot be read, or not be changed.
        """

    @abstractmethod
    def plan_removal(self) -> Change:
        """Return the change that takes back what was added.

        Raises:
            Refused: the file cannot be read, or not be changed.
        """

    def write(self, change: Change) -> None:
        """Write a change, and keep what was added.

        Raises:
            Refused: the file was written meanwhile, or cannot be written.
        """
        if self._read()[1] != change.state:
            raise Refused(f"{plain(self.path, None)} was written meanwhile", "Try it again")
        if change.state.key is not None and not change.state.mode & _WRITABLE:
            raise Refused(f"{plain(self.path, None)} is read-only", "Make it writable first")
        try:
            self._write(change)
        except OSError as error:
            path = plain(str(error.filename), None)
            raise Refused(f"{path} cannot be written: {error.strerror}") from error

    def _write(self, change: Change) -> None:
        known = self._recorded()
        if change.added:
            self._keep(change, known)
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        if change.after is None:
            os.unlink(self.path)
            _remove_empty(known.get("new_folders"))
        else:
            _replace(self.path, change.after.encode(), change.state.mode)
        if not change.added:
            with suppress(FileNotFoundError):
                os.unlink(self._record)

    def _keep(self, change: Change, known: Mapping[str, object]) -> None:
        """Keep what is about to be added, so that it can be taken back after a kill, too."""
        added = known.get("added")
        is_ours = isinstance(added, str) and added in change.before
        new_folders = list(_missing_folders(self.path))
        record = {
            "path": self.path,
            "added": change.added,
            "new": change.is_new or (is_ours and bool(known.get("new"))),
            "new_folders": new_folders or (known.get("new_folders") if is_ours else None) or [],
        }
        os.makedirs(os.path.dirname(self._record), mode=0o700, exist_ok=True)
        _replace(self._record, json.dumps(record).encode(), 0o600)

    def _recorded(self) -> Mapping[str, object]:
        try:
            with open(self._record, "rb") as file:
                found = json.loads(file.read(_LARGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        is_ours = isinstance(found, dict) and found.get("path") == self.path
        return found if is_ours else {}

    def _read(self) -> tuple[str, State]:
        """Return the text and the state of the file; "" for a missing one."""
        try:
            with open(self.path, "rb", opener=_without_waiting) as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
                    raise Refused(f"{plain(self.path, None)} is no settings file")
                data = file.read()
        except FileNotFoundError:
            return "", State(None, 0o600)
        except OSError as error:
            raise Refused(f"{plain(self.path, None)} cannot be read: {error.strerror}") from error
        state = State((found.st_ino, found.st_size, found.st_mtime_ns), found.st_mode & 0o777)
        try:
            return data.decode("utf-8"), state
        except UnicodeDecodeError as error:
            raise Refused(f"{plain(self.path, None)} is not UTF-8") from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)


def _missing_folders(path: str) -> Iterator[str]:
    """Yield the folders above a path that have to be made, the deepest first."""
    folder = os.path.dirname(path)
    while not os.path.lexists(folder):
        yield folder
        folder = os.path.dirname(folder)


def _remove_empty(folders: object) -> None:
    """Remove folders that were made for the file, unless something else is in them by now."""
    for folder in folders if isinstance(folders, list) else ():
        try:
            os.rmdir(folder)
        except (OSError, TypeError, ValueError):
            return


def _replace(path: str, data: bytes, mode: int) -> None:
    """Replace a file as a whole.

    Raises:
        OSError: it cannot be written; names the file, not the one that was to replace it.
    """
    staged = f"{path}.{os.getpid()}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with open(os.open(staged, flags, 0o600), "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(staged, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(staged)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, path) from error
        raise
