"""`wj status`: where you are, and what needs attention."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.report import status_data, write_status


@make_command("status")
@pass_context
def command(context: Context) -> None:
    """Show `@`, its parents and the current session, and what needs attention.

    That is: messages, sessions and tags in conflict, divergent changes, names that cannot be refs, and
    refs that cannot be read.
    """
    if context.output.json:
        context.output.data(status_data(context))
    else:
        write_status(context)
