"""`wj undo`: take back the newest operation."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.reversal import take_back


@make_command("undo")
@click.option("--session", metavar="NAME", help="Undo the newest operation that touched it")
@click.option("--by", metavar="WORKSPACE", help="Undo the newest operation of another workspace")
@click.option("--skip", is_flag=True, help="Step over operations that others have built on")
@pass_context
def command(context: Context, session: str | None, by: str | None, skip: bool) -> None:
    """Take back the newest operation; again, and the one before it.

    Only what this workspace did is taken back, and sessions that others created, deleted or
    moved back outside `wj`; what was done since by others stays. `wj redo` goes forward again.
    """
    take_back(context, session=session, by=by, skip=skip)
