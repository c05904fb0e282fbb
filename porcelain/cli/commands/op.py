"""`wj op`: the operation log."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import group, pass_context


@group("op")
def command() -> None:
    """Look at the operation log: everything that was ever done to the repository."""


@make_command("log")
@click.option("-n", "--limit", type=click.IntRange(min=0), help="Show at most this many")
@click.option("--reversed", "backwards", is_flag=True, help="Show the oldest first")
@click.option("-G", "--no-graph", is_flag=True, help="List without a graph")
@pass_context
def log(context: Context, limit: int | None, backwards: bool, no_graph: bool) -> None:
    """Show the operations, the newest first; `@` is the present one.

    An entry is an id, who did it in which workspace, when, and how long it took; below it
    what was done, and the command line.
    """
    from porcelain.cli.oplog import list_operations  # noqa: PLC0415 - when it runs

    list_operations(context, limit=limit, backwards=backwards, no_graph=no_graph)


command.add_command(log)
