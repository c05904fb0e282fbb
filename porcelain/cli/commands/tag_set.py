"""`wj tag set`: a commit tagged."""

from __future__ import annotations

from functools import partial

import click

from porcelain.cli.context import Context
from porcelain.cli.name_group import target_option
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("set")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@target_option
@click.option("--allow-move", is_flag=True, help="Let tags that exist be moved")
@pass_context
def command(
    context: Context, names: tuple[str, ...], revision: str | None, allow_move: bool
) -> None:
    """Tag a commit: give it names that stay on it."""
    from porcelain.cli.pointing import point  # noqa: PLC0415 - when it runs
    from porcelain.session_target import set_tags  # noqa: PLC0415
    from porcelain.view import TAGS  # noqa: PLC0415

    point(context, TAGS, names, revision, partial(set_tags, move=allow_move))
