"""`wj tag list`: tags, and where they are."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.name_group import list_options
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.sessions import Listing, list_refs
from porcelain.view_value import TAGS


@make_command("list")
@list_options
@pass_context
def command(context: Context, asked: Listing) -> None:
    """List the tags with the commits that they are at.

    NAMES are patterns; with `-r` too, the list has what either names: `-r REV::` is the tags
    on what continues REV, `-r ::REV` those on what it continues.
    """
    list_refs(context, TAGS, asked)
