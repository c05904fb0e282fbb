"""`wj next` and `wj prev`: move along the conversation."""

from __future__ import annotations

import click

from porcelain.actions.recording.new import step
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, options
from porcelain.cli.shared.mutation_report import Mutation

_step_options = options(
    click.argument("count", type=click.IntRange(min=1), default=1, metavar="[COUNT]"),
    click.option("-e", "--edit", is_flag=True, help="Move to the target commit itself"),
    click.option("-n", "--no-edit", is_flag=True,
                 help="Create a new change on the target commit (the default)"),
    click.option("--conflict", is_flag=True, help="Move to the nearest conflicted commit"),
)  # fmt: skip


@make_command("next")
@_step_options
def command(context: Context, /, count: int, **flags: bool) -> None:
    """Move to a child: create a new, empty change on it, or with `--edit` move to it.

    An `@` that adds messages counts as the start; an empty one does not, its parents do.
    """
    _step(context, "next", count, **flags)


@make_command("prev")
@_step_options
def prev_command(context: Context, /, count: int, **flags: bool) -> None:
    """Move to a parent: create a new, empty change on it, or with `--edit` move to it.

    An `@` that adds messages counts as the start; an empty one does not, its parents do.
    """
    _step(context, "prev", count, **flags)


def _step(
    context: Context, direction: str, count: int, *, edit: bool, no_edit: bool, conflict: bool
) -> None:
    if edit and no_edit:
        raise Misuse("`--edit` does not go with `--no-edit`")
    mutation = Mutation(context)
    with context.transaction() as tx:
        target = step(tx, direction, count, edit=edit, conflict=conflict)
    mutation.report(tx, target=target)
