"""`wj op restore`, `wj op revert` and `wj op abandon`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from porcelain.actions.undoing.restore_operation import restore, revert
from porcelain.cli.render.operation import operation_line
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import SHOWN, Mutation
from porcelain.display import counted, plain
from porcelain.maintenance.abandon_operations import abandon, operation_range
from porcelain.model.operation import Operation


@make_command("restore")
@click.argument("operation")
def command(context: Context, operation: str) -> None:
    """Restore the repository to its state after OPERATION: sessions, tags, commits, positions.

    This undoes all later operations of everybody, and lists them. It is an operation itself:
    `wj undo` reverses it.
    """
    operation_id = context.operation(operation)
    mutation = Mutation(context)
    with context.transaction() as tx:
        found = restore(tx, operation_id)
    if tx.published.operation is not None:
        line = operation_line(found.operation, context.now())
        mutation.said.append([("", "Restored to operation: "), *line])
        _say_taken_back(mutation, found.taken_back)
        if context.repo.workspace.commit is None and mutation.before.commit is not None:
            context.output.warning("This workspace has no current commit now")
            mutation.notes.append("`wj undo` restores it")
    taken_back = [one.id for one in found.taken_back]
    mutation.report(tx, restored=operation_id, taken_back=taken_back)


def _say_taken_back(mutation: Mutation, taken_back: Sequence[Operation]) -> None:
    """List the operations that were taken back, grouped by workspace."""
    context = mutation.context
    owners: dict[tuple[str, str | None], list[Operation]] = {}
    for operation in taken_back:
        host = "" if operation.data.host == context.actor.host else operation.data.host
        owners.setdefault((host, operation.data.workspace), []).append(operation)
    own = ("", context.repo.workspace_name)
    for (host, workspace), operations in owners.items():
        if workspace is None:
            whose = "from outside"
        elif (host, workspace) == own:
            whose = "of this workspace"
        else:
            whose = f"of {plain(workspace)}@{plain(host)}"
        mutation.say(f"Took back {counted(len(operations), 'operation')} {whose}:")
        lines = [operation_line(one, context.now()) for one in operations[:SHOWN]]
        mutation.say_lines(lines, len(operations))


@make_command("revert")
@click.argument("operation", default="@")
def op_revert_command(context: Context, operation: str) -> None:
    """Revert one operation, by default the newest, of any workspace; later operations stay.

    It is an operation itself: `wj undo` reverses it, and so does reverting it.
    """
    operation_id = context.operation(operation)
    mutation = Mutation(context)
    with context.transaction() as tx:
        found = revert(tx, operation_id)
    if tx.published.operation is not None:
        line = operation_line(found, context.now())
        mutation.said.append([("", "Reverted operation: "), *line])
    mutation.report(tx, reverted=operation_id)


@make_command("abandon")
@click.argument("operations", metavar="OPERATION|A..B")
def op_abandon_command(context: Context, operations: str) -> None:
    """Abandon operation history: remove operations from the log; the state does not change.

    Give one operation, or a range: `A..B` is B and the operations before it, down to A and
    without A; `..B` begins at the bottom, `A..` ends at the top. Later operations get new ids.

    Commits that only the abandoned operations kept alive can then be collected, and no undo or
    restore reaches them. This is no operation, and cannot be undone.
    """
    if context.globals.at_operation is not None:
        raise Misuse("--at-op is not respected: operations are abandoned in the newest log")
    output, repo = context.output, context.repo
    chosen = operation_range(repo, operations)
    with context.rewriting_log():
        found = abandon(repo, chosen)
    if found.operations:
        gone = counted(len(found.operations), "operation")
        above = counted(len(found.reparented), "descendant operation")
        output.status(f"Abandoned {gone} and reparented {above}.")
    else:
        output.status("Nothing changed.")
    if output.json:
        data = {"abandoned": list(found.operations), "reparented": dict(found.reparented)}
        output.data(data | {"operation": found.head})
