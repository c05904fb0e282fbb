"""`wj revert`: take back what changes did, in a new change."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.revisions import placement_options


@make_command("revert")
@click.option("-r", "--revisions", "--revision", "revisions", multiple=True, required=True,
              metavar="REVSET", help="What to take back (can be repeated)")  # fmt: skip
@placement_options
@pass_context
def command(
    context: Context,
    revisions: tuple[str, ...],
    onto: tuple[str, ...],
    after: tuple[str, ...],
    before: tuple[str, ...],
) -> None:
    """Take back what changes did, in new changes where the options say; history stays.

    The messages that a change added go, those that it removed come back. `@` does not move.
    """
    from porcelain.cli.reverting import revert_commits  # noqa: PLC0415 - when it runs

    if not (onto or after or before):
        raise Misuse("A place is missing", "Give it with `-o`, `-A` or `-B`, for example `-A @`")
    revert_commits(context, revisions, (onto, after, before))
