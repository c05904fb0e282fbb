"""`wj tag`: names that never move."""

from __future__ import annotations

from functools import partial

import click

from porcelain.actions.naming.set_names import set_tags
from porcelain.cli.render.names.name_list import Listing, list_refs
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import Group, make_command
from porcelain.cli.shared.name_changes import delete_names, point
from porcelain.cli.shared.name_options import list_options, names_argument, target_option
from porcelain.model.view_value import TAGS


@make_command("delete")
@names_argument
def delete(context: Context, names: tuple[str, ...]) -> None:
    """Delete existing tags; their commits stay. NAMES are patterns."""
    delete_names(context, TAGS, names)


@make_command("list")
@list_options
def list_(context: Context, asked: Listing) -> None:
    """List tags and their targets.

    NAMES are patterns; with `-r` too, the list has the tags that match either: `-r REV::`
    gives the tags on REV and its descendants, `-r ::REV` those on REV and its ancestors.
    """
    list_refs(context, TAGS, asked)


@make_command("set")
@names_argument
@target_option
@click.option("--allow-move", is_flag=True, help="Allow moving existing tags")
def set_(context: Context, names: tuple[str, ...], revision: str | None, allow_move: bool) -> None:
    """Create or update tags on a commit; they stay on it."""
    point(context, TAGS, names, revision, partial(set_tags, move=allow_move))


command = Group(
    "tag",
    {
        "list": ("names.tag:list_", "List tags and their targets"),
        "set": ("names.tag:set_", "Create or update tags"),
        "delete": ("names.tag:delete", "Delete existing tags"),
    },
    {"l": "list", "s": "set", "d": "delete"},
    help=(
        "List and change tags, names that never move.\n\n"
        "Unlike a session, a tag never follows its conversation, not even where its commit is "
        "rewritten. In a pattern `*` stands for any text."
    ),
)
