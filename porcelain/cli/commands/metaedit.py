"""`wj metaedit`: change what a commit says about itself."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import PrivateOption, pass_context
from porcelain.cli.params import command as make_command
from porcelain.cli.revisions import revision_options


@make_command("metaedit")
@revision_options()
@click.option("--update-change-id", is_flag=True, help="Give it a new change id")
@click.option("-m", "--message", "messages", cls=PrivateOption, multiple=True, metavar="TEXT",
              help="The description; repeated, each is a paragraph")  # fmt: skip
@click.option("--update-author", is_flag=True, help="Make the configured user its author")
@click.option("--update-author-timestamp", is_flag=True, help="Make now its author time")
@click.option("--author", metavar="NAME <EMAIL>", help="Set its author; the time stays")
@click.option("--author-timestamp", metavar="TIME", help="Set its author time (ISO 8601)")
@click.option("--force-rewrite", is_flag=True, help="Rewrite it even if nothing else changes")
@pass_context
def command(context: Context, /, **wanted: object) -> None:
    """Change the metadata of commits, by default of `@`; their messages stay."""
    from porcelain.cli.metadata import edit_commits  # noqa: PLC0415 - when it runs

    edit_commits(context, wanted)
