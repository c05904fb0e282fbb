"""`wj op show` and `wj op diff`."""

from __future__ import annotations

import click

from porcelain.cli.render.operation import operation_data, operation_line
from porcelain.cli.render.operations.operation_diff import DiffText, diff_data
from porcelain.cli.render.operations.operation_log import entry_of
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import read_operation
from porcelain.repo.operation_diff import OperationDiff, OperationDiffs


@make_command("show")
@click.argument("operation", default="@")
def command(context: Context, operation: str) -> None:
    """Show an operation, by default the newest, and its changes.

    Commits are shown as a small graph, `+` for added and `-` for removed ones, followed by
    workspaces, sessions, tags, remotes and imports. A merge itself changes nothing.
    """
    repo, output = context.repo, context.output
    found = read_operation(repo.repository, context.operation(operation))
    merges = len(found.data.parents) > 1
    diff = OperationDiff((), ()) if merges else OperationDiffs(repo).of(found)
    if output.json:
        output.data(operation_data(found) | {"diff": diff_data(context, diff)})
        return
    output.start_pager()
    output.text(entry_of(context)(found))
    if diff:
        output.raw(f"\n{DiffText(context).of(diff)}")


@make_command("diff")
@click.option("--operation", "--op", "operation", metavar="OPERATION",
              help="Show repository changes in this operation, compared to its parents")  # fmt: skip
@click.option("--from", "-f", "start", metavar="OPERATION",
              help="Show repository changes from this operation (default: @)")  # fmt: skip
@click.option("--to", "-t", "end", metavar="OPERATION",
              help="Show repository changes to this operation (default: @)")  # fmt: skip
def op_diff_command(
    context: Context, operation: str | None, start: str | None, end: str | None
) -> None:
    """Compare changes to the repository between two operations, in any order.

    Without options this shows the changes in the newest operation.
    """
    if operation is not None and (start is not None or end is not None):
        raise Misuse("--operation cannot be used with --from or --to")
    reader, diffs = context.repo.repository, OperationDiffs(context.repo)
    if start is None and end is None:
        last = read_operation(reader, context.operation(operation or "@"))
        parents = list(last.data.parents)
        if last.id != ROOT_OPERATION and not parents:
            parents = [ROOT_OPERATION]
        diff = diffs.of(last)
    else:
        parents = [context.operation(start or "@")]
        last = read_operation(reader, context.operation(end or "@"))
        diff = diffs.between(parents[0], last.id)
    _write(context, [read_operation(reader, parent) for parent in parents], last, diff)


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
