"""Restore the state after an operation, or revert one operation.

Restoring gives the view its whole state after an operation, and takes back all later work of
every workspace. Reverting takes back one operation by its three-way inverse. Both are ordinary
operations that undo can take back, and neither is recorded as an undo.
"""

from __future__ import annotations

from typing import NamedTuple

from porcelain.actions.undoing.session_names import sequence_number
from porcelain.actions.undoing.undo import invert
from porcelain.errors import Refused
from porcelain.index.heads import change_heads
from porcelain.index.operation_walk import only_before
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import read_operation
from porcelain.model.view import Edits, diff_views, read_roots
from porcelain.model.view_value import HEADS, WORKSPACES, Workspace
from porcelain.transaction.replicas import own_ranges
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.index.commit_index import Index


class Restored(NamedTuple):
    """The restored operation, and the later operations that this took back, newest first.

    An operation and its undo are left out if both are later: together they changed nothing.
    """

    operation: Operation
    taken_back: tuple[Operation, ...]


def restore(tx: Transaction, operation_id: OperationId) -> Restored:
    """Restore the state after an operation; `ROOT_OPERATION` stands for the empty state.

    Workspaces of other replicas stay where they are. Workspaces that this replica took over
    since come back under its own name.

    Raises:
        CorruptOperation: the operation cannot be read.
    """
    operation = read_operation(tx.batch, operation_id)
    then = read_roots(tx.batch, operation.view, operation.id)
    differences = list(diff_views(tx.batch, tx.present_roots(), then))
    _show(tx, [(CommitId(d[1]), d[3] is not None) for d in differences if d[0] == HEADS])
    edits = {(d[0], d[1]): d[3] for d in differences if d[0] not in (HEADS, WORKSPACES)}
    for (part, key), value in edits.items():
        tx.set(part, key, value)
    _place_workspaces(tx, operation_id, differences)
    tx.kind = "restore"
    tx.links = {"restores": operation_id}
    tx.description = f"restore to: {_name(operation)}"
    return Restored(operation, tuple(_in_force(tx.index, tx.base.operation.id, operation_id)))


def revert(tx: Transaction, operation_id: OperationId) -> Operation:
    """Take back one operation, whatever came after it; return it.

    Later children of changes that disappear are rebased onto the parents of these changes.

    Raises:
        Refused: the operation is the root, a merge or the adoption of the repository.
        CorruptOperation: the operation cannot be read.
    """
    if operation_id == ROOT_OPERATION:
        raise Refused("Cannot revert the root operation", code="cannot_revert")
    operation = read_operation(tx.batch, operation_id)
    if len(operation.data.parents) > 1:
        hint = "`wj op restore` goes back to before or after it"
        raise Refused("Cannot revert a merge operation", hint, code="cannot_revert")
    if operation.data.kind == "adopt":
        raise Refused(
            "Cannot revert the operation that took in what was here before the log",
            code="cannot_revert",
        )
    tx.strict = True
    invert(tx, operation, by_force=True)
    tx.kind = "revert"
    tx.links = {"reverts": operation_id}
    tx.description = f"revert: {_name(operation)}"
    return operation


def _show(tx: Transaction, heads: list[tuple[CommitId, bool]]) -> None:
    """Add and remove heads in one step, so that none of them hides another on the way."""
    added = [commit_id for commit_id, is_head in heads if is_head]
    gone = [commit_id for commit_id, is_head in heads if not is_head]
    tx.add_heads(added)  # a commit that another one continues is no head yet
    edits = change_heads(tx.index, added, gone)
    tx.edits.setdefault(HEADS, {}).update(edits)


def _place_workspaces(
    tx: Transaction,
    operation_id: OperationId,
    differences: list[tuple[str, str, str | None, str | None]],
) -> None:
    """Move this replica's workspaces back; keep the commits of other replicas' ones visible."""
    own = tx.base.replica
    then: Edits = {WORKSPACES: {}}
    ours = _own_at(tx.index, own, operation_id)
    for part, key, now, before in differences:
        if part != WORKSPACES:
            continue
        replica, _, name = key.partition("/")
        if replica == own:
            then[WORKSPACES].setdefault(key, before)
        elif replica in ours and before is not None:
            then[WORKSPACES][f"{own}/{name}"] = before
        else:
            place = Workspace.of(now).commit
            tx.add_heads([place] if place is not None and not tx.row(place).visible else [])
    for key, value in then[WORKSPACES].items():
        tx.set(WORKSPACES, key, value)


def _own_at(index: Index, own: str, operation_id: OperationId) -> set[str]:
    """Return the replicas whose workspaces this replica had taken over at an operation."""
    seq = sequence_number(index, operation_id)
    return {replica for replica, highest in own_ranges(index, own) if seq <= highest} - {own}


def _in_force(index: Index, head: OperationId, operation_id: OperationId) -> list[Operation]:
    """Return the operations after one without those that were undone, newest first."""
    found = list(only_before(index, head, operation_id))
    since = {operation.id for operation in found}
    idle: set[str] = set()
    for operation in reversed(found):
        links = operation.data.links
        undoes, redoes, target = (links.get(name) for name in ("undoes", "redoes", "target"))
        if undoes in since:
            idle |= {undoes, operation.id}
        elif redoes in since:
            idle |= {redoes, operation.id}
            idle -= {target} if target in since else set()
    return [operation for operation in found if operation.id not in idle]


def _name(operation: Operation) -> str:
    if operation.id == ROOT_OPERATION:
        return "root()"
    return operation.data.description.partition("\n")[0]
