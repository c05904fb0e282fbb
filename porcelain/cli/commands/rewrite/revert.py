"""`wj revert`: take back what changes did, in a new change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from porcelain.actions.editing.restore_content import revert
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import Words, commits_of, location_of, placement_options

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context
    from store.ids import CommitId


def revert_commits(
    context: Context, revsets: Sequence[str], placement: tuple[Words, Words, Words]
) -> None:
    """Make the commits that take others back, and list them."""
    mutation = Mutation(context)
    made: tuple[CommitId, ...] = ()
    with context.transaction() as tx:
        commits = commits_of(context, *revsets)
        location = location_of(context, tx, placement, "the reverted commits")
        if commits and location is not None:
            done = revert(tx, commits, location)
            made = done.commits
    if not made:
        mutation.say("No revisions to revert.")
    else:
        mutation.say(f"Reverted {len(made)} commits as follows:")
        for commit_id in made:
            mutation.said.append([("", "  "), *mutation.summary(commit_id)])
    mutation.report(tx, own=made, commit_ids=[tx.final(c) for c in made])


@make_command("revert")
@click.option("-r", "--revisions", "--revision", "revisions", multiple=True, required=True,
              metavar="REVSET", help="What to take back (can be repeated)")  # fmt: skip
@placement_options
def command(
    context: Context,
    revisions: tuple[str, ...],
    onto: tuple[str, ...],
    after: tuple[str, ...],
    before: tuple[str, ...],
) -> None:
    """Take back what changes did, in new changes where the options say; history stays.

    The messages that a change added go, those that it removed come back. `@` does not move.
    """
    if not (onto or after or before):
        raise Misuse("A place is missing", "Give it with `-o`, `-A` or `-B`, for example `-A @`")
    revert_commits(context, revisions, (onto, after, before))
