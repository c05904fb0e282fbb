"""An agent's settings file: read, changed by one entry, and restored.

What was added is kept, so that taking it back restores the file exactly, however it was changed
since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.exchange.hooks.json_edit import HOOKS, add_entry, entries_of, remove_entries
from porcelain.exchange.hooks.table import Hook
from porcelain.exchange.hooks.user_file import Change, UserFile
from store.document.json_scanner import scan_document
from store.errors import InvalidSession


class SettingsFile(UserFile):
    """The settings file of one agent, in which an entry of ours is one of many."""

    def __init__(self, hook: Hook, path: str, records: str) -> None:
        """Read nothing yet."""
        super().__init__(hook.agent, path, records)
        self.hook = hook

    def command(self) -> str:
        """Return the command of our entry; "" if there is none or the file cannot be understood."""
        try:
            entries = self._entries(self._read()[0])
        except Refused:
            return ""
        return next((found for entry in entries if (found := self.hook.command_of(entry))), "")

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
        removed = self._removed(text) if self.hook.sign in text else text
        record = self._recorded()
        is_bare = removed.strip() == "" or _is_bare(removed, self.hook.document())
        after = None if record.get("new") and is_bare and removed != text else removed
        return Change(self.path, text, after, "", state)

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

    def _entries(self, text: str) -> list[object]:
        try:
            return entries_of(text, self.hook.event) if text.strip() else []
        except InvalidSession as error:
            raise self._refused(error, None) from error

    def _refused(self, error: InvalidSession, entry: object) -> Refused:
        hints = ["Remove the entry by hand"]
        if entry is not None:
            text = json.dumps({HOOKS: {self.hook.event: [entry]}}, ensure_ascii=False)
            hints = [f"To set it up by hand, merge this into the file: {plain(text, None)}"]
        path = plain(self.path, None)
        return Refused(f"{path} cannot be edited as JSON: {error}", *hints)


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
