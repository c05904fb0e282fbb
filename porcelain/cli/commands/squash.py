"""`wj squash`: fold changes into another one."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.describing import message_options
from porcelain.cli.errors import Misuse
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("squash")
@click.option("-r", "--revision", metavar="REV", help="Fold this into its parent (default: @)")
@click.option("-f", "--from", "sources", multiple=True, metavar="REVSET",
              help="Fold these (default: @; can be repeated)")  # fmt: skip
@click.option("-t", "--into", "--to", "into", metavar="REV", help="Into this one (default: @)")
@message_options
@click.option("-u", "--use-destination-message", "keep_message", is_flag=True,
              help="Keep the destination's description, and drop the others")  # fmt: skip
@click.option("-k", "--keep-emptied", is_flag=True,
              help="Leave the folded changes, which then add nothing")  # fmt: skip
@pass_context
def command(context: Context, /, **given: object) -> None:
    """Fold what changes add into another one: `@` into its parent, where nothing else is said.

    The folded changes are gone, their sessions go to their parents. Several descriptions become
    one, a paragraph each.
    """
    from porcelain.cli.squashing import squash_by_options  # noqa: PLC0415 - when it runs

    if given["revision"] is not None and (given["sources"] or given["into"] is not None):
        raise Misuse("`-r` does not go with `--from` or `--into`")
    if given["keep_message"] and given["messages"]:
        raise Misuse("`-u` does not go with `-m`")
    squash_by_options(context, given)
