"""Publication of what takes long: worked out without the store lock, so that nobody waits.

The work is done on a copy of the index and its objects are written; only the publication is
locked. If somebody was faster, imports are done again (`publish_large`). What rewrites many
commits is not (`publishing_large`): where the others only added to what it does not touch, its
edits are made on their view; else it lands on the newest state (see `porcelain.transaction.rebase_transaction`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from porcelain.errors import CorruptOperation
from porcelain.index.view_rows import contains_history, open_view_index
from porcelain.index.view_sync import add_change_ids, add_operation
from porcelain.model.actor import Actor
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation
from porcelain.model.operation_store import head_operation, read_operation, stage_operation
from porcelain.model.view import (
    HEADS,
    SESSIONS,
    diff_views,
    read_roots,
    target_commits,
    write_view,
)
from porcelain.transaction.publish import (
    MakeTransaction,
    Settled,
    base_on,
    edited_names,
    finish,
    observe,
    publishing,
    renew_if_rewritten,
    settle_down,
    stage_one,
    swap,
    tidy_up,
)
from porcelain.transaction.rebase_transaction import begin, land
from porcelain.transaction.replicas import take_over
from porcelain.transaction.transaction import Published, Transaction
from store.errors import ObjectError, StoreError
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository

_T = TypeVar("_T", bound=Transaction)
_R = TypeVar("_R")
_CHUNK = 1000
_MOST_BETWEEN = 500
_STAGED = "staged"
_MOST = 10
"""Where a tenth of the commits are new, copying the whole index costs less than adding them."""


@contextmanager
def publishing_large(
    repository: Repository,
    index: Index,
    actor: Actor,
    workspace: str,
    make: MakeTransaction[_T],
) -> Iterator[_T]:
    """Yield a transaction that takes long; publish what it did when the block ends.

    Commits that it made may be others afterwards: `landed` maps them. If the block raises,
    nothing has happened.

    Raises:
        As `porcelain.transaction.publish.publishing`.
    """
    copy = open_view_index(repository)
    renew_if_rewritten(repository, copy)
    copy.move_to_memory()
    try:
        with ObjectBatch(repository) as batch, copy.writing():
            settled = observe(repository, copy, writing=True)
            if settled.moves or settled.differing:
                with publishing(repository, index, actor, workspace, make):
                    pass  # what others did to the refs is recorded first
                settled = observe(repository, copy, writing=True)
            with repository.locked():
                base = base_on(repository, actor, workspace, settled)
            begin(copy)
            slow = make(copy, batch, base)
            take_over(slow)
            yield slow
            _publish_slow(repository, index, slow, settled, make)
    finally:
        copy.close()


def _publish_slow(
    repository: Repository, index: Index, slow: _T, settled: Settled, make: MakeTransaction[_T]
) -> None:
    operation = slow.stage()
    slow.published = Published((), operation)
    if operation is None:
        return
    slow.batch.flush()
    is_most = _is_most(slow)
    if not is_most:
        _prepare(index, slow)
    if not settled.moves and not settled.differing:
        into = index if is_most else None
        with slow.index.writing() as connection:
            connection.execute(f"SAVEPOINT {_STAGED}")
            add_operation(connection, operation, slow.edits.get(SESSIONS, ()))
        if _publish_staged(repository, slow.index, slow, [operation], settled, into):
            return
        slow.index.roll_back_to(_STAGED)
        if is_most:
            _prepare(index, slow)
        carried = _publish_carried(repository, index, slow, operation)
        if carried is not None:
            slow.published = Published((), carried)
            return
    base = slow.base
    with publishing(repository, index, base.actor, base.workspace, make, slow.batch) as tx:
        land(tx, slow)
    slow.published = tx.published


def _is_most(slow: Transaction) -> bool:
    """Tell whether so much of the index is new that it is best taken over as a whole."""
    last = slow.index.query("SELECT max(pos) FROM commits")[0][0] or 0
    return len(slow.rewrites.created) * _MOST >= last


def _prepare(index: Index, slow: Transaction) -> None:
    """Note the new commits in the index before they count, so that catching up is quick.

    A few at a time: whoever else wants to write the index waits no longer than for these.
    """
    made = list(slow.rewrites.created)
    try:
        with index.in_bulk():
            taken = True
            while taken:
                with index.writing() as connection:
                    taken = bool(index.copy_commits_from(slow.index, _CHUNK))
                    add_change_ids(connection)
        known = index.positions(made)
        rest = [commit_id for commit_id in made if commit_id not in known]
        for start in range(0, len(rest), _CHUNK):
            with index.writing() as connection:
                some = rest[start : start + _CHUNK]
                index.ensure(slow.batch, some, slow.rewrites.created, slow.commits)
                add_change_ids(connection)
    except (StoreError, sqlite3.Error):
        return  # it is only a cache


def _publish_carried(
    repository: Repository, index: Index, slow: Transaction, operation: Operation
) -> Operation | None:
    """Make the staged edits on the newest view, if what others did since only adds to it."""
    with repository.locked():
        renew_if_rewritten(repository, index)
        with index.writing():
            settled = observe(repository, index, writing=True)
        if settled.moves or settled.differing:
            return None
        newest = read_operation(repository, head_operation(repository))
        if not _is_independent(repository, slow, newest):
            return None
        roots = read_roots(repository, newest.view)
        view, _ = write_view(slow.batch, roots, slow.edits)
        data = operation.data._replace(parents=(newest.id,), end=slow.actor.operation_clock())
        staged = stage_operation(slow.batch, data, view, operation.kept)
        swap(slow.batch, newest.id, staged.id)
        # The refs and the index follow below, without anybody waiting for the latter.
    return staged


def _is_independent(repository: Repository, slow: Transaction, newest: Operation) -> bool:
    """Tell whether operations since the base only added commits, and named none of ours."""
    made = _made_since(repository, slow.base.operation.id, newest)
    if made is None:
        return False
    gone = set(slow.rewrites.gone())
    shown = {CommitId(key) for key, value in slow.edits.get(HEADS, {}).items() if value is not None}
    parents = {parent for one in made for parent in read_commit(repository, one).parents}
    if not parents.isdisjoint(gone | shown):
        return False
    before = read_roots(repository, slow.base.operation.view)
    for part, key, _, value in diff_views(repository, before, read_roots(repository, newest.view)):
        if part == HEADS:
            if CommitId(key) not in (made if value is not None else parents):
                return False
        elif key in slow.edits.get(part, {}) or (
            value is not None and not gone.isdisjoint(target_commits(part, value))
        ):
            return False
    return True


def _made_since(
    repository: Repository, base: OperationId, newest: Operation
) -> set[CommitId] | None:
    """Return the commits made after an operation; None if any of them replaced another."""
    found: set[CommitId] = set()
    here = newest
    for _ in range(_MOST_BETWEEN):
        if here.id == base:
            return found
        data = here.data
        if len(data.parents) != 1 or any(data.predecessors.values()):
            return None
        found.update(data.predecessors)
        try:
            here = read_operation(repository, data.parents[0])
        except (CorruptOperation, ObjectError):
            return None
    return None


def publish_large(
    repository: Repository,
    index: Index,
    actor: Actor,
    workspace: str,
    make: MakeTransaction[_T],
    work: Callable[[_T], _R],
) -> _R:
    """Run `work` in a transaction that takes long, and publish what it did.

    It is run on a copy of the index without the store lock, and its objects are written
    there; only the publication is locked. If somebody was faster, it is run again under
    the lock on the newest state, where what is written already need not be again.

    Raises:
        As `publishing`.
    """
    copy = open_view_index(repository)
    renew_if_rewritten(repository, copy)
    copy.move_to_memory()
    try:
        with ObjectBatch(repository) as batch, copy.writing() as connection:
            settled = observe(repository, copy, writing=True)
            if not settled.moves and not settled.differing:
                with repository.locked():
                    base = base_on(repository, actor, workspace, settled)
                operations: list[Operation] = []
                done: list[_R] = []
                for tx in stage_one(make(copy, batch, base), connection, operations):
                    done.append(work(tx))
                batch.flush()
                if _publish_staged(repository, copy, tx, operations, settled):
                    return done[0]
            with publishing(repository, index, actor, workspace, make, batch) as tx:
                return work(tx)
    finally:
        copy.close()


def _publish_staged(
    repository: Repository,
    index: Index,
    tx: Transaction,
    operations: list[Operation],
    settled: Settled,
    into: Index | None = None,
) -> bool:
    """Publish what was staged without the lock, if nothing has happened since.

    `into` is the index whose copy `index` is, to become what that is by then.
    """
    with repository.locked():
        if settle_down(repository, index) != settled[:2] or index.query("SELECT 1 FROM moved"):
            return False
        if operations:
            swap(tx.batch, settled.head, operations[-1].id)
        try:
            finish(repository, index, operations, edited_names(tx), settled)
        except (StoreError, sqlite3.Error, OSError):
            pass  # as in `publishing`
        else:
            if into is not None:
                into.replace_by_copy(index, contains_history)  # else it catches up, as anybody's
    if operations:
        tidy_up(repository)
    return True
