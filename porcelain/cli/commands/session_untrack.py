"""`wj session untrack`: remote sessions left alone."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("untrack")
@click.argument("names", nargs=-1, required=True, metavar="NAME[@REMOTE]…")
@click.option(
    "--remote", "remotes", metavar="REMOTE", multiple=True, help="Only of remotes that fit this"
)
@pass_context
def command(context: Context, names: tuple[str, ...], remotes: tuple[str, ...]) -> None:
    """Stop tracking sessions of remotes; the local ones stay where they are.

    NAMES are patterns, or `NAME@REMOTE`. `wj session forget` does this and deletes the local one.
    """
    from porcelain.cli.naming import track  # noqa: PLC0415 - when it runs

    track(context, names, remotes, tracked=False)
