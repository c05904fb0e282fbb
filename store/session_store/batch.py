"""Several writes as one: a single pack, a single hold of the lock, all of them or none.

The writes are noted, and done when the block ends, in their order and on what each finds then. Each
sees those before it. When all have succeeded in memory, their objects land as one pack. The refs
then move together: what is about to be done is synced in the file of the store lock first, so the
next holder completes it if this process is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from store.errors import NotDurable, SessionExists, StoreError
from store.ids import CommitId
from store.maintenance.housekeeping import tidy
from store.repository.deleted_ref import deleted_ref
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_name import fold_name, session_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.session.session import Session
from store.session_store.addition import Addition, Headers
from store.session_store.commit_info import CommitInfo, Place
from store.session_store.writer import TIP, Parent, SessionWriter, Staged
from store.tree_layout.attachments import Attachments

if TYPE_CHECKING:
    from store.index.commit_index import Index

Done = Staged | tuple[str | None, Place]
"""A commit that was made, or the present one of a session (None: of a deleted one)."""


class Batch:
    """The writes of a `with store.batch() as batch` block; see `SessionStore.batch`.

    `results` has a `CommitInfo` for each write once the block has ended, in their order: the new
    commit, the present one where nothing was new, or the one that a deleted session was at.
    """

    def __init__(self, store: SessionWriter) -> None:
        """Use `SessionStore.batch`."""
        self._store = store
        self._steps: list[Callable[[_Together], Done]] = []
        self._sessions: list[Session] = []
        self.results: list[CommitInfo] = []

    def save(self, session: Session, parent: Parent = TIP) -> None:
        """Note a `SessionStore.save`."""
        self._sessions.append(session)
        self._steps.append(lambda work: work.save(session, parent))

    def append(
        self,
        name: str,
        messages: Iterable[object] = (),
        *,
        fields: Mapping[str, object] | None = None,
        headers: Headers = (),
        expected: CommitId | str | None = None,
        attachments: Attachments | None = None,
    ) -> None:
        """Note a `SessionStore.append` at the end of a session.

        Raises:
            InvalidSession: one message in place of a sequence, no JSON value, or something
                that cannot be attached.
        """
        addition = Addition.of(messages, fields, headers, attachments)
        self._steps.append(lambda work: work.append(name, addition, expected))

    def fork(self, commit: CommitId | str, session: Session) -> None:
        """Note a `SessionStore.fork`; the commit may be the name of a session of this batch."""
        self._sessions.append(session)
        self._steps.append(lambda work: work.fork(commit, session))

    def delete(self, name: str, *, expected: CommitId | str | None = None) -> None:
        """Note a `SessionStore.delete`."""
        self._steps.append(lambda work: work.delete(name, expected))

    def __enter__(self) -> Self:
        """Return the batch."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do the writes, unless the block has raised."""
        if kind is None and self._steps:
            self.results = _Together(self._store).run(self._steps, self._sessions)


class _Together(SessionWriter):
    """A writer that keeps the new places of sessions in memory until all writes have succeeded."""

    def __init__(self, store: SessionWriter) -> None:
        super().__init__(
            store.repository, author=store.author, layout=store.layout, headers=store.headers
        )
        self.fields = store.fields
        self._store = store
        self._places: dict[str, Place | None] = {}
        self._before: dict[str, Place | None] = {}
        self._dropped: list[tuple[str, CommitId]] = []
        self._batch = ObjectBatch(store.repository)

    @property
    def index(self) -> Index:
        """The index of the store."""
        return self._store.index

    def run(
        self, steps: Iterable[Callable[[_Together], Done]], sessions: Iterable[Session]
    ) -> list[CommitInfo]:
        """Do all steps, or none; messages of large new sessions are stored before the lock."""
        failure: NotDurable | None = None
        self.index.refresh()
        with self._batch as batch:
            self._objects = batch
            for session in sessions:
                self._prepare(batch, session.name, session)
            with self.repository.locked():
                done = [step(self) for step in steps]
                batch.flush()
                edits, known = self._edits(), batch.holds
                try:
                    with self._naming():
                        update_refs(self.repository, edits, landed=known, together=True)
                except NotDurable as error:
                    failure = error
            self._note(batch)
        with suppress(Warning):
            tidy(self.repository, new_ref=True)
        results = [self._result(one) for one in done]
        if failure is not None:
            raise failure.of("a batch of writes", results) from failure
        return results

    def save(self, session: Session, parent: Parent) -> Done:
        wanted = self.resolve(parent) if isinstance(parent, str) else parent
        tip = self.place(session.name)
        self._check_parent(session, wanted, tip)
        made = self._write(self._batch, session, tip, tip.id if tip else None)
        if made is not None:
            return made
        assert tip is not None
        return session.name, tip

    def append(self, name: str, addition: Addition, expected: CommitId | str | None) -> Done:
        tip = self._at(name, expected)
        staged = self._grow(self._batch, name, tip, addition)
        return (name, tip) if staged is None else self._move(self._batch, name, tip, staged)

    def fork(self, commit: CommitId | str, session: Session) -> Done:
        parent = self.resolve(commit)
        if self.place(session.name) is not None:
            raise SessionExists(session.name)
        made = self._write(self._batch, session, None, parent)
        assert made is not None
        return made

    def delete(self, name: str, expected: CommitId | str | None) -> Done:
        tip = self._at(name, expected)
        self._set(name, tip, None)
        if self._before[name] is not None:
            self._dropped.append((name, tip.id))
        return None, tip

    def place(self, name: str) -> Place | None:
        """Return the position of a session after the steps so far."""
        return self._places[name] if name in self._places else super().place(name)

    def _move(  # the refs move at the end
        self,
        batch: ObjectBatch,  # noqa: ARG002
        name: str,
        tip: Place | None,
        staged: Staged,
    ) -> Staged:
        self._set(name, tip, Place(staged.id, staged.id))
        return staged._replace(name=name)

    def _set(self, name: str, tip: Place | None, place: Place | None) -> None:
        self._before.setdefault(name, tip)
        self._places[name] = place

    def _check_new_name(self, name: str, instead_of: str = "") -> None:
        super()._check_new_name(name, instead_of)
        for other, place in self._places.items():
            if place is not None and other != name and fold_name(other) == fold_name(name):
                raise SessionExists(name, f"{other!r} is too close: equal but for case")

    def _next_ms(self) -> int:
        return self._store._next_ms()

    def _edits(self) -> list[RefEdit]:
        edits = [
            RefEdit(deleted_ref(name, commit_id), commit_id, Expect.ANY)
            for name, commit_id in self._dropped
        ]
        for name, place in self._places.items():
            before = self._before[name]
            if place != before:
                expected = CommitId(before.raw) if before else Expect.MISSING
                edits.append(RefEdit(session_ref(name), place.id if place else None, expected))
        return edits

    def _note(self, batch: ObjectBatch) -> None:
        for name, place in self._places.items():
            self._store._forget(name)
            if place is not None:
                self._store._last_seen[name] = place.id
                with suppress(Warning, StoreError):
                    self.index.note_ref(batch, session_ref(name), place.id)

    def _result(self, done: Done) -> CommitInfo:
        if isinstance(done, Staged):
            return self._info_of(done.name, done)
        return self.info(done[1].id, done[0])
