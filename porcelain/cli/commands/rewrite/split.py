"""`wj split`: split a change in two."""

from __future__ import annotations

import click

from porcelain.actions.editing.split import split
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.message_args import ask, given, message_options
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import check_rewritable, current, resolve_commit


@make_command("split")
@click.argument("revision", required=False, metavar="[REV]")
@click.option("-r", "--revision", "named", metavar="REV", help="The change to split (default: @)")
@click.option("--at", type=click.IntRange(min=1), required=True, metavar="N",
              help="The last message of the first part, as `wj show` numbers them")  # fmt: skip
@click.option("-p", "--parallel", is_flag=True,
              help="Split the change into two parallel ones, not parent and child")  # fmt: skip
@message_options
def command(
    context: Context,
    *,
    revision: str | None,
    named: str | None,
    at: int,
    parallel: bool,
    messages: tuple[str, ...],
    editor: bool,
) -> None:
    """Split a change after message N; the first part keeps the change id.

    The second part becomes the child of the first, and the parent of the change's children.
    `-m` describes the first part.
    """
    if revision is not None and named is not None:
        raise Misuse("REV is given twice")
    wanted = revision if named is None else named
    if wanted in (None, "@"):
        current(context)
    text = given(messages)
    if editor:
        commit = resolve_commit(context, wanted)
        check_rewritable(context, [commit])
        text = ask(context, [commit], text)[commit]
    mutation = Mutation(context)
    with context.transaction() as tx:
        done = split(tx, resolve_commit(context, wanted), at, parallel=parallel, message=text)
    mutation.say("Selected changes :", done.first)
    mutation.say("Remaining changes:", done.second)
    mutation.notes += done.notes
    own = [done.first, done.second]
    mutation.report(tx, own=own, first=done.first, second=done.second, rows=done.rows)
