"""SessionWriter: how `SessionStore` checks, stages and publishes a write.

A write is staged in an `ObjectBatch`, landed as one pack, and published by one compare-and-swap of
the session's ref, under the store lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from typing import NamedTuple, TypedDict

from store.document.headline import commit_message
from store.errors import (
    AmbiguousId,
    InvalidSession,
    NotDurable,
    RefConflict,
    SessionExists,
    StoreError,
    UnknownId,
)
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.index.tip_rows import extra_headers
from store.maintenance.housekeeping import tidy
from store.merge.replay import starts_with, transcript_equals
from store.objects.commit import (
    MILLISECONDS,
    Commit,
    Signature,
    milliseconds,
    read_commit,
    write_commit,
)
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_name import SESSIONS, check_name, fold_name, session_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from store.session.message import LazyMessages
from store.session.new_session import facts_added, time_text
from store.session.session import Session
from store.session_store.addition import Addition, Headers
from store.session_store.commit_info import CommitInfo, Place
from store.session_store.following import SessionFollower
from store.session_store.listing import SHORT
from store.tree_layout.append import Grown, Recent, StoredSession, grow, read_stored
from store.tree_layout.attachments import attachments_of, with_attachments, with_changes
from store.tree_layout.facts import Facts, facts_of, read_facts
from store.tree_layout.layout import Layout, layout_of, write_session

_LARGE_ROWS, _LARGE_BYTES = 1000, 4 * 1024 * 1024


class Tip(Enum):
    """The present tip of the session, as the parent of a save."""

    TIP = "tip"


TIP = Tip.TIP
Parent = CommitId | str | Tip | None


class Options(TypedDict, total=False):
    """The options of a `SessionStore`, which explains them."""

    author: tuple[str, str]
    clock: Callable[[], float]
    layout: Layout
    headers: Callable[[], Headers] | None
    fields: Sequence[str]
    message_key: str


class Staged(NamedTuple):
    """A new commit of a session and its facts."""

    id: CommitId
    commit: Commit
    facts: Facts
    fields: Mapping[str, object]
    grown: Grown | None
    failure: NotDurable | None = None
    name: str = ""


class SessionWriter(SessionFollower):
    """The writing half of `SessionStore`, without its verbs."""

    def __init__(  # noqa: PLR0913 - the options of a store
        self,
        repository: Repository,
        *,
        author: tuple[str, str] = ("wajutsu", "wajutsu@localhost"),
        clock: Callable[[], float] = time.time,  # noqa: TID251 - a default, given by callers
        layout: Layout = "native",
        headers: Callable[[], Headers] | None = None,
        fields: Sequence[str] = (),
        message_key: str = "",
    ) -> None:
        """Use `SessionStore.init` or `SessionStore.open`, which make the repository."""
        super().__init__(repository, fields, message_key)
        self.author = author
        self.clock = clock
        self.layout: Layout = layout
        self.headers = headers
        self._recent = Recent()
        self._last_ms = 0

    def peel(self, object_id: str) -> CommitId | None:
        """Return the commit that an object is, or that an annotated tag names."""
        if self._recent.name_of(object_id) is not None:
            return CommitId(object_id)
        return super().peel(object_id)

    def _written(self, commit_id: CommitId) -> Session | None:
        stored = self._recent.get(commit_id)
        return stored.session if stored else None

    def _prepare(self, batch: ObjectBatch, name: str, session: Session) -> None:
        """Do the slow work outside the lock: bring the index up to date, store many messages."""
        if self.place(name) is None:
            check_name(name)
            self.index.refresh()
        rows = session.messages
        if isinstance(rows, LazyMessages):
            return
        if len(rows) > _LARGE_ROWS or sum(len(row.raw) for row in rows) > _LARGE_BYTES:
            for row in rows:
                batch.add("blob", row.raw)
            batch.flush()

    def _check_parent(
        self, session: Session, parent: CommitId | Tip | None, tip: Place | None
    ) -> None:
        name = session.name
        actual = tip.id if tip else None
        seen = self._last_seen.get(name)
        if tip is None and session.origin is not None:
            expected = parent if isinstance(parent, str) else seen
            raise RefConflict(name, expected, None, self._conflict_reason(session.id, None))
        if parent is None:
            if tip is not None:
                reason = "the name is in use: save on its tip, or fork under another id"
                raise RefConflict(name, None, actual, reason)
        elif isinstance(parent, Tip):
            if tip is not None and not starts_with(
                self._objects, session, read_commit(self._objects, tip.id).tree
            ):
                reason = "its messages are no prefix of the new ones: load the tip, or fork"
                raise RefConflict(name, seen, actual, reason)
        elif tip is None or not self._may_continue(parent, tip.id):
            raise RefConflict(name, parent, actual, self._conflict_reason(session.id, actual))

    def _tip(self, name: str, base: CommitId | None, *, exact: bool) -> Place:
        """Return the position of a session, which must be `base` or continue it if given."""
        tip = self.place(name)
        if tip is None or (
            base not in (None, tip.id) and (exact or not self._may_continue(base, tip.id))
        ):
            actual = tip.id if tip else None
            expected = base or self._last_seen.get(name)
            raise RefConflict(name, expected, actual, self._conflict_reason(name, actual))
        return tip

    def _cut(self, found: CommitId, at: int) -> tuple[Session, CommitId | None]:
        """Return the first `at` rows of a conversation, and its last commit that has no more."""
        whole = self.load(found)
        if not 0 <= at <= whole.rows:
            raise InvalidSession(f"the conversation has {whole.rows} rows, not {at}", "at")
        session = whole.with_messages(whole.messages[:at])
        for rows in self._chunks(found):
            for row in rows:
                if (row.rows or 0) <= at and row.problem is None:
                    tree = read_commit(self._objects, row.id).tree
                    if starts_with(self._objects, session, tree):
                        return session, row.id
        return session, None

    def _at(self, name: str, expected: CommitId | str | None) -> Place:
        """Return the position of a session, which must be at `expected` if that is given."""
        tip = self.place(name)
        if tip is None:
            raise UnknownId(name)
        if expected is not None and (wanted := self.resolve(expected)) != tip.id:
            raise RefConflict(name, wanted, tip.id, "look at it again before you go on")
        return tip

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Name the session in a conflict with plain git, not its ref."""
        try:
            yield
        except RefConflict as error:
            name = error.name.removeprefix(SESSIONS)
            raise RefConflict(name, error.expected, error.actual, error.reason) from error

    def _forget(self, name: str) -> None:
        self._last_seen.pop(name, None)
        self._recent.forget(name)

    def _may_continue(self, commit_id: CommitId, tip: CommitId) -> bool:
        if commit_id == tip:
            return True
        trees = [read_commit(self._objects, c).tree for c in (commit_id, tip)]
        try:
            return transcript_equals(self._objects, *trees)
        except InvalidSession:
            return False  # one of them is not a conversation

    def _conflict_reason(self, session_id: str, tip: CommitId | None) -> str:
        if tip is not None:
            return "load the tip and save on it, or fork under another id"
        names = ", ".join(repr(name) for name in self.names_of(session_id)[:8])
        where = f"; the same conversation is at {names}" if names else ""
        return f"the session was renamed or deleted{where}"

    def _name_at(self, commit_id: CommitId) -> str:
        """Return the session at a commit, or else at a commit with the same transcript."""
        remembered = self._recent.name_of(commit_id)
        if remembered is not None:
            return remembered
        own = read_facts(self._objects, read_commit(self._objects, commit_id).tree).id
        place = self.place(own)
        if place is not None and place.id == commit_id:
            return own
        names = self.names_at(commit_id)
        if not names and place is None:
            places = [(name, self.place(name)) for name in self.names_of(own)]
            names = [n for n, at in places if at and self._may_continue(commit_id, at.id)]
        if len(names) > 1:
            raise AmbiguousId(commit_id, names)
        return names[0] if names else own

    def _layout_on(self, base: TreeId | None) -> Layout:
        if base is None:
            return self.layout
        try:
            return read_facts(self._objects, base).layout
        except InvalidSession:
            return self.layout

    def _grow(self, batch: ObjectBatch, name: str, tip: Place, addition: Addition) -> Staged | None:
        """Stage the longer conversation and its commit; None if nothing changes."""
        if addition.is_empty:
            return None
        added, fields, headers, changes = addition
        stored = self._recent.get(tip.id) or read_stored(self._objects, tip.id, name)
        attached = stored.attachments
        if changes:
            attached = with_changes(batch, attached, changes)
        if attached == stored.attachments and addition.leaves_as_it_is(stored):
            return None
        title, count = facts_added(stored.session, added)
        now, stored = time_text(self.clock()), stored._replace(attachments=attached)
        grown = grow(batch, stored, added, now, title=title, message_count=count, fields=fields)
        listed = self._fields_of(grown.session)
        facts = grown.growth.facts
        return self._stage(batch, grown.tree, tip.id, facts, listed, grown, headers)

    def _write(
        self, batch: ObjectBatch, session: Session, tip: Place | None,
        parent: CommitId | None, source: CommitId | None = None,
    ) -> Staged | None:  # fmt: skip
        """Commit a whole conversation on `parent` and move its session there, under the store lock.

        Objects of the parent, or of `source`, are shared. None if the tip already holds it.
        """
        shared = source or parent
        base = read_commit(batch, shared).tree if shared else None
        tree = write_session(batch, session, self._layout_on(base), base)
        if source and source != parent:
            above = read_commit(batch, parent).tree if parent else EMPTY_TREE
            tree = with_attachments(batch, tree, attachments_of(batch, above))
        if tip is None:
            self._check_new_name(session.name)
        elif tree == base:
            return None
        facts = facts_of(session, layout_of(batch, tree))
        fields = self._fields_of(session)
        staged = self._stage(batch, tree, parent, facts, fields)
        return self._move(batch, session.name, tip, staged)

    def _stage(  # noqa: PLR0913, PLR0917 - the parts of a commit
        self,
        batch: ObjectBatch,
        tree: TreeId,
        parent: CommitId | None,
        facts: Facts,
        fields: Mapping[str, object],
        grown: Grown | None = None,
        more: Headers = (),
    ) -> Staged:
        """Stage a commit of a tree; `more` are further headers."""
        ms = self._next_ms()
        who = Signature(*self.author, ms // 1000)
        headers = tuple(self.headers()) if self.headers else ()
        headers = (*headers, *more, (MILLISECONDS, str(ms)))
        message = commit_message(facts.id, facts.prompt)
        commit = Commit(tree, (parent,) if parent else (), who, who, message, headers)
        return Staged(write_commit(batch, commit), commit, facts, fields, grown)

    def _next_ms(self) -> int:
        """Return the time in milliseconds, later than that of the last commit of this second."""
        now = self.clock()
        second = int(now)
        ms = second * 1000 + int((now - second) * 1000)
        with self._opening:
            if self._last_ms // 1000 == second:
                ms = min(max(ms, self._last_ms + 1), second * 1000 + 999)
            self._last_ms = ms
        return ms

    def _fields_of(self, session: Session) -> dict[str, object]:
        return {f: session.header[f] for f in self.fields if f in session.header}

    def _move(self, batch: ObjectBatch, name: str, tip: Place | None, staged: Staged) -> Staged:
        """Write the staged objects and move the session's ref, under the store lock."""
        batch.flush()
        expected = CommitId(tip.raw) if tip else Expect.MISSING
        try:
            edits = [RefEdit(session_ref(name), staged.id, expected)]
            known, ready = batch.holds, batch.prepared_ref(staged.id)
            with self._naming():
                update_refs(self.repository, edits, landed=known, ready=ready)
        except NotDurable as error:
            staged = staged._replace(failure=error)
        self._last_seen[name] = staged.id
        if (grown := staged.grown) is not None:
            kept = StoredSession(staged.commit, *grown.kept)
            self._recent.put(staged.id, name, kept, tip.id if tip else None)
        return staged

    def _try_move(
        self, batch: ObjectBatch, name: str, tip: Place, staged: Staged, *, again: bool
    ) -> Staged | None:
        """Move the session's ref; None if it is not at `tip` and the caller may go on from there."""
        try:
            return self._move(batch, name, tip, staged)
        except RefConflict:
            if not again or self.place(name) in (None, tip):
                raise
            return None

    def _done(
        self, batch: ObjectBatch, name: str, tip: Place | None, staged: Staged | None
    ) -> CommitInfo:
        """Update the index and do due housekeeping, outside the lock; the commit is published."""
        if staged is None:
            assert tip is not None
            self._last_seen[name] = tip.id
            return self.info(tip.id, name)
        growth = staged.grown.growth if staged.grown else None
        with suppress(Warning):
            self.index.note_ref(batch, session_ref(name), staged.id, growth)
        batch.release()
        with suppress(Warning):
            tidy(self.repository, new_ref=tip is None)
        info = self._info_of(name, staged)
        if staged.failure is not None:
            what = f"commit {staged.id[:12]} of session {name!r}"
            raise staged.failure.of(what, info) from staged.failure
        return info

    def _info_of(self, name: str, staged: Staged) -> CommitInfo:
        commit, facts = staged.commit, staged.facts
        return CommitInfo(
            staged.id,
            self._short(staged.id),
            name,
            facts.id,
            extra_headers(commit),
            commit.message,
            commit.author.time,
            facts.message_count,
            facts.model,
            commit.parents,
            "",
            milliseconds(commit),
            staged.fields,
        )

    def _short(self, commit_id: CommitId) -> str:
        try:
            return self.short_id(commit_id)
        except (StoreError, Warning):
            return commit_id[:SHORT]  # there is no index; the commit is saved all the same

    def _check_new_name(self, name: str, instead_of: str = "") -> None:
        check_name(name)
        self.index.refresh()
        other = self.index.colliding_ref(session_ref(name), fold_name(session_ref(name)))
        if other is not None and other != session_ref(instead_of):
            shown = other[len(SESSIONS) :]
            raise SessionExists(name, f"{shown!r} is too close: equal but for case, or a part")
