"""What `wj revert` and `wj restore` do with what they were given, and say afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from porcelain.cli.mutation import Mutation
from porcelain.cli.revisions import Words, commits_of, location_of
from porcelain.rewriting.contents import revert

if TYPE_CHECKING:
    from porcelain.cli.context import Context
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
    mutation.report(tx, own=made, commit_ids=[tx.landed.get(c, c) for c in made])
