"""The threads of LangGraph as sessions: lines of checkpoints, and a journal of writes.

A namespace of a thread has one session for each line of checkpoints. The rows of a line are the
values of channels, a list's items one by one, each once; a checkpoint, a member of the document,
names its rows by number. A further session, the journal, holds the writes of tasks and the ids of
hidden checkpoints.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store.adapters.langgraph_rows import Entry, Item, Row, Write, numbers_of, placed, runs_of
from store.errors import InvalidRefName, RefConflict, SessionExists, TokenExpired, UnknownId
from store.ids import CommitId
from store.repository.key_name import decode_name, encode_name, encode_prefix
from store.session.message import Message
from store.session.session import Session
from store.session_store.store import SessionStore

_PREFIX, _JOURNAL, _MEMBER, _FORMAT = "langgraph", "writes", "checkpoint", "openai-chat"
_KEPT = 256


class Threads:
    """The threads of a repository, read once and followed from there."""

    def __init__(self, sessions: SessionStore) -> None:
        """Read nothing yet."""
        self._sessions = sessions
        self._known: dict[str, Thread] = {}
        self._token = ""

    def of(self, thread_id: str) -> Thread:
        """Return a thread as it is now; it need not exist."""
        self._follow()
        thread = self._known.pop(thread_id, None) or Thread(self._sessions, thread_id)
        self._known[thread_id] = thread
        if len(self._known) > _KEPT:
            self._known.pop(next(iter(self._known)))
        if thread.stale:
            thread.read()
        return thread

    def ids(self) -> set[str]:
        """Return the ids of all threads."""
        tips = self._sessions.sessions(prefix=encode_prefix(_PREFIX))
        return {decode_name(tip.name)[1] for tip in tips if tip.name and _is_line(tip.name)}

    def _follow(self) -> None:
        try:
            changes = self._sessions.changes(self._token)
        except TokenExpired:
            self._known.clear()
            self._token = self._sessions.token()
            return
        for change in changes:
            self._token = change.token
            if _is_line(change.name):
                thread = self._known.get(decode_name(change.name)[1])
                if thread is not None and thread.tips.get(change.name) != change.new:
                    thread.stale = True


class Thread:
    """A thread: its checkpoints and writes, as last read."""

    def __init__(self, sessions: SessionStore, thread_id: str) -> None:
        """Read nothing yet."""
        self.id = thread_id
        self.stale = True
        self.tips: dict[str, CommitId] = {}
        self._sessions = sessions
        self._clear()

    def _clear(self) -> None:
        self.tips = {}
        self._entries: dict[tuple[str, str], Entry] = {}
        self._commits: set[CommitId] = set()
        self._writes: dict[tuple[str, str], dict[tuple[str, int], Write]] = {}
        self._hidden: set[tuple[str, str]] = set()
        self._read_rows: dict[str, int] = {}
        self._numbers: tuple[CommitId | None, dict[bytes, int]] = (None, {})
        self._sources: dict[str, tuple[CommitId, Sequence[Message]]] = {}

    def read(self) -> None:
        """Read what is new in the thread's sessions."""
        self.stale = False
        found = self._sessions.sessions(prefix=encode_prefix(_PREFIX, self.id), order="name")
        tips = {tip.name: tip.id for tip in found if tip.name and _is_line(tip.name)}
        if self.tips.keys() - tips.keys() or not all(map(self._read_tip, tips, tips.values())):
            self._clear()  # a line was deleted, or moved back or aside
            for name, tip in tips.items():
                self._read_tip(name, tip)

    def entries(self, ns: str | None = None) -> list[Entry]:
        """Return the visible checkpoints, or those of a namespace."""
        return [
            one
            for key, one in self._entries.items()
            if key not in self._hidden and ns in (None, one.ns)
        ]

    def find(self, ns: str, checkpoint_id: str | None, *, gone: bool) -> Entry | None:
        """Return a checkpoint, by default the latest; with `gone` also a hidden one."""
        if checkpoint_id is None:
            return max(self.entries(ns), key=lambda one: one.id, default=None)
        found = self._entries.get((ns, checkpoint_id))
        return found if gone or (ns, checkpoint_id) not in self._hidden else None

    def writes(self, entry: Entry) -> list[Write]:
        """Return the writes for a checkpoint, in the order in which they count."""
        found = self._writes.get((entry.ns, entry.id), {}).values()
        return sorted(found, key=lambda one: (one.path, one.task, one.number))

    def rows(self, entry: Entry) -> Sequence[Message]:
        """Return the rows of a checkpoint's line, read on demand; a line only adds rows."""
        tip = self.tips[entry.line]
        known = self._sources.get(entry.line)
        if known is None or known[0] != tip:
            known = self._sources[entry.line] = (tip, self._sessions.load(entry.line).messages)
        return known[1]

    def put(self, ns: str, kept: Row, items: Sequence[Item], channels: Mapping[str, Any]) -> None:
        """Store a checkpoint as a commit on its parent's, on a new line if that is continued."""
        while True:
            parent = self._entries.get((ns, kept["parent"] or ""))
            name, base = self._line(ns, kept["id"], parent)
            numbers = self._row_numbers(base)
            self._numbers = (None, {})  # `placed` adds to them what a failed write has not stored
            added, places = placed(items, numbers)
            shown = {one: runs_of(places, where) for one, where in channels.items()}
            fields = {_MEMBER: {**kept, "channels": shown}}
            try:
                if base is not None and self.tips.get(name) == base:
                    made = self._sessions.append(name, added, fields=fields, expected=base)
                elif base is not None:
                    longer = self._sessions.load(base).appended(added).with_header(fields)
                    made = self._sessions.fork(base, longer.with_id(name))
                else:
                    begun = Session.of(added, id=name, format=_FORMAT, fields=fields)
                    made = self._sessions.save(begun, parent=None)
            except (RefConflict, SessionExists, UnknownId):
                self.read()  # another process was faster
                continue
            self.tips[name] = made.id
            self._numbers = (made.id, numbers)
            self._note(fields[_MEMBER], name, made.id, made.timestamp_ms)
            return

    def write(self, ns: str, writes: Sequence[Write]) -> None:
        """Add the writes that count to the journal."""
        fresh = [one for one in writes if self._counts(ns, one)]
        self._journal(ns, [one._asdict() for one in fresh])

    def hide(self, entries: Iterable[Entry]) -> None:
        """Hide checkpoints, whose commits stay."""
        by_ns: dict[str, list[Row]] = {}
        for entry in entries:
            by_ns.setdefault(entry.ns, []).append({"hidden": entry.id})
        for ns, rows in by_ns.items():
            self._journal(ns, rows)

    def delete(self) -> None:
        """Delete all sessions of the thread."""
        while True:
            try:
                with self._sessions.batch() as batch:
                    for name in self.tips:
                        batch.delete(name)
            except UnknownId:
                self.read()  # another process has deleted one
                continue
            self._clear()
            return

    def copy(self, target: str) -> None:
        """Fork all sessions of the thread for another one, all or none."""
        with self._sessions.batch() as batch:
            for name, tip in self.tips.items():
                _, _, *rest = decode_name(name)
                session = self._sessions.load(tip).with_id(encode_name(_PREFIX, target, *rest))
                batch.fork(tip, session)

    def _line(
        self, ns: str, checkpoint_id: str, parent: Entry | None
    ) -> tuple[str, CommitId | None]:
        """Return the session that a checkpoint goes to, and the commit that it continues."""
        main = encode_name(_PREFIX, self.id, ns)
        base = parent.commit if parent else None
        for name, tip in self.tips.items():
            if tip == base and decode_name(name)[2:3] == (ns,):
                return name, base
        name, line = main, checkpoint_id
        while name in self.tips:
            name, line = encode_name(_PREFIX, self.id, ns, line), f"{line}-2"
        return name, base

    def _row_numbers(self, base: CommitId | None) -> dict[bytes, int]:
        if base is not None and self._numbers[0] == base:
            return self._numbers[1]
        return numbers_of(self._sessions.load(base).messages) if base else {}

    def _counts(self, ns: str, write: Write) -> bool:
        known = self._writes.get((ns, write.checkpoint), {}).get((write.task, write.number))
        return known is None or (write.replace and known != write)

    def _journal(self, ns: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        name = encode_name(_PREFIX, self.id, ns, _JOURNAL)
        while True:
            try:
                if name in self.tips:
                    made = self._sessions.append(name, rows)
                else:
                    begun = Session.of(rows, id=name, format=_FORMAT)
                    made = self._sessions.save(begun, parent=None)
            except (RefConflict, UnknownId):
                self.read()  # another process began or deleted it
                continue
            alone = made.parents in ((), (self.tips.get(name),))
            self.tips[name] = made.id
            self._count(name, rows if alone else self._unread(name))
            return

    def _unread(self, name: str) -> list[Row]:
        rows = self._sessions.iter_messages(name, self._read_rows.get(name, 0))
        return [json.loads(message.raw) for message in rows]

    def _count(self, name: str, rows: Sequence[Row]) -> None:
        """Let rows of a journal count, which follow those that were read."""
        ns = decode_name(name)[2]
        self._read_rows[name] = self._read_rows.get(name, 0) + len(rows)
        for row in rows:
            if "hidden" in row:
                self._hidden.add((ns, row["hidden"]))
                continue
            write = Write(**row)
            if self._counts(ns, write):
                known = self._writes.setdefault((ns, write.checkpoint), {})
                known[write.task, write.number] = write

    def _read_tip(self, name: str, tip: CommitId) -> bool:
        """Read what a session has behind its known tip; tell whether it only went on from there."""
        before = self.tips.get(name)
        if before == tip:
            return True
        self.tips[name] = tip
        journal = decode_name(name)[3:] == (_JOURNAL,)
        went_on = before is None
        for info in self._sessions.lineage(tip) if before or not journal else ():
            if info.id == before:
                went_on = True
                break
            if info.id in self._commits:
                break
            kept = None if journal else self._sessions.load(info.id).header.get(_MEMBER)
            if isinstance(kept, dict):
                self._note(kept, name, info.id, info.timestamp_ms)
        if journal and went_on:
            self._count(name, self._unread(name))
        return went_on

    def _note(self, kept: Row, line: str, commit: CommitId, ms: int) -> None:
        self._commits.add(commit)
        ns = decode_name(line)[2]
        own = {one: kept[one] for one in ("id", "parent", "metadata", "rest", "channels")}
        entry = Entry(**own, ns=ns, line=line, commit=commit, ms=ms)
        before = self._entries.get((ns, entry.id))
        if before is None or before.ms <= ms:
            self._entries[ns, entry.id] = entry


def _is_line(name: str) -> bool:
    """Tell whether a session is of a thread, and not a fork that `wj` made of one."""
    try:
        parts = decode_name(name)
    except InvalidRefName:
        return False
    return parts[0] == _PREFIX and len(parts) in (3, 4)
