"""`wj tag delete`: tags taken away."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("delete")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@pass_context
def command(context: Context, names: tuple[str, ...]) -> None:
    """Delete tags; their commits stay. NAMES are patterns."""
    from porcelain.cli.naming import delete  # noqa: PLC0415 - when it runs
    from porcelain.view import TAGS  # noqa: PLC0415

    delete(context, TAGS, names)
