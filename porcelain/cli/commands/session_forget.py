"""`wj session forget`: sessions taken away here only."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("forget")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--include-remotes", is_flag=True, help="Forget what remotes had of them as well")
@pass_context
def command(context: Context, names: tuple[str, ...], include_remotes: bool) -> None:
    """Forget sessions, without a deletion to be pushed; their commits stay.

    NAMES are patterns. What remotes have of them is no longer tracked.
    """
    from porcelain.cli.naming import forget  # noqa: PLC0415 - when it runs

    forget(context, names, include_remotes=include_remotes)
