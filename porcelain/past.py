"""The repository as it was after an earlier operation, to look at and to act on.

The index is copied into memory and its view moved to that operation's, so that every question
is answered as it would have been then; nothing is written. A transaction is worked out there,
like that of a command that began then and took until now, and landed on the newest state (see
`porcelain.landing`), which is what this shows from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from porcelain.ids import OperationId
from porcelain.landing import begin, land
from porcelain.operation import ROOT_OPERATION, Operation
from porcelain.operation_expression import resolve_operation
from porcelain.operation_log import read_operation
from porcelain.operation_walk import only_before
from porcelain.publish import publishing
from porcelain.recording import Recorder
from porcelain.repo import Repo
from porcelain.transaction import Base
from porcelain.view import HEADS, diff_views, read_roots
from porcelain.view_index import indexed_head, open_view_index, set_row, take_off
from store.batch import Batch
from store.ids import CommitId
from store.index import Index

_R = TypeVar("_R")
_MANY_OBJECTS = 1000
_MANY_BYTES = 4 << 20


class PastRepo(Repo):
    """A `Repo` that stays at one operation until it is written; made by `open_past`."""

    at: OperationId | None = None
    landed: dict[CommitId, CommitId]

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
        base = Base(
            read_operation(self.repository, self.at),
            self.workspace_key.partition("/")[0],
            self.workspace_name,
            self.actor,
        )
        newest = open_view_index(self.repository)
        newest.on_rebuild = [self.reload]
        with Batch(self.repository) as batch, self.index.writing():
            begin(self.index)
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
                land(tx, slow)
            slow.published = tx.published
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
        self.landed = slow.landed
        self.workspace_name = slow.base.workspace
        self.index.on_rebuild = []

    def final(self, commit_id: CommitId) -> CommitId:
        """Return what a commit made in the last transaction became when that was published."""
        if self.at is not None:
            return commit_id
        return super().final(self.landed.get(commit_id, commit_id))


def open_past(repo: Repo, expression: str) -> Repo:
    """Return `repo` as it was after the operation that an expression names.

    Raises:
        OperationError: the expression does not name one operation, or it cannot be read.
    """
    operation_id = resolve_operation(repo, expression)
    past = PastRepo(repo.repository, repo.index, repo.actor, repo.workspace_name)
    past.ignores_immutable, past.describe = repo.ignores_immutable, repo.describe
    past.at = operation_id
    past.index.on_rebuild = []
    past.index.detach()
    _move_view(past, operation_id)
    return past


def _move_view(repo: Repo, operation_id: OperationId) -> None:
    """Make the index show the view of an operation."""
    reader, index = repo.repository, repo.index
    with index.writing():
        take_off(index)
        now = read_roots(reader, read_operation(reader, indexed_head(index)).view)
        then = read_roots(reader, read_operation(reader, operation_id).view)
        changes = list(diff_views(reader, now, then))
        index.ensure(
            reader, [CommitId(c[1]) for c in changes if c[0] == HEADS and c[3] is not None]
        )
        # Heads are added before others are taken away: what both reach stays visible throughout.
        for part, key, _, value in sorted(changes, key=lambda change: change[3] is None):
            set_row(index, part, key, value)
        _forget_later(index, operation_id)


def _forget_later(index: Index, operation_id: OperationId) -> None:
    """Take the operations out of the index that are neither this one nor before it."""
    before = {operation.id for operation in only_before(index, operation_id, ROOT_OPERATION)}
    with index.writing() as connection:
        later = [row for row in index.query("SELECT id FROM operations") if row[0] not in before]
        connection.executemany("DELETE FROM operations WHERE id = ?", later)
