"""`wj op log`: the operations."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.opfilter import filter_of, filter_options
from porcelain.cli.oplog import Listing, list_operations
from porcelain.cli.params import LIMIT, pass_context
from porcelain.cli.params import command as make_command


@make_command("log")
@click.option("-n", "--limit", type=LIMIT, help="Show at most this many")
@click.option("--reversed", "backwards", is_flag=True, help="Show the oldest first")
@click.option("-G", "--no-graph", is_flag=True, help="List without a graph")
@click.option("-d", "--op-diff", is_flag=True, help="Show what each of them changed")
@click.option("-T", "--template", help="Show each operation by this template")
@filter_options
@pass_context
def command(
    context: Context,
    /,
    limit: int | None,
    backwards: bool,
    no_graph: bool,
    op_diff: bool,
    template: str | None,
    **filters: str | None,
) -> None:
    """Show the operations, the newest first; `@` is the present one.

    An entry is an id (its bold digits are enough to name it), who did it in which workspace,
    when, and how long it took; below it what was done, and the command line.
    """
    how = Listing(limit, backwards, no_graph, template, op_diff)
    list_operations(context, how, filter_of(context, **filters))
