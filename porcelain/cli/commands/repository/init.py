"""`wj init`: create a repository."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.display import plain
from store.repository.repository import Repository


@make_command("init")
@click.argument("path", required=False)
@click.option(
    "--layout",
    type=click.Choice(["native", "single-file"]),
    default="native",
    help="How new pawan conversations lie in git: a file a message, or one file as pawan has it",
)
def command(context: Context, path: str | None, layout: str) -> None:
    """Create a bare repository at PATH, by default your own.

    Your own is the one of the setting `repository.path`, else a folder of your data home.
    On a repository that is there already this says so and changes nothing; a plain bare git
    repository is taken over, with its refs and objects as they are.
    """
    named = context.globals.repository or context.environment.get("WJ_REPO")
    where = path or named or context.default_repository()
    actor = context.actor
    repository, written = Repository.init(where, host=actor.host, random=actor.random)
    if written and layout != "native":
        from porcelain.transaction.transaction import LAYOUT_KEY

        repository.set_config({LAYOUT_KEY: layout})
    context.globals.repository = repository.path
    shown = plain(repository.path, None)
    if written:
        context.output.status(f"Initialized a repository in {shown}")
    else:
        context.output.status(f"There is a repository already in {shown}\nNothing changed.")
    if context.output.json:
        context.output.data({"path": repository.path, "created": written})
