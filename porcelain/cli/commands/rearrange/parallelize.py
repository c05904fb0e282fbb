"""`wj parallelize`: make changes siblings."""

from __future__ import annotations

from porcelain.actions.moving.parallelize import parallelize
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import revision_options, rewriting, targets_of


@make_command("parallelize")
@revision_options()
def command(context: Context, revisions: tuple[str, ...]) -> None:
    """Parallelize changes by making them siblings.

    All of them get the parents that the first ones had. A child of one becomes a child of all
    that were its ancestors.
    """
    mutation = Mutation(context)
    with rewriting(context, *revisions) as tx:
        parallelize(tx, targets_of(context, *revisions))
    mutation.report(tx)
