"""Restore some messages of a conversation from another one, by aligning the two.

Both are lists of units (a tool call with its results, a conflict, any other message), so no call
loses its result. Units that differ are paired in order. If the other conversation has more units
in a stretch, the surplus counts with the stretch's last unit; units that it has between two
equal ones count with the unit behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from porcelain.actions.editing.message_conflicts import conflicts_of, with_atoms
from porcelain.display import counted
from porcelain.errors import Refused
from porcelain.model.message_numbers import MessageNumbers
from porcelain.transcript.format_table import pairing_of
from store.ids import EMPTY_TREE, TreeId
from store.merge.conflict_terms import Atom, Conflict
from store.merge.patience_diff import changes
from store.objects.objects import ObjectReader, ObjectWriter
from store.session.message import message_ids
from store.session.tool_pairing import unit_sizes
from store.tree_layout.layout import read_session

Ranges = Sequence[tuple[int, int | None]]
"""Numbers of first and last messages, from 1; None is the end of the conversation."""


class _Unit(NamedTuple):
    """Atoms that belong together, and the rows, from 0, that show them."""

    atoms: tuple[Atom, ...]
    start: int
    stop: int


def restore_messages(writer: ObjectWriter, into: TreeId, source: TreeId, ranges: Ranges) -> TreeId:
    """Stage the conversation `into` with some messages replaced by those of `source`.

    Raises:
        Refused: a range is outside the conversation.
        InvalidSession, ObjectError: one of the conversations cannot be read.
    """
    old, new = list(_units(writer, into)), list(_units(writer, source))
    numbers = MessageNumbers.of(read_session(writer, into) if into != EMPTY_TREE else None)
    for first, last in ranges:
        _check(first, last, numbers.count)
    rows = [(numbers.row(low), high and numbers.last_row(high)) for low, high in ranges]
    wanted = [_is_named(unit, numbers.rows, rows) for unit in old]
    at_end = any(last is None or last > numbers.rows for _, last in rows)
    made: list[_Unit] = []
    place = 0
    for change in changes([unit.atoms for unit in old], [unit.atoms for unit in new]):
        made += old[place : change.start]
        place = change.stop
        theirs = new[change.lo : change.hi]
        if change.start == change.stop and (wanted[place] if place < len(old) else at_end):
            made += theirs
        for number in range(change.start, change.stop):
            first = number - change.start
            stop = len(theirs) if number + 1 == change.stop else first + 1
            made += theirs[first:stop] if wanted[number] else [old[number]]
    made += old[place:]
    return with_atoms(writer, into, [atom for unit in made for atom in unit.atoms], [source])


def _units(reader: ObjectReader, tree: TreeId) -> Iterator[_Unit]:
    if tree == EMPTY_TREE:
        return
    rows = read_session(reader, tree).messages
    ids = message_ids(rows)
    pairing = pairing_of()
    place = 0
    conflicts = conflicts_of(reader, tree)
    for stop, after in [*((c.start, c) for c in conflicts), (len(ids), None)]:
        for size in unit_sizes(pairing(rows[row]) for row in range(place, stop)):
            yield _Unit(tuple(ids[place : place + size]), place, place + size)
            place += size
        if after is not None:
            yield _Unit((Conflict(after.terms),), after.start, after.stop)
            place = after.stop


def _is_named(unit: _Unit, count: int, ranges: Ranges) -> bool:
    """Tell whether a range names a unit; a unit without rows has the next row's number."""
    first, last = unit.start + 1, max(unit.stop, unit.start + 1)
    return any(
        low <= last and first <= (count + 1 if high is None else high) for low, high in ranges
    )


def _check(first: int, last: int | None, count: int) -> None:
    """Refuse numbers outside the conversation; the number after the last means its end."""
    if first < 1 or (last is not None and last < first):
        raise Refused(f"Messages {first} to {last} are no range", code="no_message")
    wrong = first if first > count + 1 else last if (last or 0) > count + 1 else None
    if wrong is not None:
        raise Refused(
            f"There is no message {wrong}: the conversation has {counted(count, 'message')}",
            "`wj cat` numbers them",
            code="no_message",
        )
