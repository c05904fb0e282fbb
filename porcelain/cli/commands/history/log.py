"""`wj log`: conversations as a graph."""

from __future__ import annotations

from typing import Any

import click

from porcelain.cli.render.log import list_commits
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import log_options, make_command, revset_option
from porcelain.display import counted

# The default log draws a line through so many commits at most: each costs a look at the index.
_MOST_ELIDED = 60


@make_command("log")
@revset_option("-r", "--revisions", help="Which revisions to show")
@click.option("-p", "--patch", is_flag=True, help="Show the messages that each adds or changes")
@log_options
def command(context: Context, /, revisions: tuple[str, ...], patch: bool, **shown: Any) -> None:
    """Show conversations as a graph, newest first.

    An entry has the change id (its bold letters are enough to name it), the model, the time,
    sessions and tags, the number of messages, and the commit id; below it the title: the
    description, or the first line of the last prompt. `@` marks the current commit.

    Without `-r` this shows the revset of the setting `revsets.log`. Its default, `builtin_log()`,
    is everything in a small repository; in a larger one `@` with the ten changes before it, the
    ten newest heads, and where their lines parted.

    On a terminal an entry is shortened to fit; with the setting `ui.log-word-wrap` it is wrapped.
    """
    repo = context.repo if patch else None  # before the selection, which is read from it
    revsets = revisions or (context.settings.text("revsets.log"),)
    more = 0
    if revsets == ("builtin_log()",):
        selection, more = context.default_log()
        shown["within"] = _MOST_ELIDED
    else:
        selection = context.select(*revsets)
    if repo is not None:
        from porcelain.cli.render.difference.commit_diff import commit_pieces

        shown["after"] = lambda position: commit_pieces(repo, position)
    list_commits(context, selection, **shown)
    if more and not revisions and shown["template"] is None and not context.output.json:
        heads = counted(more, "more head")
        context.output.text([("elided", f"({heads}: `wj log -r 'visible_heads()'`)\n")])
