"""`wj op restore`: back to the state after an operation."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.opchange import restore_to
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("restore")
@click.argument("operation")
@pass_context
def command(context: Context, operation: str) -> None:
    """Make everything what it was after OPERATION: sessions, tags, commits, positions.

    This takes back what was done since, whoever did it, and lists it. It is an operation
    itself: `wj undo` takes it back.
    """
    restore_to(context, context.operation(operation))
