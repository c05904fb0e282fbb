"""Publication: record outside changes, write one pack, compare and swap the head, export refs.

All of it happens under the store lock. The point of publication is the move of `refs/wj/op`. The
refs that show the view, and the index, come after it; if this command is killed, the next one
completes them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple, TypeVar

from porcelain.errors import ShallowRepository
from porcelain.index.exported_refs import exported_value
from porcelain.index.heads import change_heads
from porcelain.index.view_sync import (
    add_change_ids,
    add_operation,
    begin_log,
    continues_log,
    keep_under_overlay,
    overlay_rows,
    show_view,
    view_growing,
)
from porcelain.model.actor import Actor
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import (
    EXPORTED_REF,
    OPERATION_REF,
    exported_operation,
    head_operation,
    own_head,
    read_operation,
    replica_ref,
)
from porcelain.model.view_value import HEADS, SESSIONS
from porcelain.transaction.export_refs import (
    Differing,
    OutsideMove,
    actual,
    differing_refs,
    outside_moves,
    ref_of,
    unequal,
    with_neighbours,
)
from porcelain.transaction.import_refs import record_outside
from porcelain.transaction.replicas import continue_replica
from porcelain.transaction.transaction import Base, Published, Transaction
from store.errors import (
    NotDurable,
    RefLocked,
    StoreError,
)
from store.ids import CommitId, RefName
from store.index.commit_index import Index
from store.index.database_file import IndexLost
from store.repository.deleted_ref import DeletedSession, deleted_sessions
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_lock import lock_inode
from store.repository.ref_read import read_ref
from store.repository.ref_update import Expect, RefEdit, update_possible_refs, update_refs
from store.repository.repository import Repository

_MOST_LOSSES = 3  # a lost index is replaced by one that works, in memory if necessary
HARMLESS = (StoreError, sqlite3.Error, OSError, Warning)
"""Errors after publication that the next command makes up for; a warning may be an error too."""
_T = TypeVar("_T", bound=Transaction)
_Make = Callable[[Index, ObjectBatch, Base], _T]


class Observed(NamedTuple):
    """The state that a command sees; `moves` and `differing` as `outside_moves` and its argument."""

    head: OperationId
    exported: OperationId
    moves: list[OutsideMove]
    differing: Differing


def observe(repository: Repository, index: Index, *, writing: bool = False) -> Observed:
    """Bring the index up to date with the log and the refs.

    For a reader, outside changes are merged into the view that the index shows, and stay there;
    libgit2 is loaded only if something has moved since. A writer, who holds the store lock, gets
    the outside changes to record, and the view of the head operation.

    Raises:
        ShallowRepository: history is cut off.
        CorruptOperation, ObjectError: the log cannot be read.
    """
    if repository.is_shallow:
        raise ShallowRepository(repository.path)
    losses = 0
    while True:
        try:
            head, exported = refresh_refs(repository, index)
            if _is_current(index, head, exported, writing=writing):
                return Observed(head, exported, [], {})
            if not writing:
                rebuild_if_rewritten(repository, index)
            # One transaction, because the outside changes are merged into this very view. If it
            # cannot be committed, nothing is returned.
            with index.writing():
                found = _caught_up(repository, index, writing=writing)
            if found is not None:
                return found
        except IndexLost:
            losses += 1
            if writing or losses > _MOST_LOSSES:
                raise


def _caught_up(repository: Repository, index: Index, *, writing: bool) -> Observed | None:
    """Bring the index up to date; return None if it has to be rebuilt first."""
    head, exported = refresh_refs(repository, index)
    if not writing and not continues_log(index, repository, head):
        return None
    touched = show_view(index, repository, head)
    differing = differing_refs(index, touched)
    moves = outside_moves(index, repository, differing, head, exported)
    if not writing:
        _show_outside(index, moves)
    with index.writing() as connection:
        connection.execute("REPLACE INTO meta VALUES ('exported', ?)", (exported,))
        if not writing or not moves:
            add_change_ids(connection)  # else after the outside moves are recorded
    return Observed(head, exported, moves, differing)


def rebuild_if_rewritten(repository: Repository, index: Index) -> None:
    """Rebuild the index if operations were abandoned since; not inside a transaction."""
    if not continues_log(index, repository, head_operation(repository)):
        index.discard_file()


def refresh_refs(repository: Repository, index: Index) -> tuple[OperationId, OperationId]:
    """Read the refs into the index; return the head and exported operation of the same moment.

    A concurrent writer moves the head first and the refs after it: older refs with a newer head
    would look like an outside change.
    """
    while True:
        marks = head_operation(repository), exported_operation(repository)
        begin_log(index, repository, marks[0])
        index.refresh()
        if marks == (head_operation(repository), exported_operation(repository)):
            return marks


def _show_outside(index: Index, moves: Sequence[OutsideMove]) -> None:
    def is_ancestor(one: CommitId, other: CommitId) -> bool:
        ancestor, descendant = index.position(one), index.position(other)
        if ancestor is None or descendant is None:
            return False
        return index.is_ancestor(ancestor, descendant)

    with view_growing(index, 2 * len(moves)):
        overlay_rows(index, [(m.part, m.key, m.merged(m.theirs, is_ancestor)) for m in moves])
        theirs = {move.theirs for move in moves if move.theirs is not None}
        sql = "SELECT lower(hex(id)) FROM commits WHERE visible = 0 AND id IN ({})"
        rows = index.query_among(sql, [bytes.fromhex(commit_id) for commit_id in theirs])
        hidden = [CommitId(commit_id) for (commit_id,) in rows]
        edits = change_heads(index, hidden, [])
        # A head that was there before is either new, or gone because a new one continues it.
        before = {(HEADS, head): "" for head in edits.keys() - {*hidden}}
        keep_under_overlay(index, before, [(HEADS, head, value) for head, value in edits.items()])


@contextmanager
def publishing(
    repository: Repository,
    index: Index,
    actor: Actor,
    workspace: str,
    make: _Make[_T],
    batch: ObjectBatch | None = None,
) -> Iterator[_T]:
    """Yield a transaction on the newest state; publish its operation when the block ends.

    The store lock is held throughout. If the block raises, nothing has happened: outside changes
    are recorded next time. Objects that `batch` has written already are not written again.

    Raises:
        StoreLocked, StorageFailure, and the errors of the block.
        NotDurable: it is published, but the disk failed afterwards.
    """
    published, failure = False, None
    try:
        with repository.locked(), ExitStack() as stack:
            rebuild_if_rewritten(repository, index)
            batch = batch or stack.enter_context(ObjectBatch(repository))
            connection = stack.enter_context(index.writing())
            observed = observe(repository, index, writing=True)
            base = base_on(repository, actor, workspace, observed)
            operations, deleted = record_observed(index, batch, base, observed.moves)
            for staged in operations:
                add_operation(connection, staged)  # so that an undo can choose one of them
            if operations:
                base = base._replace(operation=operations[-1])
            tx = make(index, batch, base)
            yield from _staging(tx, connection, operations)
            if operations:
                failure = move_head(batch, observed.head, operations[-1].id)
            published = True
            names = edited_names(tx)
            if observed.head != ROOT_OPERATION:  # else the refs are the view that was recorded
                names.update(observed.differing)
                names.update((move.part, move.key) for move in observed.moves)
            names.update((SESSIONS, one.name) for one in deleted)
            finish_publication(repository, index, operations, names, observed)
            if deleted:
                from porcelain.transaction.import_deleted import drop_recorded

                drop_recorded(repository, deleted)
    except HARMLESS:
        # After publication the next command brings the refs and the index up to date.
        if not published:
            raise
    if operations:
        tidy_up(repository)
    if failure is not None:
        raise failure.of(f"operation {operations[-1].id[:12]}", tx.published) from failure


def record_observed(
    index: Index, batch: ObjectBatch, base: Base, moves: list[OutsideMove]
) -> tuple[list[Operation], list[DeletedSession]]:
    """Stage operations for what happened outside; return the kept deletions among it, too."""
    operations = record_outside(index, batch, base, moves)
    deleted = deleted_sessions(batch.repository)
    if deleted:
        from porcelain.transaction.import_deleted import record_deleted

        if operations:
            base = base._replace(operation=operations[-1])
        operations += record_deleted(index, batch, base, deleted)
    return operations, deleted


def _staging(tx: _T, connection: sqlite3.Connection, operations: list[Operation]) -> Iterator[_T]:
    """Yield the transaction, then append its operation to `operations`, if it has one."""
    connection.execute("SAVEPOINT transaction_")
    continue_replica(tx)
    yield tx
    operation = tx.stage()
    tx.published = Published(tuple(operations), operation)
    if operation is None:
        tx.index.roll_back_to("transaction_")
        tx.edits.clear()
    connection.execute("RELEASE transaction_")
    if operation is not None:
        operations.append(operation)
        add_operation(connection, operation, tx.edits.get(SESSIONS, ()))


def finish_publication(
    repository: Repository,
    index: Index,
    operations: list[Operation],
    names: set[tuple[str, str]],
    observed: Observed,
) -> None:
    """Export the refs and update the index, after the point of publication."""
    is_settled = observed.head == observed.exported == own_head(repository)
    if not operations and not names and is_settled:
        return
    with index.writing() as connection:
        head = operations[-1].id if operations else observed.head
        connection.execute("REPLACE INTO meta VALUES ('head', ?)", (head,))
        left = export(repository, index, unequal(index, with_neighbours(index, names)), head)
        connection.execute("DELETE FROM unsettled")
        connection.executemany("INSERT INTO unsettled VALUES (?)", [(name,) for name in left])
        exported = exported_operation(repository)
        connection.execute("REPLACE INTO meta VALUES ('exported', ?)", (exported,))


def tidy_up(repository: Repository) -> None:
    """Join small packs and pack loose refs if there are many; without the lock."""
    from store.maintenance.housekeeping import tidy

    with suppress(Warning):
        tidy(repository, new_ref=True)


def export(
    repository: Repository, index: Index, names: Iterable[tuple[str, str]], head: OperationId
) -> list[RefName]:
    """Write the refs of these names as the view has them, then advance `refs/wj/exported`.

    All are written together. A ref that moved meanwhile or is locked is left to the next command,
    and returned. A lock that was found before is not waited for again.
    """
    edits = [edit for part, key in sorted(names) for edit in _edit_of(index, part, key)]
    seen = _foreign_locks(index)
    known = {name for name in seen if seen[name] == lock_inode(repository.path, name)}
    errors = update_possible_refs(repository, edits, impatient=known)
    locked = [name for name, error in errors.items() if isinstance(error, RefLocked)]
    _note_foreign_locks(index, {name: lock_inode(repository.path, name) for name in locked})
    if not errors and head != ROOT_OPERATION:
        before = read_ref(repository, EXPORTED_REF)
        expected = CommitId(before) if before else Expect.MISSING
        edit = RefEdit(EXPORTED_REF, CommitId(head), expected, breakable=True)
        # If it fails, another command has advanced it or will. Only the log may be newer than it.
        update_possible_refs(repository, [edit], content_of=OPERATION_REF)
        _keep_own_head(repository, index, head)
    return [*errors]


def _keep_own_head(repository: Repository, index: Index, head: OperationId) -> None:
    """Let this copy's own ref name the head, unless it names an operation that the log lacks."""
    ref, before = replica_ref(repository), own_head(repository)
    if ref is None or before == head:
        return
    if before is not None and not index.query("SELECT 1 FROM operations WHERE id = ?", (before,)):
        return  # the next command joins it
    edit = RefEdit(ref, CommitId(head), Expect.ANY, breakable=True)
    if update_possible_refs(repository, [edit], content_of=OPERATION_REF):
        edit = edit._replace(expected=Expect.UNREADABLE)
        update_possible_refs(repository, [edit], content_of=OPERATION_REF)


def _foreign_locks(index: Index) -> dict[RefName, int]:
    """Return the locks of other programs that were waited for in vain: ref -> inode."""
    rows = index.query("SELECT value FROM meta WHERE key = 'foreign_locks'")
    return json.loads(rows[0][0]) if rows else {}


def _note_foreign_locks(index: Index, locks: Mapping[RefName, int]) -> None:
    if locks or _foreign_locks(index):
        with index.writing() as connection:
            sql = "REPLACE INTO meta VALUES ('foreign_locks', ?)"
            connection.execute(sql, (json.dumps(locks),))


def _edit_of(index: Index, part: str, key: str) -> Iterator[RefEdit]:
    """Yield the edit that a ref needs, if any.

    It expects the value of the time when outside changes were observed, so that a ref that has
    moved since is left.
    """
    ref = ref_of(part, key)
    if ref is None:
        return
    rows = index.query("SELECT id FROM refs WHERE name = ?", (ref,))
    raw = rows[0][0] or None if rows else None
    wanted = exported_value(index, part, key)
    if raw != wanted and (raw is None or actual(index, part, key) != wanted):
        yield RefEdit(ref, wanted, CommitId(raw) if raw else Expect.MISSING)


def move_head(batch: ObjectBatch, head: OperationId, new: OperationId) -> NotDurable | None:
    """Move the head of the log: the point of publication; call it under the store lock.

    Return a failure of the disk after that point, since the publication has to be completed.
    """
    batch.flush()
    expected = Expect.MISSING if head == ROOT_OPERATION else CommitId(head)
    edit = RefEdit(OPERATION_REF, CommitId(new), expected, breakable=True)
    try:
        update_refs(batch.repository, [edit], landed=batch.holds)
    except NotDurable as error:
        return error
    return None


def base_on(repository: Repository, actor: Actor, workspace: str, observed: Observed) -> Base:
    """Return the base of a transaction on the observed state; call it under the store lock."""
    replica = repository.own_replica(actor.host, actor.random)
    operation = read_operation(repository, observed.head)
    repository.require_version(operation.data.version)  # a mirror clone's config names none
    return Base(operation, replica.id, workspace, actor)


def edited_names(tx: Transaction) -> set[tuple[str, str]]:
    """Return the names that a transaction changed and that have refs."""
    return {
        (part, key)
        for part, values in tx.edits.items()
        if ref_of(part, "x") is not None
        for key in values
    }


def _is_current(index: Index, head: OperationId, exported: OperationId, *, writing: bool) -> bool:
    rows = dict(index.query("SELECT key, value FROM meta WHERE key IN ('head', 'exported')"))
    if rows.get("head", ROOT_OPERATION) != head or rows.get("exported") != exported:
        return False
    # A reader has the unsettled refs in its view already.
    pending = "SELECT 1 FROM moved"
    if writing:
        pending += " UNION ALL SELECT 1 FROM unsettled UNION ALL SELECT 1 FROM laid_over"
    return not index.query(f"{pending} LIMIT 1")
