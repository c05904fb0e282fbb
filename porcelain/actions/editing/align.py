"""Parts of a conversation made what another one has there: which messages stand side by side.

Both are lists of units (a call with its results, a conflict, any other message), so no call
loses its result. What differs is paired in order: of a stretch with more units in one of them,
those that are over count with the stretch's last one. What only the other has, between two
units, counts with the one behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from porcelain.actions.editing.message_conflicts import conflicts_of, with_atoms
from porcelain.errors import Refused
from porcelain.transcript.formats import pairing_of
from store.ids import EMPTY_TREE, TreeId
from store.merge.conflict_terms import Atom, Conflict
from store.merge.patience_diff import changes
from store.objects.objects import ObjectReader, ObjectWriter
from store.session.message import message_ids
from store.session.tool_pairing import unit_sizes
from store.tree_layout.layout import read_session

Ranges = Sequence[tuple[int, int | None]]
"""Numbers of messages from 1, first and last; None is the end, and what comes behind it."""


class _Unit(NamedTuple):
    """Atoms that belong together, and the rows, from 0, that they are shown as."""

    atoms: tuple[Atom, ...]
    start: int
    stop: int


def aligned_tree(writer: ObjectWriter, into: TreeId, source: TreeId, ranges: Ranges) -> TreeId:
    """Return the conversation `into` with what `source` has in place of some of its messages.

    Raises:
        Refused: a range is outside the conversation.
        InvalidSession, ObjectError: one of the two cannot be read.
    """
    old, new = list(_units(writer, into)), list(_units(writer, source))
    count = old[-1].stop if old else 0
    for first, last in ranges:
        _check(first, last, count)
    wanted = [_is_named(unit, count, ranges) for unit in old]
    at_end = any(last is None or last > count for _, last in ranges)
    made: list[Atom] = []
    place = 0
    for change in changes([unit.atoms for unit in old], [unit.atoms for unit in new]):
        for unit in old[place : change.start]:
            made += unit.atoms
        place = change.stop
        theirs = new[change.lo : change.hi]
        if change.start == change.stop:
            here = wanted[place] if place < len(old) else at_end
            for unit in theirs if here else ():
                made += unit.atoms
            continue
        for number in range(change.start, change.stop):
            first = number - change.start
            more = len(theirs) if number + 1 == change.stop else first + 1
            taken = theirs[first:more] if wanted[number] else [old[number]]
            for unit in taken:
                made += unit.atoms
    for unit in old[place:]:
        made += unit.atoms
    return with_atoms(writer, into, made, [source])


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
    """Tell whether a range touches a unit; one of no rows has the number of the row behind it."""
    first, last = unit.start + 1, max(unit.stop, unit.start + 1)
    return any(
        low <= last and first <= (count + 1 if high is None else high) for low, high in ranges
    )


def _check(first: int, last: int | None, count: int) -> None:
    """Refuse numbers that are outside; one past the last stands for the end."""
    if first < 1 or (last is not None and last < first):
        raise Refused(f"Messages {first} to {last} are no range", code="no_message")
    wrong = first if first > count + 1 else last if (last or 0) > count + 1 else None
    if wrong is not None:
        raise Refused(
            f"There is no message {wrong}: the conversation has {count} rows",
            "`wj show --full` numbers them",
            code="no_message",
        )
