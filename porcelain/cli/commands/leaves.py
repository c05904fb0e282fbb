"""`wj leaves`: the commits that nothing continues."""

from __future__ import annotations

from typing import Any

from porcelain.cli.context import Context
from porcelain.cli.listing import list_commits
from porcelain.cli.params import command as make_command
from porcelain.cli.params import log_options, pass_context


@make_command("leaves")
@log_options
@pass_context
def command(context: Context, /, **shown: Any) -> None:
    """Show the commits that nothing continues: where conversations end, or could go on."""
    list_commits(context, context.select("visible_heads() ~ root()"), **shown)
