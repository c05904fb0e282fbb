"""The spool: what agents' hooks leave for the importer, in a folder of its own for each repository.

    <agent>.poke   empty; the agent has ended a turn. `sh` alone can leave it
    note-*         JSON: agent, path, ids, keyed hash and length of the last answer; never text
    key            the random key of the hashes
    lease          its time of change is the moment until which an importer promises to look
    lock           held by the importer, or the watch; says which, and its process id
    stop           asks an importer to end, since a watch takes over
    dropped        the reasons why pokes were dropped, one a line
    failure        the last failure of an importer; gone after the next success

An agent waits for its hook, so this module loads nothing heavy. Notes are no data, so losing one
loses nothing: every importer looks at the files themselves.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import suppress
from typing import NamedTuple

_POKE = ".poke"
_NOTE = "note-"
_KEY_BYTES = 32
_MOST_NOTES = 1000
_LONGEST_NOTE = 16 * 1024
_MOST_COUNTED = 64 * 1024
"""Bytes of the file `dropped`, after which nothing more is counted."""


class Note(NamedTuple):
    """A note of a hook: the session's file ("" if unknown), its id, and the turn's last answer.

    `digest` is the hex hash of the answer under the spool's key, and `length` its length in
    characters; both are empty if the agent did not pass its answer.
    """

    agent: str
    path: str = ""
    native_id: str = ""
    digest: str = ""
    length: int = 0


class Spool:
    """The spool of one repository. Only its owner may look into the folder."""

    def __init__(self, folder: str) -> None:
        """Make nothing yet."""
        self.folder = folder

    def path(self, name: str) -> str:
        """Return the path of a file in the spool."""
        return os.path.join(self.folder, name)

    def make(self) -> None:
        """Make the folder, if it is missing.

        Raises:
            OSError: it cannot be made.
        """
        os.makedirs(self.folder, mode=0o700, exist_ok=True)

    # What hooks leave.

    def mark(self, agent: str) -> None:
        """Leave a mark that an agent has ended a turn.

        Raises:
            OSError: it cannot be written.
        """
        self._write(f"{agent}{_POKE}", b"")

    def take_marks(self) -> list[str]:
        """Remove the marks, and return the names of their agents."""
        return [name.removesuffix(_POKE) for name in self._names(_POKE) if self._taken(name)]

    def put(self, note: Note, stamp: int) -> None:
        """Leave a note; `stamp` is the time in nanoseconds, by which notes are ordered.

        Raises:
            OSError: it cannot be written, or there are too many.
        """
        if len(self._names(start=_NOTE)) >= _MOST_NOTES:
            raise OSError("there are too many notes")
        name = f"{_NOTE}{stamp:020}-{os.getpid()}"
        self._write(f"new-{name}", json.dumps(note).encode())
        os.replace(self.path(f"new-{name}"), self.path(name))

    def take_notes(self) -> list[Note]:
        """Remove the notes and return them, oldest first; count those that are none."""
        found = []
        for name in self._names(start=_NOTE):
            note = _note_of(self.read(name, _LONGEST_NOTE))
            if self._taken(name) and note is None:
                self.drop("a note that cannot be read")
            elif note is not None:
                found.append(note)
        return found

    def hash_of(self, answer: str) -> str:
        """Return the hash of an answer under the spool's key, which is made at the first call.

        Raises:
            OSError: the key cannot be written.
        """
        from hashlib import blake2b

        return blake2b(
            answer.encode("utf-8", "surrogatepass"), key=self._key(), digest_size=16
        ).hexdigest()

    def _key(self) -> bytes:
        key = self.read("key", _KEY_BYTES)
        if len(key) != _KEY_BYTES:
            with suppress(FileExistsError):
                staged = f"key-{os.getpid()}"
                self._write(staged, os.urandom(_KEY_BYTES))
                try:
                    os.link(self.path(staged), self.path("key"))
                finally:
                    os.unlink(self.path(staged))
            key = self.read("key", _KEY_BYTES)
        return key

    # Who looks.

    def lease(self, until: float) -> None:
        """Promise to look at marks and notes until a time, in seconds since the epoch.

        Raises:
            OSError: the promise cannot be written.
        """
        self._write("lease", b"")
        os.utime(self.path("lease"), (until, until))

    def end_lease(self) -> None:
        """Take the promise back; marks and notes that are left now are still to be looked at."""
        self._taken("lease")

    def is_leased(self, now: float) -> bool:
        """Tell whether an importer has promised to look after `now`."""
        try:
            return os.stat(self.path("lease")).st_mtime > now
        except OSError:
            return False

    def has_pokes(self) -> bool:
        """Tell whether there are marks or notes."""
        return bool(self._names(_POKE) or self._names(start=_NOTE))

    # What went wrong.

    def drop(self, reason: str) -> None:
        """Count a poke that was dropped."""
        with suppress(OSError):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            handle = os.open(self.path("dropped"), flags, 0o600)
            with open(handle, "ab") as file:
                if file.tell() < _MOST_COUNTED:
                    file.write(f"{reason}\n".encode())

    def dropped(self) -> Counter[str]:
        """Return how many pokes were dropped, by reason."""
        text = self.read("dropped", 2 * _MOST_COUNTED).decode("utf-8", "replace")
        return Counter(text.splitlines())

    def forget_dropped(self) -> None:
        """Set the counts of dropped pokes back."""
        self._taken("dropped")

    def fail(self, message: str) -> None:
        """Keep the failure of an import; "" forgets it."""
        if message:
            with suppress(OSError):
                self._write("failure", message.encode("utf-8", "backslashreplace"))
        else:
            self._taken("failure")

    def failure(self) -> str:
        """Return the last failure of an import, or ""."""
        return self.read("failure", _LONGEST_NOTE).decode("utf-8", "replace")

    # Files.

    def read(self, name: str, most: int) -> bytes:
        """Return the bytes of a file of the spool, at most `most`; b"" if it cannot be read."""
        try:
            handle = os.open(
                self.path(name), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            )
            with open(handle, "rb") as file:
                return file.read(most)
        except OSError:
            return b""

    def _write(self, name: str, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with open(os.open(self.path(name), flags, 0o600), "wb") as file:
            file.write(data)

    def _names(self, end: str = "", start: str = "") -> list[str]:
        try:
            names = os.listdir(self.folder)
        except OSError:
            return []
        return sorted(name for name in names if name.startswith(start) and name.endswith(end))

    def _taken(self, name: str) -> bool:
        try:
            os.unlink(self.path(name))
        except OSError:
            return False
        return True


def spool_of(state_folder: str, repository: str) -> Spool:
    """Return the spool of the repository at a path."""
    from hashlib import blake2b

    name = blake2b(os.fsencode(os.path.realpath(repository)), digest_size=8).hexdigest()
    return Spool(os.path.join(state_folder, "live", name))


def _note_of(data: bytes) -> Note | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or len(found) != len(Note._fields):
        return None
    *texts, length = found
    is_note = all(isinstance(one, str) for one in texts) and isinstance(length, int)
    return Note(*found) if is_note else None
