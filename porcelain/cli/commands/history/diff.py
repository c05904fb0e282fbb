"""`wj diff` and `wj interdiff`: conversations compared by messages."""

from __future__ import annotations

from typing import NamedTuple

import click

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.difference.conversation_diff import (
    diff_data,
    diff_pieces,
    git_pieces,
    stat_pieces,
    summary_pieces,
)
from porcelain.cli.render.difference.interdiff import version_data, version_pieces
from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.revision_args import resolve_position
from porcelain.display import counted
from porcelain.repo.conversation_diff import (
    Parting,
    Trees,
    diff_trees,
    parting,
    trees_between,
    trees_of_commit,
)
from porcelain.repo.interdiff import version_diff


class _Form(NamedTuple):
    """How a difference is shown."""

    stat: bool
    summary: bool
    git: bool
    full: bool


@make_command("diff")
@click.option("-r", "--revision", metavar="REV", help="Compare this commit with what it continues")
@click.option("-f", "--from", "start", metavar="REV", help="Compare from this commit (default: @)")
@click.option("-t", "--to", "end", metavar="REV", help="Compare to this commit (default: @)")
@click.option("--stat", is_flag=True, help="Show only how many lines differ in each message")
@click.option("-s", "--summary", is_flag=True, help="Show only which messages differ")
@click.option("--git", is_flag=True, help="Show the stored files as a patch of git")
@click.option("--full", is_flag=True, help="Do not cut long texts; show rows that are not messages")
def command(
    context: Context,
    revision: str | None,
    start: str | None,
    end: str | None,
    stat: bool,
    summary: bool,
    git: bool,
    full: bool,
) -> None:
    """Compare conversations by messages; by default, what `@` changes.

    `-` marks a message that only the first has, `+` one that only the second has, and `~` one
    that was changed, with its lines below it. Numbers count from the start of a conversation.

    `--from A --to B` compares two whole conversations. Where their lines parted, the commit
    and the number of messages that they share are named first.
    """
    if revision is not None and (start is not None or end is not None):
        raise Misuse("`--revision` does not go with `--from` and `--to`")
    if stat + summary + git > 1:
        raise Misuse("`--stat`, `--summary` and `--git` do not go together")
    repo = context.repo
    parted = None
    if start is None and end is None:
        trees = trees_of_commit(repo, resolve_position(context, revision))
    else:
        places = resolve_position(context, start), resolve_position(context, end)
        trees = trees_between(repo, *places)
        parted = parting(repo, *places)
    if context.output.json:
        context.output.data(_data(context, trees, parted))
        return
    context.output.start_pager()
    if parted is not None and not git:
        context.output.text(_parted(context, parted))
    context.output.text(_pieces(trees, _Form(stat, summary, git, full)))


@make_command("interdiff")
@click.option("-f", "--from", "start", metavar="REV", help="The first change (default: @)")
@click.option("-t", "--to", "end", metavar="REV", help="The second change (default: @)")
def interdiff_command(context: Context, start: str | None, end: str | None) -> None:
    """Compare the changes of two commits, as if both continued the same conversation.

    The first is rebased onto the parents of the second, in memory, so that only what they do
    differently is shown: descriptions, fields and messages.
    """
    if start is None and end is None:
        raise Misuse("The commits to compare are missing", "Give `--from`, `--to`, or both")
    repo = context.repo
    places = resolve_position(context, start), resolve_position(context, end)
    first, second = (repo.graph.commit_id(position) for position in places)
    if 0 in places:
        raise Misuse("The root commit changes nothing")
    diff = version_diff(repo, second, [first])
    if context.output.json:
        context.output.data(version_data(diff))
        return
    context.output.start_pager()
    context.output.text(version_pieces(diff))


def _pieces(trees: Trees, form: _Form) -> list[Piece]:
    if form.git:
        return [*git_pieces(trees)]
    diff = diff_trees(trees)
    if form.stat:
        return [*stat_pieces(diff)]
    if form.summary:
        return [*summary_pieces(diff)]
    return [*diff_pieces(diff, full=form.full)]


def _parted(context: Context, parted: Parting) -> list[Piece]:
    commits = ShownCommits(context, context.repo)
    rows = "They share no rows" if not parted.rows else f"They share {counted(parted.rows, 'row')}"
    line = commits.summary(parted.position)
    return [("note", f"{rows}, and parted after "), *line, ("", "\n")]


def _data(context: Context, trees: Trees, parted: Parting | None) -> dict[str, object]:
    data = diff_data(diff_trees(trees))
    point = None
    if parted is not None:
        commit = Commits(context.repo).data(parted.position)
        point = {"commit": commit, "rows": parted.rows}
    return data | {"fork_point": point}
