"""Repo: a repository with its operation log, for reading and for transactions.

    repo = porcelain.open("conversations.git")
    with repo.transaction("fork try-b") as tx:
        tx.fork(repo.resolve("@-"), session="try-b")
    repo.undo()

What a `Repo` shows is the newest state when it was opened, or when it last wrote; changes
that others made to the refs are shown, and recorded by the next transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from porcelain.actions.recording.record import Recorder
from porcelain.graph.repo_graph import Preferences, RepoGraph
from porcelain.index.operation_expression import resolve_operation
from porcelain.index.view_rows import open_view_index
from porcelain.model.actor import Actor
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import read_operation
from porcelain.repo.reader import DEFAULT_WORKSPACE, RepoReader
from porcelain.transaction.publish import publishing
from porcelain.transaction.transaction import Base
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
"""So many commits are rebased while others wait."""


class Repo(RepoReader):
    """One repository, seen from one workspace.

    `ignores_immutable` lets transactions rewrite immutable commits; `describe` gives the line
    that an error shows for a commit.
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
        self.ignores_immutable = False
        self._final_ids: dict[CommitId, CommitId] = {}
        self.describe: Callable[[int], str] | None = None

    @classmethod
    def open(cls, path: str, actor: Actor, workspace: str = DEFAULT_WORKSPACE) -> Repo:
        """Open the bare repository at `path` and look at its newest state.

        Raises:
            NotARepository, UnsupportedRepository, ForeignOwner: it cannot be used.
            ShallowRepository: its history is cut off.
            CorruptOperation, ObjectError: its log cannot be read.
        """
        repository = Repository.open(path)
        repo = cls(repository, open_view_index(repository), actor, workspace)
        repo.index.on_rebuild = [repo.reload]
        repo.reload()
        return repo

    @contextmanager
    def transaction(
        self,
        description: str = "",
        *,
        kind: str = "",
        args: Sequence[str] = (),
        large: bool = False,
    ) -> Iterator[Recorder]:
        """Yield a transaction on the newest state; its operation is published at the end.

        Other writers wait until the block ends, so keep it short; where it is `large` they do
        not (see `is_large`), and commits made in it may be others afterwards (see `final`). If
        it raises, nothing has happened. Afterwards `tx.published` says what was recorded.

        Raises:
            StoreLocked: another process kept the lock for too long.
            StorageFailure: the disk is full or read-only.
        """
        where = (self.repository, self.index, self.actor, self.workspace_name)
        if large:
            from porcelain.transaction.publish_unlocked import publishing_unlocked

            begun = publishing_unlocked(*where, Recorder)
        else:
            begun = publishing(*where, Recorder)
        with begun as tx:
            self.protect(tx)
            tx.args = tuple(args)
            yield tx
            tx.describe(description, kind)
        self.workspace_name = tx.base.workspace
        self._final_ids = tx.final_ids
        self.reload()

    def perform(
        self, work: Callable[[Recorder], _R], *, args: Sequence[str] = (), large: bool = False
    ) -> _R:
        """Run `work` in a transaction and publish what it did; return its result.

        Other writers wait meanwhile; where it is `large`, only for the publication: `work`
        then runs without the lock first, and again under it if somebody else was faster.
        """
        if not large:
            with self.transaction(args=args) as tx:
                return work(tx)
        from porcelain.transaction.publish_unlocked import publishing_unlocked

        found: list[_R] = []

        def perform(tx: Recorder, _: Recorder | None = None) -> None:
            self.protect(tx)
            tx.args = tuple(args)
            found[:] = [work(tx)]

        where = (self.repository, self.index, self.actor, self.workspace_name)
        with publishing_unlocked(*where, Recorder, perform) as tx:
            perform(tx)
        self.reload()
        return found[0]

    def protect(self, tx: Recorder) -> None:
        """Have a transaction refuse to rewrite immutable commits."""

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
        """Take the newest undo back.

        Raises:
            NothingToRedo, UndoBlocked
        """
        from porcelain.actions.undoing.undo import redo

        with self.transaction() as tx:
            return redo(tx)

    def restore(self, operation: str) -> Restored:
        """Make everything what it was after an operation, named as in `wj op restore`.

        What was done since is taken back, whoever did it; undoing this brings it back.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
        """
        found = resolve_operation(self, operation)
        from porcelain.actions.undoing.restore_operation import restore

        with self.transaction() as tx:
            return restore(tx, found)

    def revert(self, operation: str) -> Operation:
        """Take one operation back, whatever came after it; return it.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
            Refused: it is none that can be reverted.
        """
        found = resolve_operation(self, operation)
        from porcelain.actions.undoing.restore_operation import revert

        with self.transaction() as tx:
            return revert(tx, found)

    def at_operation(self, operation: str) -> Repo:
        """Return a `Repo` that shows the state after an operation, and stays there.

        This one is left as it is.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
        """
        found = resolve_operation(self, operation)
        fresh = Repo.open(self.repository.path, self.actor, self.workspace_name)
        return open_past(fresh, found)

    def final(self, commit_id: CommitId) -> CommitId:
        """Return what a commit made in the last transaction became when that was published."""
        return self._final_ids.get(commit_id, commit_id)

    def is_large(self, commits: Iterable[CommitId]) -> bool:
        """Tell whether rewriting commits means to rebase so many that others should not wait."""
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
        """Whether nothing was ever recorded."""
        return self.head == ROOT_OPERATION


class PastRepo(Repo):
    """A `Repo` that stays at one operation until it is written; made by `open_past`."""

    at: OperationId | None = None

    def reload(self) -> None:
        """Look nowhere else: the past does not change."""
        if self.at is None:
            super().reload()

    @property
    def head(self) -> OperationId:
        """The operation that is looked at."""
        return super().head if self.at is None else self.at

    @property
    def shown_operation(self) -> OperationId:
        """The same: the index in memory was moved there."""
        return super().shown_operation if self.at is None else self.at

    def operations(self, limit: int | None = None) -> list[Operation]:
        """Return the operation and those before it, newest first."""
        if self.at is None:
            return super().operations(limit)
        found: list[Operation] = []
        wanted = {self.at}
        for operation in super().operations():
            if operation.id in wanted and (limit is None or len(found) < limit):
                found.append(operation)
                wanted.update(operation.data.parents)
        return found

    @contextmanager
    def transaction(
        self,
        description: str = "",
        *,
        kind: str = "",
        args: Sequence[str] = (),
        large: bool = False,
    ) -> Iterator[Recorder]:
        """Yield a transaction on the past state; at the end it is merged into the newest one.

        It waits for nobody and keeps nobody waiting until then. Commits made in it may be
        others afterwards: see `final`.

        Raises:
            StoreLocked, StorageFailure: as on the newest state.
        """
        if self.at is None:
            with super().transaction(description, kind=kind, args=args, large=large) as tx:
                yield tx
            return
        from porcelain.transaction.rebase_transaction import mark_start, rebase_transaction

        base = Base(
            read_operation(self.repository, self.at),
            self.workspace_key.partition("/")[0],
            self.workspace_name,
            self.actor,
        )
        newest = open_view_index(self.repository)
        newest.on_rebuild = [self.reload]
        with ObjectBatch(self.repository) as batch, self.index.writing():
            mark_start(self.index)
            slow = Recorder(self.index, batch, base)
            slow.is_slow = True
            self.protect(slow)
            slow.args = tuple(args)
            yield slow
            slow.describe(description, kind)
            if batch.staged > _MANY_OBJECTS or batch.staged_bytes > _MANY_BYTES:
                batch.flush()  # while nobody has to wait for it
            with publishing(
                self.repository, newest, self.actor, self.workspace_name, Recorder, batch
            ) as tx:
                rebase_transaction(tx, slow)
            slow.become(tx)
        self._arrive(slow)
        self.index = newest
        self.reload()

    def perform(
        self,
        work: Callable[[Recorder], _R],
        *,
        args: Sequence[str] = (),
        large: bool = False,  # noqa: ARG002 - a slow transaction keeps nobody waiting anyhow
    ) -> _R:
        """Run `work` in a transaction and publish what it did; return its result."""
        with self.transaction(args=args) as tx:
            return work(tx)

    def _arrive(self, slow: Recorder) -> None:
        self.at = None
        self._final_ids = slow.final_ids
        self.workspace_name = slow.base.workspace
        self.index.on_rebuild = []

    def final(self, commit_id: CommitId) -> CommitId:
        """Return what a commit made in the last transaction became when that was published."""
        if self.at is not None:
            return commit_id
        return super().final(commit_id)


def open_past(repo: Repo, expression: str) -> Repo:
    """Return `repo` as it was after the operation that an expression names.

    Raises:
        OperationError: the expression does not name one operation, or it cannot be read.
    """
    from porcelain.repo.past import move_view

    operation_id = resolve_operation(repo, expression)
    past = PastRepo(repo.repository, repo.index, repo.actor, repo.workspace_name)
    past.ignores_immutable, past.describe = repo.ignores_immutable, repo.describe
    past.at = operation_id
    past.index.on_rebuild = []
    past.index.move_to_memory()
    move_view(past, operation_id)
    return past
