"""`wj session delete`: sessions taken away."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("delete")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@pass_context
def command(context: Context, names: tuple[str, ...]) -> None:
    """Delete sessions; their commits stay, and `wj log` shows them.

    NAMES are patterns. What a remote has of a tracked session is deleted there by the next
    push; `wj session forget` is for this copy only.
    """
    from porcelain.cli.naming import delete  # noqa: PLC0415 - when it runs
    from porcelain.view import SESSIONS  # noqa: PLC0415

    delete(context, SESSIONS, names)
