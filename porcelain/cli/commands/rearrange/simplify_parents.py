"""`wj simplify-parents`: take superfluous parents from merges."""

from __future__ import annotations

import click

from porcelain.actions.moving.parallelize import simplify_parents
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import commits_of


@make_command("simplify-parents")
@click.option("-r", "--revisions", "--revision", "revisions", multiple=True, metavar="REVSET",
              help="Simplify these (default: what is connected with @ and mutable)")  # fmt: skip
@click.option("-s", "--source", multiple=True, metavar="REVSET",
              help="Simplify these and all that stands on them")  # fmt: skip
def command(context: Context, revisions: tuple[str, ...], source: tuple[str, ...]) -> None:
    """Take from merges the parents that other parents continue."""
    wanted = [*revisions, *(f"({one})::" for one in source)]
    for one in source:
        context.check_revset(one)
    mutation = Mutation(context)
    with context.transaction() as tx:
        named = commits_of(context, *(wanted or ("reachable(@, mutable())",)))
        gone, count = simplify_parents(tx, named)
    if gone:
        mutation.say(f"Removed {gone} edges from {count} commits")
    mutation.report(tx)
