"""`wj undo` and `wj redo`."""

from __future__ import annotations

import click

from porcelain.actions.undoing.undo import redo, undo
from porcelain.cli.render.operation import operation_line
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation


@make_command("undo")
@click.option("--session", metavar="NAME", help="Undo the last operation that touched a session")
@click.option("--by", metavar="WORKSPACE", help="Undo the last operation of another workspace")
@click.option("--skip", is_flag=True, help="Skip operations that others have built on")
def command(context: Context, session: str | None, by: str | None, skip: bool) -> None:
    """Undo the last operation; repeated, the operations before it.

    It undoes operations of this workspace, and those from outside `wj` that created, deleted or
    moved back a session. Later operations of others stay. `wj redo` goes forward again.
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        undone = undo(tx, session=session, by=by, skip=skip)
    for operation in undone.stepped_over:
        mutation.said.append([("", "Stepped over: "), *operation_line(operation, context.now())])
    line = operation_line(undone.operation, context.now())
    mutation.said.append([("", "Undid operation: "), *line])
    stepped_over = [operation.id for operation in undone.stepped_over]
    mutation.report(tx, undone=undone.operation.id, stepped_over=stepped_over)


@make_command("redo")
def redo_command(context: Context) -> None:
    """Redo the most recently undone operation, until an operation of another kind."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        done = redo(tx)
    line = operation_line(done.operation, context.now())
    mutation.said.append([("", "Redid operation: "), *line])
    mutation.report(tx, redone=done.operation.id)
