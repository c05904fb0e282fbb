"""`wj revert`: apply the reverse of changes."""

from __future__ import annotations

from porcelain.actions.editing.restore_content import revert
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, revset_option
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import (
    commits_of,
    location_of,
    placement_options,
)
from porcelain.display import counted
from store.ids import CommitId


@make_command("revert")
@revset_option("-r", "--revisions", "--revision", "revisions", required=True,
               help="The revisions to apply the reverse of (can be repeated)")  # fmt: skip
@placement_options
def command(
    context: Context,
    revisions: tuple[str, ...],
    onto: tuple[str, ...],
    after: tuple[str, ...],
    before: tuple[str, ...],
) -> None:
    """Apply the reverse of changes in new changes; the reverted ones stay.

    A new change removes the messages that the reverted one added, and adds those that it
    removed. `@` does not move.
    """
    if not (onto or after or before):
        raise Misuse("A place is missing", "Give it with `-o`, `-A` or `-B`, for example `-A @`")
    mutation = Mutation(context)
    made: tuple[CommitId, ...] = ()
    with context.transaction() as tx:
        commits = commits_of(context, *revisions)
        location = location_of(context, tx, (onto, after, before), "the reverted commits")
        if commits and location is not None:
            made = revert(tx, commits, location).commits
    if made:
        mutation.say(f"Reverted {counted(len(made), 'commit')} as follows:")
        mutation.said += [[("", "  "), *mutation.summary(one)] for one in made]
    else:
        mutation.say("No revisions to revert.")
    mutation.report(tx, own=made, commit_ids=mutation.landed(tx, made))
