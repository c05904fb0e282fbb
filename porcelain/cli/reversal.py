"""Undo and redo as commands: what was taken back, what was stepped over, where `@` is."""

from __future__ import annotations

from porcelain.cli.colors import Piece
from porcelain.cli.context import Context
from porcelain.cli.mutation import Mutation
from porcelain.cli.render.operation import operation_line
from porcelain.undo import Undone, redo, undo


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
