"""`wj session set`: sessions made, or moved."""

from __future__ import annotations

from functools import partial

import click

from porcelain.cli.context import Context
from porcelain.cli.name_group import backwards_option, target_option
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("set")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@target_option
@backwards_option
@pass_context
def command(
    context: Context, names: tuple[str, ...], revision: str | None, allow_backwards: bool
) -> None:
    """Point sessions at a commit; this settles a session in conflict. `@` stays.

    Sessions that there are not yet are made; `wj session move` moves only those that exist.
    """
    from porcelain.cli.pointing import point  # noqa: PLC0415 - when it runs
    from porcelain.session_target import set_sessions  # noqa: PLC0415
    from porcelain.view import SESSIONS  # noqa: PLC0415

    point(context, SESSIONS, names, revision, partial(set_sessions, backwards=allow_backwards))
