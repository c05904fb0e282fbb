"""`wj session create`: new sessions at a commit."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.name_group import target_option
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("create")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@target_option
@pass_context
def command(context: Context, names: tuple[str, ...], revision: str | None) -> None:
    """Give a commit names, which are new sessions; `@` stays where it is."""
    from porcelain.cli.pointing import point  # noqa: PLC0415 - when it runs
    from porcelain.session_target import create_sessions  # noqa: PLC0415
    from porcelain.view import SESSIONS  # noqa: PLC0415

    point(context, SESSIONS, names, revision, create_sessions)
