"""`wj init`: create a new repository."""

from __future__ import annotations

import shlex

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import FILE, Command, make_command
from porcelain.cli.run.trust import trust
from porcelain.display import plain
from store.repository.repository import Repository, Shared


class _Init(Command):
    """Takes `--shared` without a value as git does, with the path behind it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the value that the option has alone."""
        return super().parse_args(ctx, ["--shared=group" if a == "--shared" else a for a in args])


@make_command("init", cls=_Init)
@click.argument("path", type=FILE, required=False)
@click.option(
    "--layout",
    type=click.Choice(["native", "single-file"]),
    default="native",
    help="How pawan conversations are stored: a file for each message, or a single file",
)
@click.option(
    "--shared",
    type=click.Choice(["group", "all"]),
    help="Let the group, or all users of this machine, use it too; `--shared` alone is the group",
)
def command(context: Context, path: str | None, layout: str, shared: Shared | None) -> None:
    """Create a new bare repository at PATH, by default the user's own.

    The user's own is at the setting `repository.path`, or in the user's data folder. An existing
    repository is not changed. A plain bare git repository is adopted with all its refs and
    objects. Only you may read a new repository, unless it is shared.
    """
    named = context.globals.repository or context.settings.variable("WJ_REPO")
    where = path or named or context.settings.default_repository()
    actor = context.actor
    repository, written = Repository.init(
        where, host=actor.host, random=actor.random, shared=shared or ""
    )
    if written and layout != "native":
        from porcelain.transaction.transaction import LAYOUT_KEY

        repository.set_config({LAYOUT_KEY: layout})
    if written:
        try:
            trust(context.settings.state_folder, repository.path)
        except OSError as error:
            hint = f"The list of trusted repositories cannot be written: {error.strerror}"
            context.output.hint(f"{hint}; inside the repository, name it with `-R`")
    context.globals.repository = repository.path
    shown = plain(repository.path, None)
    if written:
        context.output.status(f"Initialized a repository in {shown}")
        if path is not None:
            word = plain(shlex.quote(repository.path), None)
            context.output.hint(f"`wj -R {word}`, or WJ_REPO={word}, uses it from anywhere")
    else:
        context.output.status(f"There is a repository already in {shown}\nNothing changed.")
    if context.output.json:
        context.output.data({"path": repository.path, "created": written})
