"""Repo: a repository with its operation log, for reading and for transactions.

    repo = porcelain.open("conversations.git")
    with repo.transaction("fork try-b") as tx:
        tx.fork(repo.resolve("@-"), session="try-b")
    repo.undo()

A `Repo` shows the state that was newest when it was opened or last written. It includes outside
changes of refs, which the next transaction records. A `Repo` can also show a past state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeVar

from porcelain.actions.recording.record import Recorder
from porcelain.graph.repo_graph import Preferences, RepoGraph
from porcelain.index.operation_expression import resolve_operation
from porcelain.index.view_rows import open_view_index
from porcelain.model.actor import Actor
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import (
    head_operation,
    own_head,
    read_operation,
)
from porcelain.repo.reader import DEFAULT_WORKSPACE, RepoReader
from porcelain.transaction.publish import publishing, refresh_refs
from porcelain.transaction.transaction import Base
from store.errors import NotDurable, StorageFailure
from store.ids import CommitId
from store.index.commit_index import Index
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository

if TYPE_CHECKING:
    from porcelain.actions.undoing.restore_operation import Restored
    from porcelain.actions.undoing.undo import Undone

__all__ = ["DEFAULT_WORKSPACE", "Repo"]

_R = TypeVar("_R")
_MANY_OBJECTS = 1000
_MANY_BYTES = 4 << 20
MANY_COMMITS = 200
"""At most this many commits are rebased while other writers wait."""


class Repo(RepoReader):
    """One repository, seen from one workspace.

    `past` is the operation whose state is shown until the next transaction; None shows the newest
    state. `ignores_immutable` lets transactions rewrite immutable commits. `describe` returns the
    line that an error shows for a commit.
    """

    def __init__(self, repository: Repository, index: Index, actor: Actor, workspace: str) -> None:
        """Use `porcelain.open` or `Repo.open`."""
        super().__init__(repository, index, actor.host, workspace)
        self.actor = actor
        self.preferences = Preferences(
            email=lambda: actor.email,
            now=actor.operation_clock,
            past=lambda operation: self.at_operation(operation).graph,
        )
        self.past: OperationId | None = None
        self.ignores_immutable = False
        self.describe: Callable[[int], str] | None = None
        self._final_ids: dict[CommitId, CommitId] = {}
        self._adopted: tuple[Operation, ...] = ()
        self.notes: list[str] = []
        """Remarks about this copy's log, for the notes of the next transaction."""

    @classmethod
    def open(
        cls,
        path: str,
        actor: Actor,
        workspace: str = DEFAULT_WORKSPACE,
        *,
        at: str | None = None,
        adopts: bool = False,
    ) -> Repo:
        """Open the bare repository at `path`, at its newest state or `at` a past operation.

        With `adopts`, which writes, refs without an operation log are recorded at once, and
        reported by the first transaction as its own.

        Raises:
            OperationError: `at` does not name one operation, or it cannot be read.
            Others as `RepoReader.look`.
        """
        repository = Repository.open(path)
        repo = cls(repository, open_view_index(repository), actor, workspace)
        is_unlogged = adopts and at is None and head_operation(repository) == ROOT_OPERATION
        if is_unlogged and not repo._rejoin():
            repo._adopt()
        repo.opened()
        if at is not None:
            from porcelain.repo.past import move_view

            repo.past = resolve_operation(repo, at)
            repo.index.on_rebuild = []
            repo.index.move_to_memory()
            move_view(repo, repo.past)
        return repo

    def _adopt(self) -> None:
        """Record refs that have no log, before they are laid over an empty view to be shown."""
        refresh_refs(self.repository, self.index)
        if self.index.query("SELECT 1 FROM moved LIMIT 1"):
            where = (self.repository, self.index, self.actor, self.workspace_name, Recorder)
            with publishing(*where) as tx:
                pass
            self._adopted = tx.published.outside

    def reload(self) -> None:
        """Look at the newest state again; a past state does not change."""
        if self.past is None:
            super().reload()

    @property
    def head(self) -> OperationId:
        """The operation whose state is shown: the newest one, or the past one."""
        return self.past or super().head

    @contextmanager
    def transaction(
        self,
        description: str = "",
        *,
        kind: str = "",
        args: Sequence[str] = (),
        large: bool = False,
    ) -> Iterator[Recorder]:
        """Yield a transaction on the state that is shown; publish its operation at the end.

        Other writers wait until the block ends, so keep it short. They do not wait if it is `large`
        (see `is_large`) or on a past state; its commits may then have other ids afterwards (see
        `final`). If the block raises, nothing has happened. Afterwards `tx.published` holds the
        recorded operations.

        Raises:
            StoreLocked: another process kept the lock for too long.
            StorageFailure: the disk is full or read-only.
            NotDurable: it is published, but the disk failed afterwards.
        """
        try:
            with self._begun(large) as tx:
                self.protect(tx)
                tx.args = tuple(args)
                tx.notes, self.notes = self.notes, []
                yield tx
                tx.describe(description, kind)
        except NotDurable:
            self.reload()
            raise
        self.workspace_name = tx.base.workspace
        self._final_ids = tx.final_ids
        self._reload_after(tx)

    def _reload_after(self, tx: Recorder) -> None:
        """Look at the newest state after a transaction, which no failure makes undone."""
        outside = (*self._adopted, *tx.published.outside)
        tx.published, self._adopted = tx.published._replace(outside=outside), ()
        try:
            self.reload()
        except (StorageFailure, Warning) as error:
            operation = tx.published.operation
            if operation is None:
                raise
            what = f"operation {operation.id[:12]}"
            reason = error.reason if isinstance(error, StorageFailure) else str(error)
            raise NotDurable(what, self.repository.path, reason, tx.published) from error

    def _begun(self, large: bool) -> AbstractContextManager[Recorder]:
        if self.past is not None:
            return self._begun_in_past(self.past)
        self._rejoin()
        where = (self.repository, self.index, self.actor, self.workspace_name, Recorder)
        if not large:
            return publishing(*where)
        from porcelain.transaction.publish_unlocked import publishing_unlocked

        return publishing_unlocked(*where)

    def _rejoin(self) -> bool:
        """Merge this copy's own log into the one that a forced fetch has put in its place."""
        own = own_head(self.repository)
        if own in (None, head_operation(self.repository)) or not self._is_own_replica():
            return False
        from porcelain.repo.join_logs import Where, rejoin

        where = Where(self.repository, self.index, self.actor, self.workspace_name)
        if not rejoin(where, own):
            return False
        self.notes.append(
            "Another operation log had taken the place of this copy's own; both are merged now"
        )
        return True

    def _is_own_replica(self) -> bool:
        known = self.repository.replica
        return known is not None and known.is_at(self.repository.path, self.actor.host)

    @contextmanager
    def _begun_in_past(self, operation: OperationId) -> Iterator[Recorder]:
        """Yield a transaction on a past state; then rebase it onto the newest state and show that."""
        from porcelain.transaction.rebase_transaction import mark_start, rebase_transaction

        replica = self.workspace_key.partition("/")[0]
        read = read_operation(self.repository, operation)
        base = Base(read, replica, self.workspace_name, self.actor)
        newest = open_view_index(self.repository)
        with ObjectBatch(self.repository) as batch, self.index.writing():
            mark_start(self.index)
            tx = Recorder(self.index, batch, base)
            tx.is_past = True
            yield tx
            if batch.staged > _MANY_OBJECTS or batch.staged_bytes > _MANY_BYTES:
                batch.flush()  # before the lock is taken
            where = (self.repository, newest, self.actor, self.workspace_name, Recorder)
            with publishing(*where, batch) as now:
                rebase_transaction(now, tx)
            tx.become(now)
        self.past, self.index = None, newest
        newest.on_rebuild = [self.reload]

    def perform(
        self, work: Callable[[Recorder], _R], *, args: Sequence[str] = (), large: bool = False
    ) -> _R:
        """Run `work` in a transaction, publish its operation, and return its result.

        Other writers wait meanwhile. If it is `large`, they wait only for the publication: `work`
        then runs without the lock, and runs again if another writer was faster.
        """
        if not large or self.past is not None:
            with self.transaction(args=args) as tx:
                return work(tx)
        self._rejoin()
        from porcelain.transaction.publish_unlocked import publishing_unlocked

        found: list[_R] = []

        def run(tx: Recorder, _: Recorder | None = None) -> None:
            self.protect(tx)
            tx.args = tuple(args)
            found[:] = [work(tx)]

        where = (self.repository, self.index, self.actor, self.workspace_name)
        with publishing_unlocked(*where, Recorder, run) as tx:
            run(tx)
        self._reload_after(tx)
        return found[0]

    def protect(self, tx: Recorder) -> None:
        """Make a transaction refuse to rewrite immutable commits."""

        def refuse(commits: Sequence[CommitId]) -> None:
            from porcelain.graph.immutable import Immutability

            graph = RepoGraph(tx.index, tx.workspace_key, self.graph.preferences)
            Immutability(graph, describe=self.describe).refuse(commits, self.ignores_immutable)

        tx.guard = refuse

    def undo(
        self, *, session: str | None = None, by: str | None = None, skip: bool = False
    ) -> Undone:
        """Take back the newest operation; see `porcelain.actions.undoing.undo.undo`.

        Raises:
            NothingToUndo, UndoBlocked
        """
        from porcelain.actions.undoing.undo import undo

        with self.transaction() as tx:
            return undo(tx, session=session, by=by, skip=skip)

    def redo(self) -> Undone:
        """Take back the newest undo.

        Raises:
            NothingToRedo, UndoBlocked
        """
        from porcelain.actions.undoing.undo import redo

        with self.transaction() as tx:
            return redo(tx)

    def restore(self, operation: str) -> Restored:
        """Restore the state after an operation, named as in `wj op restore`.

        This takes back all later operations of all workspaces; undoing the restore brings them back.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
        """
        found = resolve_operation(self, operation)
        from porcelain.actions.undoing.restore_operation import restore

        with self.transaction() as tx:
            return restore(tx, found)

    def revert(self, operation: str) -> Operation:
        """Take back one operation and keep the later ones; return it.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
            Refused: it cannot be reverted.
        """
        found = resolve_operation(self, operation)
        from porcelain.actions.undoing.restore_operation import revert

        with self.transaction() as tx:
            return revert(tx, found)

    def at_operation(self, operation: str) -> Repo:
        """Return another `Repo` that shows the state after an operation.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
        """
        found = resolve_operation(self, operation)
        return Repo.open(self.repository.path, self.actor, self.workspace_name, at=found)

    def final(self, commit_id: CommitId) -> CommitId:
        """Return the id that a commit of the last transaction has after publication."""
        return self._final_ids.get(commit_id, commit_id)

    def is_large(self, commits: Iterable[CommitId]) -> bool:
        """Tell whether rewriting commits rebases so many that other writers should not wait."""
        pending = [position for one in commits if (position := self.index.position(one))]
        seen = set(pending)
        while pending and len(seen) <= MANY_COMMITS:
            for child in self.index.children(pending.pop(), "visible"):
                if child not in seen:
                    seen.add(child)
                    pending.append(child)
        return len(seen) > MANY_COMMITS

    @property
    def is_new(self) -> bool:
        """Whether the operation log is empty."""
        return self.head == ROOT_OPERATION
