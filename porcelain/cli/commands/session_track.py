"""`wj session track`: sessions tied to those of a remote."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("track")
@click.argument("names", nargs=-1, required=True, metavar="NAME[@REMOTE]…")
@click.option(
    "--remote", "remotes", metavar="REMOTE", multiple=True, help="Only of remotes that fit this"
)
@pass_context
def command(context: Context, names: tuple[str, ...], remotes: tuple[str, ...]) -> None:
    """Track sessions of remotes: what they have is merged into the local session of the name.

    NAMES are patterns, or `NAME@REMOTE`. What is fetched later moves the local session too.
    """
    from porcelain.cli.naming import track  # noqa: PLC0415 - when it runs

    track(context, names, remotes, tracked=True)
