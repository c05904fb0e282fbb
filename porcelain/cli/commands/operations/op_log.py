"""`wj op log`: the operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from porcelain.cli.render.operation_log import Listing, list_operations
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import LIMIT, make_command, parse_moment
from porcelain.cli.shared.revision_args import resolve_position
from porcelain.language.id_prefix import Ambiguous, change_prefix
from porcelain.model.ids import ChangeId
from porcelain.repo.operation_filter import OperationFilter


def filter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; their values are what `filter_of` takes."""
    for option in (
        click.option("--since", metavar="TIME", help="Only those that ended at TIME or later"),
        click.option("--kind", metavar="KIND", help="Only those of a kind: fork, undo, outside, …"),
        click.option("--change", metavar="ID", help="Only those that touched this change"),
        click.option("--session", metavar="NAME", help="Only those that moved this session"),
        click.option("--by", metavar="WORKSPACE", help="Only those of this workspace"),
    ):
        function = option(function)
    return function


def filter_of(
    context: Context,
    *,
    by: str | None,
    session: str | None,
    change: str | None,
    kind: str | None,
    since: str | None,
) -> OperationFilter:
    """Return what the options ask for.

    Raises:
        BadParameter: `since` is no time.
        RevisionError, RevsetSyntaxError: `change` names no change.
    """
    moment = None
    if since is not None:
        moment = parse_moment(since, context.now(), "--since")
    change_id = None if change is None else _change(context, change)
    return OperationFilter(by, kind, moment, session, change_id)


def _change(context: Context, text: str) -> ChangeId:
    """Return the change that the beginning of its id names, hidden or not, else a revset."""
    prefix = change_prefix(text)
    if prefix:
        match = context.reader.graph.change_ids.resolve(prefix)
        if match is not None and not isinstance(match, Ambiguous):
            return match
    return context.reader.change_id(resolve_position(context, text))


@make_command("log")
@click.option("-n", "--limit", type=LIMIT, help="Show at most this many")
@click.option("--reversed", "backwards", is_flag=True, help="Show the oldest first")
@click.option("-G", "--no-graph", is_flag=True, help="List without a graph")
@click.option("-d", "--op-diff", is_flag=True, help="Show what each of them changed")
@click.option("-T", "--template", help="Show each operation by this template")
@filter_options
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
