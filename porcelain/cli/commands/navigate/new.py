"""`wj new`: an empty change on one or more commits, or between them."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import PrivateOption, make_command
from porcelain.cli.shared.revision_args import revision_options
from porcelain.cli.shared.rewrite_report import make_new


@make_command("new")
@revision_options(help_text="The parents, as arguments too (default: @)")
@click.option("-m", "--message", "messages", cls=PrivateOption, multiple=True, metavar="TEXT",
              help="Its description; repeated, each is a paragraph")  # fmt: skip
@click.option("--no-edit", is_flag=True, help="Leave `@` where it is")
@click.option("-A", "--insert-after", "--after", "after", multiple=True, metavar="REVSET",
              help="Put it after these, whose children come to stand on it")  # fmt: skip
@click.option("-B", "--insert-before", "--before", "before", multiple=True, metavar="REVSET",
              help="Put it before these, which come to stand on it")  # fmt: skip
def command(context: Context, /, no_edit: bool, **given: tuple[str, ...]) -> None:
    """Make an empty change on REVSET, by default on `@`, and move there.

    What is appended next goes into it; no session moves yet. On several commits it begins with
    what they share, then the first one's messages, then the second one's.
    """
    if (given["revisions"] or given["named"]) and (given["after"] or given["before"]):
        raise Misuse("REVSET does not go with `--insert-after` or `--insert-before`")
    make_new(context, given, edit=not no_edit)
