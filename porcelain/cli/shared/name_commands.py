"""What the commands about names share: their group, with short names, and their options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any

import click

from porcelain.cli.render.name_list import Listing
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import Group


class NameGroup(Group):
    """A group whose commands are loaded when they are run, known by jj's single letters too."""

    def __init__(self, table: Mapping[str, str], **more: Any) -> None:
        """Take each command with its line in help, in the order of help."""
        super().__init__(**more)
        self._table = dict(table)
        self._letters = {name[0]: name for name in table if name != "untrack"}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the full names."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command by its name or letter."""
        name = self._letters.get(cmd_name, cmd_name)
        if name not in self._table:
            return None
        module = import_module(f"porcelain.cli.commands.names.{self.name}")
        found: click.Command = getattr(module, f"{name}_command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; it is called by its whole name."""
        return super().resolve_command(ctx, [self._letters.get(args[0], args[0]), *args[1:]])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands with their lines."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))


def target_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-r`, where names are to be."""
    where = "Where they are to be (default: @)"
    return click.option("-r", "--revision", "--to", "revision", metavar="REV", help=where)(function)


def backwards_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-B`."""
    what = "Let them move backwards or sideways"
    return click.option("-B", "--allow-backwards", is_flag=True, help=what)(function)


def list_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a list, and give the command all of them as one `Listing`."""

    @wraps(function)
    def with_listing(*args: Any, **options: Any) -> Any:

        asked = Listing(**options)
        if asked.all_remotes and asked.remotes:
            raise Misuse("`--all-remotes` and `--remote` cannot be used together")
        return function(*args, asked)

    found: Callable[..., Any] = with_listing
    for option in reversed(_list_options()):
        found = option(found)
    return found


def _list_options() -> list[Callable[[Callable[..., Any]], Callable[..., Any]]]:
    option = click.option
    return [
        click.argument("names", nargs=-1, metavar="[NAME…]"),
        option("-a", "--all-remotes", is_flag=True, help="Show all that remotes have as well"),
        option(
            "--remote", "remotes", multiple=True, metavar="REMOTE",
            help="Show what remotes that fit this have, and the local ones tied to it",
        ),
        option("-t", "--tracked", is_flag=True, help="Show only those that track a remote's"),
        option("-c", "--conflicted", is_flag=True, help="Show only those in conflict"),
        option(
            "-r", "--revision", "--revisions", "revisions", multiple=True, metavar="REVSET",
            help="Show those at these commits",
        ),
        option("-T", "--template", metavar="TEMPLATE", help="Show each by this template"),
        option(
            "--sort", default="", metavar="KEY,…",
            help=(
                "Sort by name, or by author- or committer- with name, email or date; "
                "downwards with `-` at its end"
            ),
        ),
    ]  # fmt: skip
