"""`wj resolve`: settle conflicts by taking one of their sides."""

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
from porcelain.cli.render.conflict import conflict_facts, deletions
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
from porcelain.errors import Refused
from store.ids import EMPTY_TREE, TreeId

if TYPE_CHECKING:
    from porcelain.cli.run.colors import Piece
    from porcelain.cli.run.context import Context
    from store.tree_layout.conflict_tree import MessageConflict


Ranges = list[tuple[int, int]]

_SIDES = "Sides are `:ours`, `:theirs`, `:base` and `:both`, or `:1`, `:2`, … by number"
_LAST = 10**9


def parse_words(words: Sequence[str], tool: str | None) -> tuple[str | None, Ranges]:
    """Return the side that words or `--tool` name, if any, and the numbers of messages.

    Raises:
        Misuse: a word is neither, or there are two sides.
    """
    sides = [] if tool is None else [tool]
    ranges: Ranges = []
    for word in words:
        if word.startswith(":"):
            sides.append(word)
        elif f":{word}" in CHOICES:
            raise Misuse(f"`{word}` is no number of a message", f"Did you mean `:{word}`?")
        else:
            first, last = message_range(word)
            ranges.append((first, _LAST if last is None else last))
    if len(sides) > 1:
        raise Misuse("Only one side can be taken")
    for side in sides:
        if side not in CHOICES and not (side.startswith(":") and side[1:].isdecimal()):
            raise Misuse(f"There is no merge tool `{side}`", _SIDES)
    return (sides[0] if sides else None), ranges


def list_conflicts(context: Context, revision: str | None, ranges: Ranges) -> None:
    """Write the conflicts of a commit to stdout, or those at some numbers.

    Raises:
        Refused: there are none.
    """
    found = select_conflicts(_conflicts(context, revision), ranges)
    if context.output.json:
        context.output.data([conflict_facts(conflict) for conflict in found])
        return
    for line in conflict_lines(found):
        context.output.text([*line, ("", "\n")])


def resolve_by(context: Context, revision: str | None, choice: str | None, ranges: Ranges) -> None:
    """Take one side of a commit's conflicts.

    Raises:
        Misuse: it is not said which; the conflicts are listed, if there are any.
        Refused: there are none.
    """
    if choice is None:
        found = select_conflicts(_conflicts(context, revision), ranges)
        listed = ["".join(text for _, text in line) for line in conflict_lines(found)]
        raise Misuse(
            "It is not said which side to take",
            "\n".join(["The conflicts are at these messages:", *(f"  {line}" for line in listed)]),
            f"`wj resolve :ours` takes the side that is shown. {_SIDES}",
        )
    mutation = Mutation(context)
    with context.transaction() as tx:
        if revision in (None, "@"):
            current(context)
        done = resolve(tx, resolve_commit(context, revision), choice, ranges)
    mutation.say(f"Resolved {len(done.resolved)} conflicts in", done.commit)
    if done.left:
        left = ", ".join(map(numbers_text, done.left))
        context.output.warning(f"There are still conflicts in it, at messages: {left}")
    mutation.report(
        tx,
        own=[done.commit],
        commit_id=done.commit,
        resolved=[conflict_facts(conflict) for conflict in done.resolved],
        left=[conflict_facts(conflict) for conflict in done.left],
    )


def conflict_lines(conflicts: Sequence[MessageConflict]) -> list[list[Piece]]:
    """Return a line for each conflict, in columns."""
    places = [numbers_text(conflict) for conflict in conflicts]
    width = max((len(place) for place in places), default=0)
    lines: list[list[Piece]] = []
    for place, conflict in zip(places, conflicts, strict=True):
        gone = deletions(conflict)
        more = f" including {gone} deletion{'s' if gone > 1 else ''}" if gone else ""
        sides = f"{side_count(conflict)}-sided conflict"
        lines.append([("number", f"{place:<{width}}"), ("", "    "), ("conflict", sides + more)])
    return lines


def _conflicts(context: Context, revision: str | None) -> tuple[MessageConflict, ...]:
    if revision in (None, "@"):
        current(context)
    repo, position = context.repo, resolve_position(context, revision)

    tree = TreeId(repo.row(position).tree) if position else EMPTY_TREE
    found = conflicts_of(repo.repository, tree)
    if not found:
        hint = "`wj log -r 'conflicts()'` lists where some are"
        raise Refused(NO_CONFLICTS, hint, code="no_conflict")
    return found


@make_command("resolve")
@click.argument("words", nargs=-1, metavar="[SIDE] [NUMBER…]")
@click.option("-r", "--revision", metavar="REV", help="Where to resolve (default: @)")
@click.option("-l", "--list", "listing", is_flag=True, help="List the conflicts, change nothing")
@click.option("--tool", metavar="SIDE", help="The side to take, as an option")
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
    choice, numbers = parse_words(words, tool)
    if listing:
        list_conflicts(context, revision, numbers)
    else:
        resolve_by(context, revision, choice, numbers)
