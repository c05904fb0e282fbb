"""`wj resolve`: settle conflicts by taking one of their sides."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("resolve")
@click.argument("words", nargs=-1, metavar="[SIDE] [NUMBER…]")
@click.option("-r", "--revision", metavar="REV", help="Where to resolve (default: @)")
@click.option("-l", "--list", "listing", is_flag=True, help="List the conflicts, change nothing")
@click.option("--tool", metavar="SIDE", help="The side to take, as an option")
@pass_context
def command(
    context: Context,
    words: tuple[str, ...],
    revision: str | None,
    listing: bool,
    tool: str | None,
) -> None:
    """Take one side of a commit's conflicts: of all, or of those at some messages.

    SIDE is `:ours` (what the conversation shows: that of the place where a change was put),
    `:theirs` (that of the change), `:base` (what both came from), `:both` (one behind the
    other), or `:1`, `:2`, … by number. `wj show` shows them, with the numbers of the messages.
    What continues the commit and has the same conflict is settled with it.
    """
    from porcelain.cli.resolving import list_conflicts, parse_words, resolve_by  # noqa: PLC0415

    choice, numbers = parse_words(words, tool)
    if listing:
        list_conflicts(context, revision, numbers)
    else:
        resolve_by(context, revision, choice, numbers)
