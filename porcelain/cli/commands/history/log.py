"""`wj log`: conversations as a graph."""

from __future__ import annotations

from typing import Any

import click

from porcelain.cli.render.log import list_commits
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import log_options, make_command, revset_option


@make_command("log")
@revset_option("-r", "--revisions", help="Which revisions to show")
@click.option("-p", "--patch", is_flag=True, help="Show the messages that each adds or changes")
@log_options
def command(context: Context, /, revisions: tuple[str, ...], patch: bool, **shown: Any) -> None:
    """Show conversations as a graph, newest first.

    An entry has the change id (its bold letters are enough to name it), the model, the time,
    sessions and tags, the number of messages, and the commit id; below it the title: the
    description, or the first line of the last prompt. `@` marks the current commit.

    Without `-r` this shows the revset of the setting `revsets.log`, by default all commits.
    """
    revsets = revisions or (context.settings.text("revsets.log"),)
    if patch:
        from porcelain.cli.render.difference.commit_diff import commit_pieces

        repo = context.repo
        shown["after"] = lambda position: commit_pieces(repo, position)
    list_commits(context, context.select(*revsets), **shown)
