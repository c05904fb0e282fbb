"""`wj evolog`: the versions of a change."""

from __future__ import annotations

from typing import Any

import click

from porcelain.cli.render.evolution import list_versions
from porcelain.cli.render.operation_log import Listing
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import log_options, make_command


@make_command("evolog")
@click.option("-r", "--revisions", multiple=True, metavar="REVSET", help="Whose versions to show")
@click.option("-p", "--patch", is_flag=True, help="Show what each version says that others did not")
@log_options
def command(
    context: Context,
    /,
    revisions: tuple[str, ...],
    patch: bool,
    **shown: Any,
) -> None:
    """Show how a change came to be what it is: its versions, the newest first. By default `@`.

    Below each version is the operation that made it. What was squashed into it is shown
    beside; versions that are no more visible are hidden, and named by their change id and
    a number, `xq/1`.

    With -p, a version is compared with the one that it replaced as that would be on the same
    parents, so what was only moved shows no difference.
    """
    list_versions(context, revisions or ("@",), Listing(with_diff=patch, **shown))
