"""Restoring, reverting and abandoning operations as commands, and what they say."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.cli.colors import Piece
from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.mutation import Mutation
from porcelain.cli.render.operation import operation_line
from porcelain.display import plain
from porcelain.ids import OperationId
from porcelain.operation import Operation
from porcelain.restoring import restore, revert

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
    from porcelain.abandoning import abandon, operation_range  # noqa: PLC0415 - rare

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
