"""`wj show`: a commit and the messages that it adds."""

from __future__ import annotations

from collections.abc import Callable

import click

from porcelain.cli.render.commit_details import commit_details, show_commit
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.repo.repo import Repo


@make_command("show")
@click.argument("revisions", nargs=-1, metavar="[REV…]")
@click.option("--full", is_flag=True, help="Do not cut long texts; show rows that are not messages")
@click.option(
    "-p", "--patch", is_flag=True, help="Show what each changes, also of earlier messages"
)
def command(context: Context, revisions: tuple[str, ...], full: bool, patch: bool) -> None:
    """Show commits, by default `@`: the description, and the messages that each adds.

    The numbers of the messages count from the start of the conversation.
    """
    repo = context.repo  # before the selection, which is read from it
    selection = context.select(*(revisions or ("@",)))
    if context.output.json:
        found = [commit_details(repo, position) for position in selection.positions()]
        context.output.data(found)
        return
    context.output.start_pager()
    for number, position in enumerate(selection.positions()):
        if number:
            context.output.text("\n")
        show_commit(
            context, position, full=full, body=_patch(repo, position, full) if patch else None
        )


def _patch(repo: Repo, position: int, full: bool) -> Callable[[], list[Piece]]:
    from porcelain.cli.render.difference.commit_diff import commit_pieces

    return lambda: commit_pieces(repo, position, full=full)
