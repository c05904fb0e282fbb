"""`wj new`: an empty change on a commit."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.mutation import Mutation
from porcelain.cli.params import PrivateOption, pass_context
from porcelain.cli.params import command as make_command


@make_command("new")
@click.argument("revisions", nargs=-1, metavar="[REV]")
@click.option(
    "-m", "--message", cls=PrivateOption, default="", metavar="TEXT", help="Its description"
)
@pass_context
def command(context: Context, revisions: tuple[str, ...], message: str) -> None:
    """Make an empty change on REV, by default `@`, and move there.

    What is appended next goes into it; no session moves yet.
    """
    from porcelain.recording import new  # noqa: PLC0415 - when it runs

    if len(revisions) > 1:
        raise Misuse("A change on several commits cannot be made yet", "Give one REV")
    mutation = Mutation(context)
    with context.transaction() as tx:
        made = new(tx, context.resolve(revisions[0] if revisions else None), message)
    mutation.report(tx, commit_id=made.commit)
