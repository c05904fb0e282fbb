"""`wj op show`: one operation and what it changed."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.opview import show_operation
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("show")
@click.argument("operation", default="@")
@pass_context
def command(context: Context, operation: str) -> None:
    """Show an operation, by default the newest, and what it changed.

    Commits as a small graph, `+` those that came and `-` those that went; then workspaces,
    sessions, tags, remotes and imports. A merge is shown without: it changed nothing by itself.
    """
    show_operation(context, context.operation(operation))
