"""`wj tag`: fixed names. Each of its commands is in a file of its own, `tag_<name>.py`."""

from __future__ import annotations

from functools import partial

import click

from porcelain.actions.naming.point import set_tags
from porcelain.cli.render.name_list import Listing, list_refs
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import command as make_command
from porcelain.cli.run.params import pass_context
from porcelain.cli.shared.name_args import delete
from porcelain.cli.shared.name_commands import NameGroup, list_options, target_option
from porcelain.cli.shared.name_targets import point
from porcelain.model.view_value import TAGS


@make_command("delete")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@pass_context
def delete_command(context: Context, names: tuple[str, ...]) -> None:
    """Delete tags; their commits stay. NAMES are patterns."""
    delete(context, TAGS, names)


@make_command("list")
@list_options
@pass_context
def list_command(context: Context, asked: Listing) -> None:
    """List the tags with the commits that they are at.

    NAMES are patterns; with `-r` too, the list has what either names: `-r REV::` is the tags
    on what continues REV, `-r ::REV` those on what it continues.
    """
    list_refs(context, TAGS, asked)


@make_command("set")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@target_option
@click.option("--allow-move", is_flag=True, help="Let tags that exist be moved")
@pass_context
def set_command(
    context: Context, names: tuple[str, ...], revision: str | None, allow_move: bool
) -> None:
    """Tag a commit: give it names that stay on it."""
    point(context, TAGS, names, revision, partial(set_tags, move=allow_move))


command = NameGroup(
    {
        "list": "List tags and where they are",
        "set": "Tag a commit",
        "delete": "Delete tags",
    },
    name="tag",
    no_args_is_help=False,
    callback=lambda: None,
    help=(
        "Look at and change tags, names that stay where they are.\n\n"
        "Unlike a session a tag never follows its conversation, not even where its commit is "
        "rewritten. Where names can be given as patterns, `*` stands for any text."
    ),
)
