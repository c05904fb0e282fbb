"""`wj git import` and `wj git export`: the refs of the repository itself."""

from __future__ import annotations

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import counted, plain
from porcelain.index.exported_refs import not_exported


@make_command("import")
def import_command(context: Context) -> None:
    """Record changes of the git refs that other programs made.

    Every command that changes something does this first; this does nothing else.
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        pass
    mutation.report(tx)


@make_command("export")
def export_command(context: Context) -> None:
    """Write the git refs of sessions and tags that could not be written before.

    Every command that changes something does this; this says which names cannot be refs.
    """
    mutation = Mutation(context)
    with context.transaction() as tx:
        pass
    left = not_exported(context.repo.index)
    if left:
        context.output.warning(
            f"{counted(len(left), 'name')} cannot be written as a git ref: "
            + ", ".join(plain(name) for _, name in left[:10])
        )
    mutation.report(tx, not_exported=[name for _, name in left])
