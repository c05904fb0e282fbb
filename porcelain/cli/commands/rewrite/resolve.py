"""`wj resolve`: resolve conflicts by taking one of their sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from porcelain.actions.editing.message_conflicts import (
    CHOICES,
    conflicts_of,
    numbers_text,
    select_conflicts,
    side_count,
)
from porcelain.actions.editing.restore_content import NO_CONFLICTS, resolve
from porcelain.cli.render.messages.conflict import conflict_facts, deletions
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import (
    current,
    message_range,
    resolve_commit,
    resolve_position,
)
from porcelain.display import counted
from porcelain.errors import Refused
from store.document.numbers import read_number
from store.ids import EMPTY_TREE, TreeId

if TYPE_CHECKING:
    from porcelain.actions.editing.message_conflicts import NumberedConflict
    from porcelain.cli.run.colors import Piece

Ranges = list[tuple[int, int]]

_SIDES = "Sides are `:ours`, `:theirs`, `:base` and `:both`, or `:1`, `:2`, … by number"
_LAST = 10**9


@make_command("resolve")
@click.argument("words", nargs=-1, metavar="[SIDE] [NUMBER…]")
@click.option("-r", "--revision", metavar="REV", help="The revision to resolve (default: @)")
@click.option("-l", "--list", "listing", is_flag=True,
              help="Instead of resolving conflicts, list all the conflicts")  # fmt: skip
@click.option("--tool", metavar="SIDE", help="The side to take, as an option")
def command(
    context: Context, words: tuple[str, ...], revision: str | None, listing: bool, tool: str | None
) -> None:
    """Resolve conflicts of a commit by taking one side: all, or those at some messages.

    SIDE is `:ours` (the destination's side, which the conversation shows), `:theirs` (the side
    of the rewritten change), `:base` (the common base), `:both` (one after the other), or
    `:1`, `:2`, … by number. `wj show` shows the sides, with the numbers of the messages. The
    same conflict in descendants is resolved too.
    """
    choice, ranges = _parse_words(words, tool)
    if listing or choice is None:
        found = select_conflicts(_conflicts(context, revision), ranges)
        if not listing:
            raise _no_side(found)
        _list(context, found)
        return
    mutation = Mutation(context)
    with context.transaction() as tx:
        if revision in (None, "@"):
            current(context)
        done = resolve(tx, resolve_commit(context, revision), choice, ranges)
    mutation.say(f"Resolved {counted(len(done.resolved), 'conflict')} in", done.commit)
    if done.left:
        left = ", ".join(map(numbers_text, done.left))
        context.output.warning(f"The commit still has conflicts, at messages: {left}")
    mutation.report(
        tx,
        own=[done.commit],
        commit_id=done.commit,
        resolved=[conflict_facts(conflict) for conflict in done.resolved],
        left=[conflict_facts(conflict) for conflict in done.left],
    )


def _parse_words(words: Sequence[str], tool: str | None) -> tuple[str | None, Ranges]:
    """Return the side that words or `--tool` name, if any, and the numbers of messages.

    Raises:
        Misuse: a word is neither a side nor a number, or there are two sides.
    """
    sides = [] if tool is None else [tool]
    ranges: Ranges = []
    for word in words:
        if word.startswith(":"):
            sides.append(word)
        elif f":{word}" in CHOICES:
            raise Misuse(f"`{word}` is not the number of a message", f"Did you mean `:{word}`?")
        else:
            first, last = message_range(word)
            ranges.append((first, _LAST if last is None else last))
    if len(sides) > 1:
        raise Misuse("Only one side can be taken")
    for side in sides:
        if side not in CHOICES and read_number(side[1:]) is None:
            raise Misuse(f"There is no merge tool `{side}`", _SIDES)
    return (sides[0] if sides else None), ranges


def _list(context: Context, found: Sequence[NumberedConflict]) -> None:
    if context.output.json:
        context.output.data([conflict_facts(conflict) for conflict in found])
        return
    for line in _lines(found):
        context.output.text([*line, ("", "\n")])


def _no_side(found: Sequence[NumberedConflict]) -> Misuse:
    listed = ["".join(text for _, text in line) for line in _lines(found)]
    return Misuse(
        "The side to take is missing",
        "\n".join(["The conflicts are at these messages:", *(f"  {line}" for line in listed)]),
        f"`wj resolve :ours` takes the side that is shown. {_SIDES}",
    )


def _lines(conflicts: Sequence[NumberedConflict]) -> list[list[Piece]]:
    """Return a line for each conflict, in columns."""
    places = [numbers_text(conflict) for conflict in conflicts]
    width = max((len(place) for place in places), default=0)
    lines: list[list[Piece]] = []
    for place, conflict in zip(places, conflicts, strict=True):
        gone = deletions(conflict)
        more = f" including {counted(gone, 'deletion')}" if gone else ""
        sides = f"{side_count(conflict)}-sided conflict"
        lines.append([("number", f"{place:<{width}}"), ("", "    "), ("conflict", sides + more)])
    return lines


def _conflicts(context: Context, revision: str | None) -> tuple[NumberedConflict, ...]:
    """Return the conflicts of a commit.

    Raises:
        Refused: the commit has none.
    """
    if revision in (None, "@"):
        current(context)
    repo, position = context.repo, resolve_position(context, revision)
    tree = TreeId(repo.row(position).tree) if position else EMPTY_TREE
    found = conflicts_of(repo.repository, tree)
    if not found:
        hint = "`wj log -r 'conflicts()'` lists conflicted commits"
        raise Refused(NO_CONFLICTS, hint, code="no_conflict")
    return found
