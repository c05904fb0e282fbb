"""`wj op revert`: take one operation back."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.opchange import revert_one
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("revert")
@click.argument("operation", default="@")
@pass_context
def command(context: Context, operation: str) -> None:
    """Take one operation back, by default the newest, whoever made it; what came after stays.

    It is an operation itself: `wj undo` takes it back, and so does reverting it.
    """
    revert_one(context, context.operation(operation))
