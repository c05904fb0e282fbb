"""`wj parallelize`: make changes siblings."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.revisions import revision_options


@make_command("parallelize")
@revision_options()
@pass_context
def command(context: Context, revisions: tuple[str, ...], named: tuple[str, ...]) -> None:
    """Make changes siblings: none stands on another any more.

    What stood on one of them stands on all that it stood on before.
    """
    from porcelain.cli.mutation import Mutation  # noqa: PLC0415 - when it runs
    from porcelain.cli.revisions import rewriting, targets_of  # noqa: PLC0415
    from porcelain.rewriting.paralleling import parallelize  # noqa: PLC0415

    mutation = Mutation(context)
    with rewriting(context, *revisions, *named) as tx:
        parallelize(tx, targets_of(context, *revisions, *named))
    mutation.report(tx)
