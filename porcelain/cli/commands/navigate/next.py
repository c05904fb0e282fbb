"""`wj next`: go along the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from porcelain.actions.recording.new import step
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation

if TYPE_CHECKING:
    from collections.abc import Callable

    from porcelain.cli.run.context import Context


def step_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add how far to go, and how."""
    for option in (
        click.option("--conflict", is_flag=True, help="Go to the nearest commit with a conflict"),
        click.option("-n", "--no-edit", is_flag=True,
                     help="Make a new change there (the default)"),
        click.option("-e", "--edit", is_flag=True, help="Move to the commit itself"),
        click.argument("count", type=click.IntRange(min=1), default=1, metavar="[COUNT]"),
    ):  # fmt: skip
        function = option(function)
    return function


def go(context: Context, direction: str, count: int, **given: bool) -> None:
    """Take the steps and say where that led; `given` are the flags of `step_options`.

    Raises:
        Misuse: they do not go together.
    """
    if given["edit"] and given["no_edit"]:
        raise Misuse("`--edit` does not go with `--no-edit`")
    mutation = Mutation(context)
    with context.transaction() as tx:
        target = step(tx, direction, count, edit=given["edit"], conflict=given["conflict"])
    mutation.report(tx, target=target)


@make_command("prev")
@step_options
def prev_command(context: Context, /, count: int, **given: bool) -> None:
    """Go back to a parent: a new empty change on it, or with `--edit` to itself.

    From an `@` that adds messages it counts from `@`, from an empty one from its parents.
    """
    go(context, "prev", count, **given)


@make_command("next")
@step_options
def command(context: Context, /, count: int, **given: bool) -> None:
    """Go on to a child: a new empty change on it, or with `--edit` to itself.

    From an `@` that adds messages it counts from `@`, from an empty one from its parents.
    """
    go(context, "next", count, **given)
