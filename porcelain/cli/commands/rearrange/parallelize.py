"""`wj parallelize`: make changes siblings."""

from __future__ import annotations

from porcelain.actions.moving.parallelize import parallelize
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import revision_options, rewriting, targets_of


@make_command("parallelize")
@revision_options()
def command(context: Context, revisions: tuple[str, ...], named: tuple[str, ...]) -> None:
    """Make changes siblings: none stands on another any more.

    What stood on one of them stands on all that it stood on before.
    """
    mutation = Mutation(context)
    with rewriting(context, *revisions, *named) as tx:
        parallelize(tx, targets_of(context, *revisions, *named))
    mutation.report(tx)
