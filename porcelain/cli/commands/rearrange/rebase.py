"""`wj rebase`: move changes to different parents."""

from __future__ import annotations

from typing import Any

import click

from porcelain.actions.moving.rebase import Options, Rebased, rebase_commits
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, revset_option
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import (
    location_of,
    placement_options,
    rewriting,
    targets_of,
)
from porcelain.display import counted


@make_command("rebase")
@revset_option("-b", "--branch",
               help="Rebase the whole branch relative to the destination (default: @)")  # fmt: skip
@revset_option("-s", "--source", help="Rebase the given revisions with all their descendants")
@revset_option("-r", "--revisions", "--revision", "revisions",
               help="Rebase the given revisions alone, and their descendants onto the parents")  # fmt: skip
@placement_options
@click.option("--skip-emptied", is_flag=True, help="Abandon commits that become empty")
@click.option("--keep-divergent", is_flag=True, help="Keep divergent commits while rebasing")
@click.option("--simplify-parents", is_flag=True, help="Simplify parents of rebased commits")
def command(context: Context, /, **given: Any) -> None:
    """Move changes to different parents; each adds its messages to those of the new parents."""
    forms = [name for name in ("revisions", "source", "branch") if given[name]]
    if len(forms) > 1:
        raise Misuse("Only one of `-b`, `-s` and `-r` can be given")
    onto, after, before = placement = (given["onto"], given["after"], given["before"])
    if not (onto or after or before):
        raise Misuse("A place is missing", "Give it with `-o`, `-A` or `-B`")
    form = forms[0] if forms else "branch"
    options = Options(given["skip_emptied"], given["simplify_parents"], given["keep_divergent"])
    mutation = Mutation(context)
    done: Rebased | None = None
    with rewriting(context, *given[form], *after, *before) as tx:
        commits = targets_of(context, *given[form])
        location = location_of(context, tx, placement, "the rebased commits")
        if commits and location is not None:
            done = rebase_commits(tx, form, commits, location, options, onto=bool(onto))
    if done is None:
        mutation.say("No revisions to rebase.")
        mutation.report(tx)
        return
    _say(mutation, done)
    mutation.report(tx, own=tx.rewrites.created, rebased=done.moved.targets)


def _say(mutation: Mutation, done: Rebased) -> None:
    moved = done.moved
    for count, noun, text in (
        (
            len(done.dropped),
            "divergent commit",
            "Abandoned {} that {} already present in the destination",
        ),
        (moved.skipped, "commit", "Skipped rebase of {} that {} already in place"),
        (len(moved.targets), "commit", "Rebased {} to destination"),
        (moved.descendants, "descendant commit", "Rebased {}"),
        (moved.emptied, "newly emptied commit", "Abandoned {}"),
    ):
        if count:
            mutation.say(text.format(counted(count, noun), "was" if count == 1 else "were"))
