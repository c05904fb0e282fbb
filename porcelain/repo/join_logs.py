"""Join the operation log of another copy to this one's, as one publication under the store lock.

If one log continues the other, the longer one is taken; else they are merged. The other log is
checked first: an operation that cannot be read, or a view that names a commit that did not
arrive, refuses the whole log, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import NamedTuple

from porcelain.actions.recording.record import Recorder
from porcelain.display import counted, plain
from porcelain.errors import CorruptOperation, Refused
from porcelain.index.operation_walk import is_before
from porcelain.index.view_rows import log_gaps, operation_rows
from porcelain.index.view_sync import add_log, add_operation, catch_up
from porcelain.model.actor import Actor
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import OPERATION_REF, head_operation, read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS, SESSIONS, target_commits
from porcelain.repo.signed_chain import verify_operations
from porcelain.transaction.export_refs import ref_of
from porcelain.transaction.import_deleted import drop_recorded
from porcelain.transaction.merge_logs import merge_heads
from porcelain.transaction.publish import (
    base_on,
    finish_publication,
    move_head,
    observe,
    rebuild_if_rewritten,
    record_observed,
    tidy_up,
)
from porcelain.transaction.transaction import Base
from store.errors import InvalidRefName, ObjectError
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader
from store.objects.topological import topological_order
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_name import check_ref_name
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository

_SHOWN = 60  # characters of a name in an error
Then = Callable[[Recorder], None]
"""Edits of the joined state, which become an operation of this copy if they change anything."""


class Joined(NamedTuple):
    """The head before and after, the operations that arrived, and the merge if there was one."""

    before: OperationId
    after: OperationId
    arrived: tuple[OperationId, ...]
    merge: Operation | None
    own: Operation | None
    """The operation of the edits that were made on top."""
    dropped: int = 0
    """How many operations were dropped here, as before at the remote."""


@dataclass(frozen=True, slots=True)
class Where:
    """The copy whose log is joined, and who acts in it."""

    repository: Repository
    index: Index
    actor: Actor
    workspace: str
    accept: Callable[[], None] = lambda: None
    """Makes the objects of the other log part of the repository, once it is known to hold."""

    def trusting(self) -> Where:
        """Return the same without a demand for signatures."""
        signing = self.actor.signing
        trusting = signing._replace(demanded=False) if signing is not None else None
        return replace(self, actor=self.actor._replace(signing=trusting))


def check_log(where: Where, other: OperationId) -> None:
    """Make sure that the log up to `other`, whose objects are here, holds; nothing is changed.

    Raises:
        CorruptOperation, Refused: it does not.
    """
    index = where.index
    with index.writing() as connection, ObjectBatch(where.repository) as batch:
        connection.execute("SAVEPOINT checked_log")
        try:
            _require_signed(where, _arrived(index, batch, other))
        finally:
            index.roll_back_to("checked_log")
            connection.execute("RELEASE checked_log")


def join_logs(
    where: Where, other: OperationId, then: Then | None = None, *, replaces: bool = False
) -> Joined:
    """Join the log up to `other`, whose objects are here, to this copy's log.

    If it `replaces` this copy's log, that is given up, and the index has to be discarded afterwards.

    Raises:
        CorruptOperation, Refused: the other log does not hold; nothing is changed.
        StoreLocked, StorageFailure: nothing is changed.
        NotDurable: it is published, but the disk failed afterwards.
    """
    repository, index = where.repository, where.index
    with repository.locked(), ExitStack() as stack:
        rebuild_if_rewritten(repository, index)
        batch = stack.enter_context(ObjectBatch(repository))
        connection = stack.enter_context(index.writing())
        observed = observe(repository, index, writing=True)
        base = base_on(repository, where.actor, where.workspace, observed)
        operations, deleted = record_observed(index, batch, base, observed.moves)
        for staged in operations:
            add_operation(connection, staged)
        head = operations[-1] if operations else base.operation
        arrived = _arrived(index, batch, other)
        _require_signed(where, arrived)
        where.accept()
        merge = None
        if replaces or is_before(index, head.id, other):
            if replaces and operations:
                raise Refused("Refs moved at the same time", "Try again", code="refs_moved")
            joined = read_operation(batch, other)
            catch_up(index, batch, other)
        elif is_before(index, other, head.id):
            joined = head
        else:
            joined, _ = merge_heads(index, batch, (head.id, other))
            merge = joined
            add_operation(connection, merge)
        own = _own(index, batch, base._replace(operation=joined), then) if then else None
        if own is not None:
            add_operation(connection, own)
        new = own or joined
        failure = None
        if new.id != observed.head:
            batch.needs_version(new.data.version)
            failure = move_head(batch, observed.head, new.id)
        names = {(move.part, move.key) for move in observed.moves}
        names.update(observed.differing, _moved_names(batch, base.operation, new))
        names.update((SESSIONS, one.name) for one in deleted)
        made = [*operations, new] if new.id != observed.head else operations
        finish_publication(repository, index, made, names, observed)
        drop_recorded(repository, deleted)
    tidy_up(repository)
    if failure is not None:
        raise failure.of(f"operation {new.id[:12]}", None) from failure
    return Joined(observed.head, new.id, tuple(arrived), merge, own)


def _arrived(index: Index, batch: ObjectBatch, other: OperationId) -> list[OperationId]:
    """Add the operations of the other log to the index, and check them; return them.

    Raises:
        CorruptOperation, Refused: one of them does not hold.
    """
    known = log_gaps(index)
    arrived = add_log(index, batch, other)
    gaps = [gap for gap in log_gaps(index) if gap not in known]
    if gaps:
        raise CorruptOperation(*gaps[0])
    for operation_id in arrived:
        (operation,) = operation_rows(index, "id = ?", (operation_id,))
        _check_versions(operation)
        _check_view(index, batch, operation)
    return arrived


def _require_signed(where: Where, arrived: Sequence[OperationId]) -> None:
    """Make sure that what arrived is signed, where that is demanded.

    Raises:
        Refused: it is not.
    """
    signing = where.actor.signing
    if signing is None or not signing.demanded or not arrived:
        return
    found = verify_operations(where.repository, where.index, reversed(arrived), signing.verify)
    if found.faults:
        first = found.faults[-1]
        title = first.operation.data.description.partition("\n")[0]
        raise Refused(
            f"{counted(len(found.faults), 'operation')} of the other log cannot be trusted, the "
            f"first is {first.operation.id[:12]} ({plain(title)}): {first.reason}",
            "`wj op verify REMOTE` lists them; nothing of it was taken",
            "Where they were made, `wj op verify --accept` vouches for them with a key",
            code="not_signed",
        )


def _check_versions(operation: Operation) -> None:
    """Make sure that no commit replaces one that it was itself replaced by.

    Raises:
        CorruptOperation: one does.
    """
    links = operation.data.predecessors
    after = {new: [old for old in {*olds} if old in links] for new, olds in links.items()}
    ordered = {*topological_order(after, str)}
    if stuck := sorted(links.keys() - ordered):
        reason = f"commit {stuck[0][:12]} replaces one that it was itself replaced by"
        raise CorruptOperation(operation.id, reason)


def _check_view(index: Index, reader: ObjectReader, operation: Operation) -> None:
    """Make sure that git can hold the names in a view, and that all commits it newly names arrived.

    Raises:
        CorruptOperation: a value of the view cannot be read, or it names something else.
    """
    parents = operation.data.parents
    before = read_operation(reader, parents[0] if parents else ROOT_OPERATION)
    try:
        found = list(
            diff_views(
                reader,
                read_roots(reader, before.view, before.id),
                read_roots(reader, operation.view, operation.id),
            )
        )
    except (ObjectError, ValueError) as error:
        raise CorruptOperation(operation.id, f"its view: {error}") from error
    for part, key, _, value in found:
        _check_ref(operation, part, key)
        named = () if value is None else _named(part, key, value)
        known = index.positions(named)
        for commit_id in named:
            if commit_id not in known and not _is_commit(reader, commit_id):
                said = f"view/{part}/{key} names commit {commit_id[:12]}, which is missing"
                raise CorruptOperation(operation.id, said)


def _check_ref(operation: Operation, part: str, key: str) -> None:
    ref = ref_of(part, key)
    try:
        if ref is not None:
            check_ref_name(ref)
    except InvalidRefName as error:
        said = (
            f"view/{part} has the name {ascii(key[:_SHOWN])}, which no ref can have: {error.reason}"
        )
        raise CorruptOperation(operation.id, said) from error


def _is_commit(reader: ObjectReader, commit_id: CommitId) -> bool:
    """Tell whether there is a commit; those with the rows of imported files are in no index."""
    try:
        read_commit(reader, commit_id)
    except ObjectError:
        return False
    return True


def _named(part: str, key: str, value: str) -> Sequence[CommitId]:
    return [CommitId(key)] if part == HEADS else target_commits(part, value)


def _own(index: Index, batch: ObjectBatch, base: Base, then: Then) -> Operation | None:
    tx = Recorder(index, batch, base)
    then(tx)
    return tx.stage()


def _moved_names(reader: ObjectReader, before: Operation, after: Operation) -> set[tuple[str, str]]:
    """Return the names with refs that differ between two operations."""
    views = [read_roots(reader, one.view, one.id) for one in (before, after)]
    return {
        (part, key)
        for part, key, _, _ in diff_views(reader, views[0], views[1], {})
        if part != HEADS and ref_of(part, key) is not None
    }


def rejoin(where: Where, own: OperationId) -> bool:
    """Join this copy's own log again, unless the present one continues it; tell whether it was.

    An own log that cannot be read is left to `wj doctor`.
    """
    index, head = where.index, head_operation(where.repository)
    known = index.query("SELECT 1 FROM operations WHERE id = ?", (own,))
    if known and is_before(index, own, head):
        return False
    try:
        if head == ROOT_OPERATION:  # the log's ref was lost, and nothing else
            found = CommitId(read_operation(where.repository, own).id)
            update_refs(where.repository, [RefEdit(OPERATION_REF, found, Expect.MISSING)])
        else:
            join_logs(where.trusting(), own)  # of its own log a copy demands nothing
    except CorruptOperation:
        return False
    return True
