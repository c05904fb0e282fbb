"""`wj lineage`, `wj children` and `wj leaves`: short forms of `wj log`."""

from __future__ import annotations

from typing import Any

import click

from porcelain.cli.render.log import list_commits
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import log_options, make_command


@make_command("lineage")
@click.argument("revision", default="@", metavar="[REV]")
@log_options
def command(context: Context, /, revision: str, **shown: Any) -> None:
    """Show REV, by default `@`, and its ancestors, newest first."""
    context.check_revset(revision)
    list_commits(context, context.select(f"::({revision}) ~ root()"), **shown)


@make_command("children")
@click.argument("revision", default="@", metavar="[REV]")
@log_options
def children_command(context: Context, /, revision: str, **shown: Any) -> None:
    """Show the children of REV, by default of `@`; a forked commit has several."""
    context.check_revset(revision)
    list_commits(context, context.select(f"({revision})+"), **shown)


@make_command("leaves")
@click.option("--remote", is_flag=True, help="Only where the sessions of remotes end")
@log_options
def leaves_command(context: Context, /, remote: bool, **shown: Any) -> None:
    """Show the commits without visible children: the ends of conversations."""
    ends = "heads(remote_sessions())" if remote else "visible_heads() ~ root()"
    list_commits(context, context.select(ends), **shown)
