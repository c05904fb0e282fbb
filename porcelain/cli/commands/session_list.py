"""`wj session list`: sessions, and where they are."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.name_group import list_options
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.sessions import Listing, list_refs
from porcelain.view_value import SESSIONS


@make_command("list")
@list_options
@pass_context
def command(context: Context, asked: Listing) -> None:
    """List the sessions with the commits that they are at.

    NAMES are patterns; with `-r` too, the list has what either names. A remote's tracked
    session is shown below the local one where they differ. Of a session in conflict `+` is
    before each commit that it may be at, `-` before those that it was at.
    """
    list_refs(context, SESSIONS, asked)
