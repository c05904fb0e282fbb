"""`wj help`: the help of a command."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command


@make_command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND…]")
def command(context: Context, words: tuple[str, ...]) -> None:
    """Print the help of a command, or the list of all commands."""
    here = click.get_current_context().find_root()
    for word in words:
        found = (
            here.command.get_command(here, word) if isinstance(here.command, click.Group) else None
        )
        if found is None:
            raise Misuse(f"There is no command `{' '.join(words)}`", "`wj help` lists them")
        here = click.Context(found, parent=here, info_name=found.name)
    if context.output.json:
        context.output.data({"command": here.command_path, "help": here.get_help()})
    else:
        context.output.text(f"{here.get_help()}\n")
