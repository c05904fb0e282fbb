"""`wj split`: make two changes of one."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.cut_args import split_by_options
from porcelain.cli.shared.message_args import message_options


@make_command("split")
@click.argument("revision", required=False, metavar="[REV]")
@click.option("-r", "--revision", "named", metavar="REV", help="The change (default: @)")
@click.option("--at", type=click.IntRange(min=1), required=True, metavar="N",
              help="The first part ends with this message, as `wj show` numbers them")  # fmt: skip
@click.option("-p", "--parallel", is_flag=True, help="Make the parts siblings")
@message_options
def command(context: Context, /, revision: str | None, named: str | None, **given: object) -> None:
    """Split a change after message N: the first part keeps the change id.

    The second part comes after it, and what stood on the change stands on that. `-m` describes
    the first part.
    """
    if revision is not None and named is not None:
        raise Misuse("REV is given twice")
    split_by_options(context, revision if named is None else named, given)
