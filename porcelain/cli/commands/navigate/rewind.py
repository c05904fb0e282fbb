"""`wj rewind`: take a session back by turns."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.cut_args import rewind_session


@make_command("rewind")
@click.argument("turns", type=click.IntRange(min=1), default=1, metavar="[N]")
@click.option("--session", metavar="NAME", help="The session to move (default: the current one)")
def command(context: Context, turns: int, session: str | None) -> None:
    """Move the session back by N turns, by default one; `@` goes along.

    A turn is a prompt and all that followed it. Nothing is lost: what came after stays as a
    head without a name, and what you append or save next goes another way from there.
    """
    rewind_session(context, turns, session)
