"""An agent's settings file: read, changed by one entry, and restored.

A file that is a link is written through to its target. A file is replaced as a whole, with its
permissions, and only if nobody has written it since it was read. What was added is kept in the
state folder, so that taking it back restores the file exactly, however it was changed since.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.exchange.hooks.json_edit import HOOKS, add_entry, entries_of, remove_entries
from porcelain.exchange.hooks.table import Hook
from store.document.json_scanner import scan_document
from store.errors import InvalidSession

_LARGEST = 16 << 20


class _State(NamedTuple):
    """The state of a file when it was read; None if it was missing."""

    key: tuple[int, int, int] | None
    mode: int


class Change(NamedTuple):
    """A change of a settings file: the text before ("" for a missing file) and after it.

    `after` is None if the file is to be removed, since nothing but our entry was ever in it.
    `added` is the text that was added, "" for a removal.
    """

    path: str
    before: str
    after: str | None
    added: str
    state: _State
    is_new: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return self.before == self.after


class SettingsFile:
    """The settings file of one agent; `records` is the folder that keeps what was added."""

    def __init__(self, hook: Hook, path: str, records: str) -> None:
        """Read nothing yet."""
        self.hook = hook
        self.path = os.path.realpath(path)
        self._record = os.path.join(records, f"{hook.agent}.json")

    def command(self) -> str:
        """Return the command of our entry; "" if there is none or the file cannot be understood."""
        with suppress(Refused):
            for entry in self._entries(self._read()[0]):
                if self.hook.is_ours(entry):
                    return self.hook.command_of(entry)
        return ""

    def value(self, *members: str) -> object:
        """Return a setting by the names that lead to it; None if it is not set."""
        try:
            found: object = json.loads(self._read()[0])
        except (ValueError, RecursionError, Refused):
            return None
        for name in members:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def plan_setup(self, command: str) -> Change:
        """Return the change that makes the agent call a command; an older entry of ours goes.

        Raises:
            Refused: the file is no JSON that can be edited, or no file.
        """
        text, state = self._read()
        if self.command() == command:
            return Change(self.path, text, text, "", state)
        entry = self.hook.entry(command)
        is_new = state.key is None
        if not text.strip():
            document = self.hook.document() | {HOOKS: {self.hook.event: [entry]}}
            made = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
            return Change(self.path, text, made + text, made, state, is_new)
        base = self._removed(text)
        try:
            edit = add_entry(base, self.hook.event, entry)
        except InvalidSession as error:
            raise self._refused(error, entry) from error
        return Change(self.path, text, edit.text, edit.added, state, is_new)

    def plan_removal(self) -> Change:
        """Return the change that takes our entry back.

        Raises:
            Refused: the file is no JSON that can be edited, or no file.
        """
        text, state = self._read()
        removed = self._removed(text) if text else text
        record = self._recorded()
        is_bare = removed.strip() == "" or _is_bare(removed, self.hook.document())
        after = None if record.get("new") and is_bare and removed != text else removed
        return Change(self.path, text, after, "", state)

    def write(self, change: Change) -> None:
        """Write a change, and keep what was added.

        Raises:
            Refused: the file was written meanwhile.
            OSError: it cannot be written.
        """
        if self._read()[1] != change.state:
            raise Refused(f"{plain(self.path, None)} was written meanwhile", "Try it again")
        folder = os.path.dirname(self.path)
        is_new_folder = not os.path.isdir(folder)
        if change.after is None:
            os.unlink(self.path)
            if self._recorded().get("new_folder"):
                with suppress(OSError):
                    os.rmdir(folder)  # unless something else is in it by now
        else:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            _replace(self.path, change.after.encode(), change.state.mode)
        if change.added:
            known = self._recorded()
            record = {
                "path": self.path,
                "added": change.added,
                "new": change.is_new or bool(known.get("new")),
                "new_folder": is_new_folder or bool(known.get("new_folder")),
            }
            os.makedirs(os.path.dirname(self._record), mode=0o700, exist_ok=True)
            _replace(self._record, json.dumps(record).encode(), 0o600)
        else:
            with suppress(FileNotFoundError):
                os.unlink(self._record)

    def _removed(self, text: str) -> str:
        """Return a text without our entries: exactly as before if the text added is still there."""
        added = self._recorded().get("added")
        if isinstance(added, str) and added and text.count(added) == 1:
            before = text.replace(added, "")
            if not before.strip() or _is_readable(before):
                return before
        try:
            return remove_entries(text, self.hook.event, self.hook.is_ours)
        except InvalidSession as error:
            raise self._refused(error, None) from error

    def _recorded(self) -> Mapping[str, object]:
        try:
            with open(self._record, "rb") as file:
                found = json.loads(file.read(_LARGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        is_ours = isinstance(found, dict) and found.get("path") == self.path
        return found if is_ours else {}

    def _entries(self, text: str) -> list[object]:
        try:
            return entries_of(text, self.hook.event) if text.strip() else []
        except InvalidSession as error:
            raise self._refused(error, None) from error

    def _read(self) -> tuple[str, _State]:
        """Return the text and the state of the file; "" for a missing one."""
        try:
            with open(self.path, "rb", opener=_without_waiting) as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
                    raise Refused(f"{plain(self.path, None)} is no settings file")
                data = file.read()
        except FileNotFoundError:
            return "", _State(None, 0o600)
        except OSError as error:
            raise Refused(f"{plain(self.path, None)} cannot be read: {error.strerror}") from error
        state = _State((found.st_ino, found.st_size, found.st_mtime_ns), found.st_mode & 0o777)
        try:
            return data.decode("utf-8"), state
        except UnicodeDecodeError as error:
            raise Refused(f"{plain(self.path, None)} is not UTF-8") from error

    def _refused(self, error: InvalidSession, entry: object) -> Refused:
        hints = []
        if entry is not None:
            text = json.dumps({HOOKS: {self.hook.event: [entry]}}, ensure_ascii=False)
            hints.append(f"To set it up by hand, merge this into the file: {plain(text, None)}")
        path = plain(self.path, None)
        return Refused(f"{path} cannot be edited as JSON: {error}", *hints)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)


def _is_readable(text: str) -> bool:
    """Tell whether a text is a JSON object still: a comma may have been written behind our part."""
    try:
        scan_document(text)
    except InvalidSession:
        return False
    return True


def _is_bare(text: str, document: Mapping[str, object]) -> bool:
    try:
        return bool(json.loads(text) == document)
    except (ValueError, RecursionError):
        return False


def _replace(path: str, data: bytes, mode: int) -> None:
    """Replace a file as a whole."""
    staged = f"{path}.{os.getpid()}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with open(os.open(staged, flags, 0o600), "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(staged, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(staged)
        raise
