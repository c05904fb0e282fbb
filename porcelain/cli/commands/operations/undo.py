"""`wj undo`: take back the newest operation."""

from __future__ import annotations

import click

from porcelain.actions.undoing.undo import Undone, redo, undo
from porcelain.cli.render.operation import operation_line
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation


def take_back(context: Context, *, session: str | None, by: str | None, skip: bool) -> None:
    """Undo one operation and say so.

    Raises:
        NothingToUndo, UndoBlocked
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        undone = undo(tx, session=session, by=by, skip=skip)
    for operation in undone.stepped_over:
        mutation.said.append([("", "Stepped over: "), *operation_line(operation, context.now())])
    mutation.said.append(_done("Undid operation: ", undone, context))
    mutation.report(tx, undone=undone.operation.id, stepped_over=_ids(undone))


def bring_back(context: Context) -> None:
    """Redo one operation and say so.

    Raises:
        NothingToRedo, UndoBlocked
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        done = redo(tx)
    mutation.said.append(_done("Redid operation: ", done, context))
    mutation.report(tx, redone=done.operation.id)


def _done(words: str, undone: Undone, context: Context) -> list[Piece]:
    return [("", words), *operation_line(undone.operation, context.now())]


def _ids(undone: Undone) -> list[str]:
    return [operation.id for operation in undone.stepped_over]


@make_command("redo")
def redo_command(context: Context) -> None:
    """Take back the newest undo, until the next operation of another kind."""
    bring_back(context)


@make_command("undo")
@click.option("--session", metavar="NAME", help="Undo the newest operation that touched it")
@click.option("--by", metavar="WORKSPACE", help="Undo the newest operation of another workspace")
@click.option("--skip", is_flag=True, help="Step over operations that others have built on")
def command(context: Context, session: str | None, by: str | None, skip: bool) -> None:
    """Take back the newest operation; again, and the one before it.

    Only what this workspace did is taken back, and sessions that others created, deleted or
    moved back outside `wj`; what was done since by others stays. `wj redo` goes forward again.
    """
    take_back(context, session=session, by=by, skip=skip)
