"""What the options of `wj rebase` ask for, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from porcelain.cli.mutation import Mutation
from porcelain.cli.revisions import location_of, rewriting, targets_of
from porcelain.rewriting.rebasing import Options, Rebased, rebase_commits

if TYPE_CHECKING:
    from porcelain.cli.context import Context


def rebase_by_options(context: Context, form: str, given: Mapping[str, tuple[str, ...]]) -> None:
    """Rebase what the options name."""
    options = Options(
        bool(given["skip_emptied"]), bool(given["simplify_parents"]), bool(given["keep_divergent"])
    )
    mutation = Mutation(context)
    done: Rebased | None = None
    with rewriting(context, *given[form], *given["after"], *given["before"]) as tx:
        commits = targets_of(context, *given[form])
        placement = (given["onto"], given["after"], given["before"])
        location = location_of(context, tx, placement, "the rebased commits")
        if commits and location is not None:
            onto = bool(given["onto"])
            done = rebase_commits(tx, form, commits, location, options, onto=onto)
    if done is None:
        mutation.say("No revisions to rebase.")
        mutation.report(tx)
        return
    moved = done.moved
    for count, text in (
        (len(done.dropped), "Abandoned {} divergent commits that the destination has already"),
        (moved.skipped, "Skipped rebase of {} commits that were already in place"),
        (len(moved.targets), "Rebased {} commits to destination"),
        (moved.descendants, "Rebased {} descendant commits"),
        (moved.emptied, "Abandoned {} newly emptied commits"),
    ):
        if count:
            mutation.say(text.format(count))
    mutation.report(tx, own=tx.rewrites.created, rebased=moved.targets)
