"""`wj undo` and `wj redo`."""

from __future__ import annotations

import click

from porcelain.actions.undoing.undo import redo, undo
from porcelain.cli.render.operation import operation_line
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import counted
from porcelain.errors import NothingToUndo, OperationError
from porcelain.index.view_rows import operation_rows
from porcelain.model.operation import WATCH, Operation


@make_command("undo")
@click.option("--session", metavar="NAME", help="Undo the last operation that touched a session")
@click.option("--by", metavar="WORKSPACE",
              help="Undo the last operation of another workspace, or of `watch`")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="With `--by`, undo all of its operations")
@click.option("--skip", is_flag=True, help="Skip operations that others have built on")
def command(
    context: Context, session: str | None, by: str | None, everything: bool, skip: bool
) -> None:
    """Undo the last operation; repeated, the operations before it.

    It undoes operations of this workspace, and those from outside `wj` that created, deleted or
    moved back a session. Later operations of others stay, those of `wj watch` and of hooks too:
    `--by watch` undoes the newest of these. `wj redo` goes forward again.
    """
    if everything and by is None:
        raise Misuse("`--all` undoes all operations of one workspace", "`--by` names it")
    mutation = Mutation(context)
    done: list[str] = []
    while everything or not done:
        try:
            with context.transaction() as tx:
                undone = undo(tx, session=session, by=by, skip=skip)
        except OperationError as error:
            if done and not isinstance(error, NothingToUndo):
                context.output.status(f"Undid {counted(len(done), 'operation')} before this")
            if done and isinstance(error, NothingToUndo):
                break
            raise
        done.append(undone.operation.id)
        last, shown = tx, undone
    for operation in shown.stepped_over:
        mutation.said.append([("", "Stepped over: "), *operation_line(operation, context.now())])
    if shown.watched:
        operations = counted(shown.watched, "operation")
        mutation.say(f"Stepped over {operations} of `wj watch`, left in place")
    line = operation_line(shown.operation, context.now())
    earlier = f" {counted(len(done), 'operation')}, the last one" if len(done) > 1 else " operation"
    mutation.said.append([("", f"Undid{earlier}: "), *line])
    if not (shown.stepped_over or shown.watched):
        mutation.said += _restored_to(context, shown.operation)
    if by == WATCH:
        mutation.notes.append(
            "A running `wj watch` brings it in again, as the next import does; what `wj abandon` "
            "hides stays away"
        )
    stepped_over = [operation.id for operation in shown.stepped_over]
    mutation.report(
        last,
        undone=done[-1],
        all_undone=done,
        stepped_over=stepped_over,
        watched=shown.watched,
    )


def _restored_to(context: Context, undone: Operation) -> list[list[Piece]]:
    """Return the line that names the operation before the undone one."""
    parents = undone.data.parents[:1]
    found = operation_rows(context.repo.index, "id = ?", tuple(parents)) if parents else []
    line = [operation_line(one, context.now()) for one in found]
    return [[("", "Restored to operation: "), *(line[0] if line else [("root", "root()")])]]


@make_command("redo")
def redo_command(context: Context) -> None:
    """Redo the most recently undone operation, until an operation of another kind."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        done = redo(tx)
    line = operation_line(done.operation, context.now())
    mutation.said.append([("", "Redid operation: "), *line])
    mutation.report(tx, redone=done.operation.id)
