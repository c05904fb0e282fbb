"""`wj rebase`: move changes to other parents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from porcelain.actions.moving.rebase import Options, Rebased, rebase_commits
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import location_of, placement_options, rewriting, targets_of

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context


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


@make_command("rebase")
@click.option("-b", "--branch", multiple=True, metavar="REVSET",
              help="Move the lines of these that the destination does not have (default: @)")  # fmt: skip
@click.option("-s", "--source", multiple=True, metavar="REVSET",
              help="Move these with all that stands on them")  # fmt: skip
@click.option("-r", "--revisions", "--revision", "revisions", multiple=True, metavar="REVSET",
              help="Move these alone; what stands on them stays where it was")  # fmt: skip
@placement_options
@click.option("--skip-emptied", is_flag=True, help="Drop what becomes empty by it")
@click.option("--keep-divergent", is_flag=True,
              help="Keep divergent versions that the destination has already")  # fmt: skip
@click.option("--simplify-parents", is_flag=True,
              help="Take from merges the parents that others continue")  # fmt: skip
def command(context: Context, /, **given: tuple[str, ...]) -> None:
    """Move changes to other parents: what each adds is added to the messages there."""
    forms = [name for name in ("revisions", "source", "branch") if given[name]]
    if len(forms) > 1:
        raise Misuse("Only one of `-b`, `-s` and `-r` can be given")
    if not (given["onto"] or given["after"] or given["before"]):
        raise Misuse("A place is missing", "Give it with `-o`, `-A` or `-B`")
    rebase_by_options(context, forms[0] if forms else "branch", given)
