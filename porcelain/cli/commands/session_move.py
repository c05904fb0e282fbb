"""`wj session move`: sessions that exist, moved."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.name_group import backwards_option
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("move")
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("-f", "--from", "sources", metavar="REVSET", multiple=True, help="Those at REVSET")
@click.option("-t", "--to", "revision", metavar="REV", help="Where to (default: @)")
@backwards_option
@pass_context
def command(
    context: Context,
    names: tuple[str, ...],
    sources: tuple[str, ...],
    revision: str | None,
    allow_backwards: bool,
) -> None:
    """Move sessions that exist, chosen by name, by where they are, or by both; `@` stays.

    NAMES are patterns. No session is made; `wj session set` makes them.
    """
    from porcelain.cli.pointing import move  # noqa: PLC0415 - when it runs

    if not names and not sources:
        raise Misuse("Which sessions are to move is missing", "Give NAMES, or `--from REVSET`")
    move(context, names, sources, revision, backwards=allow_backwards)
