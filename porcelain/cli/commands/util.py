"""`wj util`: what is rarely needed."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.params import command as make_command
from porcelain.cli.params import group, pass_context


@group("util")
def command() -> None:
    """Do what is rarely needed."""


@make_command("gc")
@click.option(
    "--expire",
    default="",
    metavar="TIME",
    help="Prune objects older than this: `now`, `3.days.ago`, a date (default: two weeks)",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing")
@pass_context
def gc(context: Context, expire: str, dry_run: bool) -> None:
    """Collect garbage: join packs, and prune what nothing leads to any more.

    What any operation in the log shows is kept. The settings `gc.keep-operations` and
    `gc.keep-days` say how much of the log stays; by default all of it does. `wj op abandon`
    takes out single operations.
    """
    from porcelain.cli.collecting import run_gc  # noqa: PLC0415 - when it runs

    if context.globals.at_operation is not None:
        raise Misuse("`wj util gc` works on the newest operation, not with `--at-op`")
    run_gc(context, expire, dry_run=dry_run)


command.add_command(gc)
