"""`wj evolog`: the evolution of a change."""

from __future__ import annotations

from typing import Any

import click

from porcelain.cli.render.evolution import list_versions
from porcelain.cli.render.operations.operation_log import Listing
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import log_options, make_command, revset_option


@make_command("evolog")
@revset_option("-r", "--revisions", help="Follow changes from these revisions (default: @)")
@click.option("-p", "--patch", is_flag=True, help="Show the changes of each version")
@log_options
def command(context: Context, /, revisions: tuple[str, ...], patch: bool, **shown: Any) -> None:
    """Show how a change, by default `@`, has evolved over time: its versions, newest first.

    Below each version is the operation that made it. Changes that were squashed into it are
    shown beside it. Versions that are not visible are marked hidden; a change id with a
    number names them, `xq/1`.

    With `-p`, each version is compared with its predecessor rebased onto the same parents, so
    a version that was only moved shows no difference.
    """
    list_versions(context, revisions or ("@",), Listing(with_diff=patch, **shown))
