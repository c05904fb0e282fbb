"""Publication of long work: done without the store lock, so that no other writer waits.

The work is done on a copy of the index, and its objects are written there; only the publication
is locked. If nothing moved meanwhile, the operation is published as it is. Otherwise the work is
done again on the newest state: once more without the lock, then under it. Work that rewrites
commits is not done again but rebased (see `porcelain.transaction.rebase_transaction`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from porcelain.index.view_rows import open_view_index
from porcelain.index.view_sync import add_change_ids, add_operation
from porcelain.model.actor import Actor
from porcelain.model.view_value import SESSIONS
from porcelain.transaction.publish import (
    HARMLESS,
    Observed,
    base_on,
    edited_names,
    finish_publication,
    move_head,
    observe,
    publishing,
    rebuild_if_rewritten,
    refresh_refs,
    tidy_up,
)
from porcelain.transaction.rebase_transaction import mark_start, rebase_transaction
from porcelain.transaction.replicas import continue_replica
from porcelain.transaction.transaction import Base, Published, Transaction
from store.errors import StoreError
from store.index.commit_index import Index
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository

_T = TypeVar("_T", bound=Transaction)
_CHUNK = 1000


@contextmanager
def publishing_unlocked(
    repository: Repository,
    index: Index,
    actor: Actor,
    workspace: str,
    make: Callable[[Index, ObjectBatch, Base], _T],
    again: Callable[[_T, _T], None] = rebase_transaction,
) -> Iterator[_T]:
    """Yield a transaction for long work; publish the result when the block ends.

    `again(newer, tx)` does in `newer`, on the newest state, what `tx` did before. Commits may
    have other ids afterwards: `final_ids` maps them. If the block raises, nothing has happened.

    Raises:
        As `porcelain.transaction.publish.publishing`.
    """
    where = (repository, index, actor, workspace, make)
    with ObjectBatch(repository) as batch, _working_on_copy(*where, batch) as (before, tx):
        yield tx
        if _publish(repository, index, before, tx):
            return
        with _working_on_copy(*where, batch) as (now, newer):
            again(newer, tx)
            if not _publish(repository, index, now, newer):
                with publishing(*where, batch) as newest:
                    again(newest, newer)
                newer.become(newest)
            tx.become(newer)


@contextmanager
def _working_on_copy(
    repository: Repository,
    index: Index,
    actor: Actor,
    workspace: str,
    make: Callable[[Index, ObjectBatch, Base], _T],
    batch: ObjectBatch,
) -> Iterator[tuple[Observed, _T]]:
    """Yield the newest state and a transaction on it, in a copy of the index in memory."""
    copy = open_view_index(repository)
    rebuild_if_rewritten(repository, copy)
    copy.move_to_memory()
    try:
        with copy.writing():
            observed = observe(repository, copy, writing=True)
            if observed.moves or observed.differing:
                with publishing(repository, index, actor, workspace, make):
                    pass  # records the outside changes first
                observed = observe(repository, copy, writing=True)
            with repository.locked():
                base = base_on(repository, actor, workspace, observed)
            mark_start(copy)
            tx = make(copy, batch, base)
            continue_replica(tx)
            yield observed, tx
    finally:
        copy.close()


def _publish(repository: Repository, index: Index, observed: Observed, tx: Transaction) -> bool:
    """Publish a transaction on a copy of `index`; False if something moved meanwhile."""
    operation = tx.stage()
    tx.published = Published((), operation)
    if operation is None:
        return True
    tx.batch.flush()
    _add_commits(index, tx)
    with tx.index.writing() as connection:
        add_operation(connection, operation, tx.edits.get(SESSIONS, ()))
    if observed.moves or observed.differing:
        return False
    with repository.locked():
        if refresh_refs(repository, tx.index) != observed[:2]:
            return False
        if tx.index.query("SELECT 1 FROM moved"):
            return False
        failure = move_head(tx.batch, observed.head, operation.id)
        with suppress(*HARMLESS):
            finish_publication(repository, tx.index, [operation], edited_names(tx), observed)
    tidy_up(repository)
    if failure is not None:
        raise failure.of(f"operation {operation.id[:12]}", tx.published) from failure
    return True


def _add_commits(index: Index, tx: Transaction) -> None:
    """Add the new commits to the shared index before publication, so that it catches up quickly.

    They are added in chunks, so that another writer of the index waits only for one chunk.
    """
    made = list(tx.rewrites.created)
    try:
        with index.in_bulk():
            taken = True
            while taken:
                with index.writing() as connection:
                    taken = bool(index.copy_commits_from(tx.index, _CHUNK))
                    add_change_ids(connection)
        for start in range(0, len(made), _CHUNK):
            some = made[start : start + _CHUNK]
            known = index.positions(some)
            rest = [commit_id for commit_id in some if commit_id not in known]
            if rest:
                with index.writing() as connection:
                    index.ensure(tx.batch, rest, tx.rewrites.created, tx.commits)
                    add_change_ids(connection)
    except (StoreError, sqlite3.Error):
        return  # the index is only a cache
