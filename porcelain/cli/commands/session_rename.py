"""`wj session rename`: a session's other name."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("rename")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--overwrite-existing", is_flag=True, help="Take the place of a session NEW")
@pass_context
def command(context: Context, old: str, new: str, overwrite_existing: bool) -> None:
    """Give the session OLD the name NEW; it stays where it is.

    Workspaces whose current session it is go with it, and so does a later save or import of
    its conversation. The `id` in its document is data, and stays.
    """
    from porcelain.cli.naming import rename  # noqa: PLC0415 - when it runs

    rename(context, old, new, overwrite=overwrite_existing)
