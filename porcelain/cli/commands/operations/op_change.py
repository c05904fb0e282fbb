"""`wj op restore`: back to the state after an operation."""

from __future__ import annotations

from collections.abc import Sequence

import click

from porcelain.actions.undoing.restore_operation import restore, revert
from porcelain.cli.render.operation import operation_line
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import plain
from porcelain.maintenance.abandon_operations import abandon, operation_range
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation

_LISTED = 10


def restore_to(context: Context, operation_id: OperationId) -> None:
    """Restore the state after an operation and say whose operations that takes back."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        found = restore(tx, operation_id)
    if tx.published.operation is not None:
        line = operation_line(found.operation, context.now())
        mutation.said.append([("", "Restored to operation: "), *line])
        _say_taken_back(mutation, found.taken_back)
        if context.repo.workspace.commit is None and mutation.before.commit is not None:
            context.output.warning("This workspace has no place any more")
            mutation.notes.append("`wj undo` brings back what was")
    taken_back = [operation.id for operation in found.taken_back]
    mutation.report(tx, restored=operation_id, taken_back=taken_back)


def revert_one(context: Context, operation_id: OperationId) -> None:
    """Revert an operation and say so.

    Raises:
        Refused: it is none that can be reverted.
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        operation = revert(tx, operation_id)
    if tx.published.operation is not None:
        line = operation_line(operation, context.now())
        mutation.said.append([("", "Reverted operation: "), *line])
    mutation.report(tx, reverted=operation_id)


def abandon_range(context: Context, text: str) -> None:
    """Abandon operations and say how many.

    Raises:
        Misuse: with `--at-op`.
        OperationError, Refused: the range names nothing, or something that has to stay.
    """
    if context.globals.at_operation is not None:
        raise Misuse("--at-op is not respected: operations are abandoned in the newest log")
    output, repo = context.output, context.repo
    found = abandon(repo, operation_range(repo, text))
    gone, above = len(found.operations), len(found.reparented)
    if gone:
        output.status(f"Abandoned {gone} operations and reparented {above} descendant operations.")
    else:
        output.status("Nothing changed.")
    if output.json:
        data = {"abandoned": list(found.operations), "reparented": dict(found.reparented)}
        output.data(data | {"operation": found.head})


def _say_taken_back(mutation: Mutation, taken_back: Sequence[Operation]) -> None:
    """Say whose operations were taken back, those of each workspace together."""
    context = mutation.context
    owners: dict[tuple[str, str | None], list[Operation]] = {}
    for operation in taken_back:
        workspace = operation.data.workspace
        host = "" if operation.data.host == context.actor.host else operation.data.host
        owners.setdefault((host, workspace), []).append(operation)
    own = ("", context.repo.workspace_name)
    for owner, operations in owners.items():
        host, workspace = owner
        name = f"{plain(workspace or '')}@{plain(host)}"
        whose = "of this workspace" if owner == own else f"of {name}"
        if workspace is None:
            whose = "from outside"
        mutation.say(f"Took back {len(operations)} operations {whose}:")
        for operation in operations[:_LISTED]:
            line: list[Piece] = [("", "  "), *operation_line(operation, context.now())]
            mutation.said.append(line)
        if len(operations) > _LISTED:
            mutation.say("  ...")


@make_command("revert")
@click.argument("operation", default="@")
def op_revert_command(context: Context, operation: str) -> None:
    """Take one operation back, by default the newest, whoever made it; what came after stays.

    It is an operation itself: `wj undo` takes it back, and so does reverting it.
    """
    revert_one(context, context.operation(operation))


@make_command("abandon")
@click.argument("operations", metavar="OPERATION|A..B")
def op_abandon_command(context: Context, operations: str) -> None:
    """Take operations out of the log; the state does not change.

    OPERATIONS is one operation, or a range: `A..B` is B and what is before it, down to A and
    without A; `..B` begins at the bottom, `A..` ends at the top. The operations above get new
    ids. What only the abandoned ones kept alive can then be collected, and no undo or restore
    reaches it any more; so this is no operation, and cannot be undone.
    """
    abandon_range(context, operations)


@make_command("restore")
@click.argument("operation")
def command(context: Context, operation: str) -> None:
    """Make everything what it was after OPERATION: sessions, tags, commits, positions.

    This takes back what was done since, whoever did it, and lists it. It is an operation
    itself: `wj undo` takes it back.
    """
    restore_to(context, context.operation(operation))
