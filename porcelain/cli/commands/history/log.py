"""`wj log`: conversations as a graph."""

from __future__ import annotations

from typing import Any

import click

from porcelain.cli.render.log import list_commits
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import log_options, make_command


@make_command("log")
@click.option("-r", "--revisions", multiple=True, metavar="REVSET", help="Which commits to show")
@log_options
def command(context: Context, /, revisions: tuple[str, ...], **shown: Any) -> None:
    """Show conversations as a graph, the newest first.

    An entry is a change id (its bold letters are enough to name it), the model, the time,
    sessions and tags, the number of messages, and the commit id; below it the title: the
    description, or the last prompt's first line. `@` is where you are.

    Without -r this shows the revset of the setting `revsets.log`, which is all of them.
    """
    revsets = revisions or (context.setting("revsets.log"),)
    list_commits(context, context.select(*revsets), **shown)
