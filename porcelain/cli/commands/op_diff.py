"""`wj op diff`: what differs between the states after two operations."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.opview import compare_operations, compare_with_parents
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("diff")
@click.option("--operation", "--op", "operation", metavar="OPERATION", help="What this one changed")
@click.option("--from", "-f", "start", metavar="OPERATION", help="From this one (default: @)")
@click.option("--to", "-t", "end", metavar="OPERATION", help="To this one (default: @)")
@pass_context
def command(context: Context, operation: str | None, start: str | None, end: str | None) -> None:
    """Show what differs between the states after two operations.

    Without options it is what the newest operation changed. The two may be in any order.
    """
    if operation is not None and (start is not None or end is not None):
        raise Misuse("--operation cannot be used with --from or --to")
    if start is None and end is None:
        compare_with_parents(context, context.operation(operation or "@"))
        return
    compare_operations(context, context.operation(start or "@"), context.operation(end or "@"))
