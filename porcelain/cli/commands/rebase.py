"""`wj rebase`: move changes to other parents."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context
from porcelain.cli.revisions import placement_options


@make_command("rebase")
@click.option("-b", "--branch", multiple=True, metavar="REVSET",
              help="Move the lines of these that the destination does not have (default: @)")  # fmt: skip
@click.option("-s", "--source", multiple=True, metavar="REVSET",
              help="Move these with all that stands on them")  # fmt: skip
@click.option("-r", "--revisions", "--revision", "revisions", multiple=True, metavar="REVSET",
              help="Move these alone; what stands on them stays where it was")  # fmt: skip
@placement_options
@click.option("--skip-emptied", is_flag=True, help="Drop what becomes empty by it")
@click.option("--keep-divergent", is_flag=True,
              help="Keep divergent versions that the destination has already")  # fmt: skip
@click.option("--simplify-parents", is_flag=True,
              help="Take from merges the parents that others continue")  # fmt: skip
@pass_context
def command(context: Context, /, **given: tuple[str, ...]) -> None:
    """Move changes to other parents: what each adds is added to the messages there."""
    from porcelain.cli.rebasing import rebase_by_options  # noqa: PLC0415 - when it runs

    forms = [name for name in ("revisions", "source", "branch") if given[name]]
    if len(forms) > 1:
        raise Misuse("Only one of `-b`, `-s` and `-r` can be given")
    if not (given["onto"] or given["after"] or given["before"]):
        raise Misuse("A place is missing", "Give it with `-o`, `-A` or `-B`")
    rebase_by_options(context, forms[0] if forms else "branch", given)
