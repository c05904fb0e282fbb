"""`wj redo`: take back the newest undo."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.reversal import bring_back


@make_command("redo")
@pass_context
def command(context: Context) -> None:
    """Take back the newest undo, until the next operation of another kind."""
    bring_back(context)
