"""`wj restore`: take messages from another commit."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("restore")
@click.option("-f", "--from", "source", metavar="REV",
              help="Take messages from this one (default: @, or what INTO began with)")  # fmt: skip
@click.option("-t", "--into", "--to", "into", metavar="REV",
              help="Change this one (default: @)")  # fmt: skip
@click.option("-c", "--changes-in", "changes_in", metavar="REV",
              help="Take back what this one did to its parents' messages")  # fmt: skip
@click.option("--message", "--messages", "messages", multiple=True, metavar="N|A..B",
              help="Only at these messages, as `wj show` numbers them in INTO (can be repeated)")  # fmt: skip
@click.option("--restore-descendants", is_flag=True,
              help="Leave what continues it as it is")  # fmt: skip
@click.option("-r", "--revision", metavar="REV", hidden=True,
              help="No such option: see `--from` and `--changes-in`")  # fmt: skip
@pass_context
def command(context: Context, /, **given: object) -> None:
    """Make a conversation what it is in another commit, whole or at single messages.

    Without `--from` and `--into`, `@` becomes what its parents are. Description and change id
    stay, and the conversation's own id and lineage. Single messages come back as they are
    there, also deleted ones that stood just before a named one; a call brings its results. A
    conflict that is restored is settled.
    """
    from porcelain.cli.restoring import restore_by_options  # noqa: PLC0415 - when it runs

    if given["revision"] is not None:
        raise Misuse(
            "`wj restore` has no option `-r`",
            "To change `@`, say with `--from` where messages come from",
            "To take back what a commit did, use `--changes-in`",
        )
    if given["changes_in"] is not None and (given["source"], given["into"]) != (None, None):
        raise Misuse("`--changes-in` does not go with `--from` or `--into`")
    restore_by_options(context, given)
