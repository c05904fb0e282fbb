"""`wj duplicate`: create new changes with the same content as existing ones."""

from __future__ import annotations

from porcelain.actions.moving.destination import is_ancestor
from porcelain.actions.moving.duplicate import duplicate
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import SHOWN, Mutation
from porcelain.cli.shared.revision_args import (
    location_of,
    placement_options,
    revision_options,
    rewriting,
    targets_of,
)
from porcelain.transaction.rebase_descendants import ROOT_COMMIT


@make_command("duplicate")
@revision_options()
@placement_options
def command(
    context: Context,
    revisions: tuple[str, ...],
    onto: tuple[str, ...],
    after: tuple[str, ...],
    before: tuple[str, ...],
) -> None:
    """Create new changes with the same content as existing ones, by default `@`.

    A copy gets the parents of its original, unless `-o`, `-A` or `-B` say otherwise. No session
    moves.
    """
    placement = (onto, after, before)
    mutation = Mutation(context)
    with rewriting(context, *after, *before) as tx:
        commits = targets_of(context, *revisions)
        tx.require_rewritable(c for c in commits if c == ROOT_COMMIT)  # there is only one
        location = location_of(context, tx, placement, "the copies")
        done = duplicate(tx, commits, location)
        above = location.parents if location else ()
        own = [c for c in commits if any(is_ancestor(tx, c, parent) for parent in above)]
    for commit_id in own[:SHOWN]:
        context.output.warning(f"Duplicated {commit_id[:12]} as a descendant of itself")
    if not commits:
        mutation.say("No revisions to duplicate.")
    for old, new in list(done.copies.items())[:SHOWN]:
        mutation.say(f"Duplicated {old[:12]} as", new)
    copies = {old: tx.final(new) for old, new in done.copies.items()}
    mutation.report(tx, own=done.copies.values(), copies=copies)
