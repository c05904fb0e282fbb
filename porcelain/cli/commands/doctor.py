"""`wj doctor`: examine the repository, and mend it."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("doctor")
@click.option("--fix", is_flag=True, help="Mend what can be mended without losing anything")
@pass_context
def command(context: Context, fix: bool) -> None:
    """Examine the repository and say in plain words what is wrong; exit 1 if something is.

    Looked at are all objects, operations and views, the refs, the index, locks and files that
    killed programs left, and packs. Without --fix nothing is changed. What --fix does to the
    view are operations, which `wj undo` takes back.
    """
    from porcelain.cli.examination import run_doctor  # noqa: PLC0415 - when it runs

    run_doctor(context, fix=fix)
