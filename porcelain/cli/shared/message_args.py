"""New descriptions of commits: from options, from stdin, or from an editor."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from porcelain.actions.editing.describe import normal_description
from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import options
from porcelain.transaction.rebase_descendants import is_generated
from store.objects.commit import read_commit

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context
    from store.ids import CommitId


message_option = click.option(
    "-m", "--message", "messages", multiple=True, metavar="TEXT",
    help="The description to use; repeated, each is a paragraph",
)  # fmt: skip
message_options = options(
    message_option,
    click.option("--editor", is_flag=True, help="Open an editor to edit the description"),
)


def given(messages: Sequence[str], *, stdin: bool = False) -> str | None:
    """Return the description that the options give, or None.

    Raises:
        Misuse: `--stdin` and `-m` are both given.
        Refused: the description cannot be stored.
    """
    if stdin and messages:
        raise Misuse("`--stdin` does not go with `-m`")
    if stdin:
        data = sys.stdin.buffer.read()
        return normal_description(data.decode("utf-8", "surrogateescape"))
    if not messages:
        return None
    return normal_description("\n\n".join(text.strip("\n") for text in messages))


def shown(context: Context, commit_id: CommitId) -> str:
    """Return a commit's description for the editor; empty if it is generated."""
    commit = read_commit(context.repo.repository, commit_id)
    return "" if is_generated(context.repo.repository, commit) else commit.message


def ask(context: Context, commits: Sequence[CommitId], start: str | None) -> dict[CommitId, str]:
    """Let the user edit the descriptions of commits; `start` replaces the present ones.

    One file has the descriptions of all commits, parents first. Without commits no editor
    starts.
    """
    from porcelain.cli.run.editor import edit_description, edit_descriptions

    index, lines = context.repo.index, ShownCommits(context, context.repo)
    places = {commit_id: index.position(commit_id) or 0 for commit_id in commits}
    texts = {
        c: shown(context, c) if start is None else start
        for c in sorted(places, key=places.__getitem__)
    }
    about = {c: [_about(lines, places[c])] for c in texts}
    if len(texts) != 1:
        return edit_descriptions(context, texts, about)
    ((commit_id, text),) = texts.items()
    return {commit_id: edit_description(context, text, about[commit_id])}


def ask_combined(context: Context, commit_id: CommitId, texts: Sequence[tuple[str, str]]) -> str:
    """Let the user make one description of several, each given with a word for its origin."""
    from porcelain.cli.run.editor import edit_combined

    lines = ShownCommits(context, context.repo)
    place = context.repo.index.position(commit_id) or 0
    return edit_combined(context, texts, [_about(lines, place)])


def _about(lines: ShownCommits, position: int) -> str:
    return f"This describes {lines.line(position)}"
