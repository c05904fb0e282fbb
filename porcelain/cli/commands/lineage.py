"""`wj lineage`: a commit and what it continues."""

from __future__ import annotations

from typing import Any

import click

from porcelain.cli.context import Context
from porcelain.cli.listing import list_commits
from porcelain.cli.params import command as make_command
from porcelain.cli.params import log_options, pass_context


@make_command("lineage")
@click.argument("revision", default="@", metavar="[REV]")
@log_options
@pass_context
def command(context: Context, /, revision: str, **shown: Any) -> None:
    """Show REV, by default `@`, and everything that it continues, the newest first."""
    context.check_revset(revision)
    list_commits(context, context.select(f"::({revision}) ~ root()"), **shown)
