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

from porcelain.actor import Actor
from porcelain.operation import ROOT_OPERATION, Operation
from porcelain.operation_expression import resolve_operation
from porcelain.publish import publishing
from porcelain.recording import Recorder
from porcelain.repo_graph import Preferences, RepoGraph
from porcelain.repo_reader import DEFAULT_WORKSPACE, RepoReader
from porcelain.view_rows import open_view_index
from store.ids import CommitId
from store.index import Index
from store.repository import Repository

if TYPE_CHECKING:
    from porcelain.restoring import Restored
    from porcelain.undo import Undone

__all__ = ["DEFAULT_WORKSPACE", "Repo"]

_R = TypeVar("_R")
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
        self._landed: dict[CommitId, CommitId] = {}
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
            from porcelain.publish_large import publishing_large  # noqa: PLC0415 - rarely used

            begun = publishing_large(*where, Recorder)
        else:
            begun = publishing(*where, Recorder)
        with begun as tx:
            self.protect(tx)
            tx.args = tuple(args)
            yield tx
            tx.describe(description, kind)
        self.workspace_name = tx.base.workspace
        self._landed = tx.landed
        self.reload()
        if large and tx.published.operation is not None:
            self._show_in_refs()

    def perform(
        self, work: Callable[[Recorder], _R], *, args: Sequence[str] = (), large: bool = False
    ) -> _R:
        """Run `work` in a transaction and publish what it did; return its result.

        Other writers wait meanwhile; where it is `large`, only for the publication: `work`
        then runs without the lock first, and again under it if somebody else was faster.
        """

        def recorded(tx: Recorder) -> _R:
            self.protect(tx)
            tx.args = tuple(args)
            return work(tx)

        if not large:
            with self.transaction(args=args) as tx:
                return work(tx)
        from porcelain.publish_large import publish_large  # noqa: PLC0415 - rarely used

        found = publish_large(
            self.repository, self.index, self.actor, self.workspace_name, Recorder, recorded
        )
        self.reload()
        return found

    def protect(self, tx: Recorder) -> None:
        """Have a transaction refuse to rewrite immutable commits."""

        def refuse(commits: Sequence[CommitId]) -> None:
            from porcelain.immutability import Immutability  # noqa: PLC0415 - where one rewrites

            graph = RepoGraph(tx.index, tx.workspace_key, self.graph.preferences)
            Immutability(graph, describe=self.describe).refuse(commits, self.ignores_immutable)

        tx.guard = refuse

    def undo(
        self, *, session: str | None = None, by: str | None = None, skip: bool = False
    ) -> Undone:
        """Take back the newest operation; see `porcelain.undo.undo`.

        Raises:
            NothingToUndo, UndoBlocked
        """
        from porcelain.undo import undo  # noqa: PLC0415 - start-up: rarely used

        with self.transaction() as tx:
            return undo(tx, session=session, by=by, skip=skip)

    def redo(self) -> Undone:
        """Take the newest undo back.

        Raises:
            NothingToRedo, UndoBlocked
        """
        from porcelain.undo import redo  # noqa: PLC0415 - start-up: rarely used

        with self.transaction() as tx:
            return redo(tx)

    def restore(self, operation: str) -> Restored:
        """Make everything what it was after an operation, named as in `wj op restore`.

        What was done since is taken back, whoever did it; undoing this brings it back.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
        """
        found = resolve_operation(self, operation)
        from porcelain.restoring import restore  # noqa: PLC0415 - start-up: rarely used

        with self.transaction() as tx:
            return restore(tx, found)

    def revert(self, operation: str) -> Operation:
        """Take one operation back, whatever came after it; return it.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
            Refused: it is none that can be reverted.
        """
        found = resolve_operation(self, operation)
        from porcelain.restoring import revert  # noqa: PLC0415 - start-up: rarely used

        with self.transaction() as tx:
            return revert(tx, found)

    def at_operation(self, operation: str) -> Repo:
        """Return a `Repo` that shows the state after an operation, and stays there.

        This one is left as it is.

        Raises:
            OperationError: the expression does not name one operation, or it cannot be read.
        """
        from porcelain.past import open_past  # noqa: PLC0415 - it is a kind of `Repo` itself

        found = resolve_operation(self, operation)
        fresh = Repo.open(self.repository.path, self.actor, self.workspace_name)
        return open_past(fresh, found)

    def final(self, commit_id: CommitId) -> CommitId:
        """Return what a commit made in the last transaction became when that was published."""
        return self._landed.get(commit_id, commit_id)

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

    def _show_in_refs(self) -> None:
        """Finish the refs, now that the index knows what they are to show."""
        with publishing(self.repository, self.index, self.actor, self.workspace_name, Recorder):
            pass
        self.reload()

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever recorded."""
        return self.head == ROOT_OPERATION
