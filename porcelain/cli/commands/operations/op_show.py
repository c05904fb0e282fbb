"""`wj op show`: one operation and what it changed."""

from __future__ import annotations

import click

from porcelain.cli.render.operation import operation_data, operation_line
from porcelain.cli.render.operation_diff import DiffText, diff_data
from porcelain.cli.render.operation_log import entry_of
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import read_operation
from porcelain.repo.operation_diff import OperationDiff, OperationDiffs


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
    output.text(entry_of(context)(operation))
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


@make_command("diff")
@click.option("--operation", "--op", "operation", metavar="OPERATION", help="What this one changed")
@click.option("--from", "-f", "start", metavar="OPERATION", help="From this one (default: @)")
@click.option("--to", "-t", "end", metavar="OPERATION", help="To this one (default: @)")
def op_diff_command(
    context: Context, operation: str | None, start: str | None, end: str | None
) -> None:
    """Show what differs between the states after two operations.

    Without options it is what the newest operation changed. The two may be in any order.
    """
    if operation is not None and (start is not None or end is not None):
        raise Misuse("--operation cannot be used with --from or --to")
    if start is None and end is None:
        compare_with_parents(context, context.operation(operation or "@"))
        return
    compare_operations(context, context.operation(start or "@"), context.operation(end or "@"))


@make_command("show")
@click.argument("operation", default="@")
def command(context: Context, operation: str) -> None:
    """Show an operation, by default the newest, and what it changed.

    Commits as a small graph, `+` those that came and `-` those that went; then workspaces,
    sessions, tags, remotes and imports. A merge is shown without: it changed nothing by itself.
    """
    show_operation(context, context.operation(operation))
