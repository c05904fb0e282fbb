"""`wj simplify-parents`: remove redundant parents of merges."""

from __future__ import annotations

from porcelain.actions.moving.parallelize import simplify_parents
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command, revset_option
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import commits_of
from porcelain.display import counted


@make_command("simplify-parents")
@revset_option("-r", "--revisions", "--revision", "revisions",
               help="Simplify the given revisions (default: reachable(@, mutable()))")  # fmt: skip
@revset_option("-s", "--source", help="Simplify the given revisions and all their descendants")
def command(context: Context, revisions: tuple[str, ...], source: tuple[str, ...]) -> None:
    """Simplify parents of merges: remove those that are ancestors of another parent."""
    wanted = [*revisions, *(f"({one})::" for one in source)]
    for one in source:
        context.check_revset(one)
    mutation = Mutation(context)
    with context.transaction() as tx:
        named = commits_of(context, *(wanted or ("reachable(@, mutable())",)))
        gone, count = simplify_parents(tx, named)
    if gone:
        mutation.say(f"Removed {counted(gone, 'edge')} from {counted(count, 'commit')}")
    mutation.report(tx)
