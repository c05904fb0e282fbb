"""`wj op abandon`: take operations out of the log."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.opchange import abandon_range
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("abandon")
@click.argument("operations", metavar="OPERATION|A..B")
@pass_context
def command(context: Context, operations: str) -> None:
    """Take operations out of the log; the state does not change.

    OPERATIONS is one operation, or a range: `A..B` is B and what is before it, down to A and
    without A; `..B` begins at the bottom, `A..` ends at the top. The operations above get new
    ids. What only the abandoned ones kept alive can then be collected, and no undo or restore
    reaches it any more; so this is no operation, and cannot be undone.
    """
    abandon_range(context, operations)
