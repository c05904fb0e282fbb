"""The options of `wj op log` that choose operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from porcelain.cli.context import Context
from porcelain.ids import ChangeId
from porcelain.operation_filter import OperationFilter


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
        from porcelain.cli.moment import parse_moment  # noqa: PLC0415 - rare

        moment = parse_moment(since, context.now(), "--since")
    change_id = None if change is None else _change(context, change)
    return OperationFilter(by, kind, moment, session, change_id)


def _change(context: Context, text: str) -> ChangeId:
    """Return the change that the beginning of its id names, hidden or not, else a revset."""
    from porcelain.id_prefix import OneMatch, change_prefix  # noqa: PLC0415 - rare

    prefix = change_prefix(text)
    if prefix:
        match = context.reader.graph.change_ids.resolve(prefix)
        if isinstance(match, OneMatch):
            return ChangeId(match.id)
    return context.reader.change_id(context.position(text))
