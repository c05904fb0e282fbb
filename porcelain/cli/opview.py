"""One operation, or the difference between two, for people and as data."""

from __future__ import annotations

from porcelain.cli.colors import Piece
from porcelain.cli.context import Context
from porcelain.cli.opdiff import DiffText, diff_data
from porcelain.cli.oplog import entry_of
from porcelain.cli.render.operation import operation_data, operation_line
from porcelain.ids import OperationId
from porcelain.operation import ROOT_OPERATION, Operation
from porcelain.operation_diff import OperationDiff, OperationDiffs
from porcelain.operation_log import read_operation


def show_operation(context: Context, operation_id: OperationId) -> None:
    """Write an operation to stdout, and what it changed; a merge's changes are its parents'."""
    repo, output = context.repo, context.output
    operation = read_operation(repo.repository, operation_id)
    merges = len(operation.data.parents) > 1
    diff = OperationDiff((), ()) if merges else OperationDiffs(repo).of(operation)
    if output.json:
        output.data(operation_data(operation) | {"diff": diff_data(context, diff)})
        return
    output.start_pager()
    output.text([*entry_of(context)(operation), ("", "\n")])
    if diff:
        output.raw(f"\n{DiffText(context).of(diff)}")


def compare_with_parents(context: Context, operation_id: OperationId) -> None:
    """Write what an operation changed; of a merge, what differs from each of its parents."""
    repo = context.repo
    operation = read_operation(repo.repository, operation_id)
    parents = list(operation.data.parents)
    if operation_id != ROOT_OPERATION and not parents:
        parents = [ROOT_OPERATION]
    diff = OperationDiffs(repo).of(operation)
    _write(
        context, [read_operation(repo.repository, parent) for parent in parents], operation, diff
    )


def compare_operations(context: Context, start: OperationId, end: OperationId) -> None:
    """Write what differs between the states after two operations."""
    reader = context.repo.repository
    diff = OperationDiffs(context.repo).between(start, end)
    _write(context, [read_operation(reader, start)], read_operation(reader, end), diff)


def _write(context: Context, starts: list[Operation], end: Operation, diff: OperationDiff) -> None:
    output, now = context.output, context.now()
    if output.json:
        ends = {"from": [start.id for start in starts], "to": end.id}
        output.data(ends | diff_data(context, diff))
        return
    output.start_pager()
    pieces: list[Piece] = []
    for start in starts:
        pieces += [("", "From operation: "), *operation_line(start, now), ("", "\n")]
    output.text([*pieces, ("", "  To operation: "), *operation_line(end, now), ("", "\n")])
    if diff:
        output.raw(f"\n{DiffText(context).of(diff)}")
