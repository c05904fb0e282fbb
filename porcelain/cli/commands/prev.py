"""`wj prev`: go back along the conversation."""

from __future__ import annotations

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.stepping import step_options


@make_command("prev")
@step_options
@pass_context
def command(context: Context, /, count: int, **given: bool) -> None:
    """Go back to a parent: a new empty change on it, or with `--edit` to itself.

    From an `@` that adds messages it counts from `@`, from an empty one from its parents.
    """
    from porcelain.cli.stepping import go  # noqa: PLC0415 - when it runs

    go(context, "prev", count, **given)
