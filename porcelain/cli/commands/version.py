"""`wj version`."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.version import VERSION


@make_command("version")
@pass_context
def command(context: Context) -> None:
    """Show the version."""
    if context.output.json:
        context.output.data({"version": VERSION})
    else:
        context.output.text(f"wj {VERSION}\n")
