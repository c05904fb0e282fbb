"""Conflicts between runs of messages, as values: sums of runs, which can be added up.

An odd number of runs, added at even places and taken away at odd ones: ours, less the base,
plus theirs. Equal runs with opposite signs cancel, as in jj's merges. What both sides of a
merge say again and again so never piles up, and an edit that is moved onto a conflict and back
comes out as it was.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

Run = tuple[Hashable, ...]


class Conflict(NamedTuple):
    """An odd number of runs: added at even places, taken away at odd ones."""

    terms: tuple[Run, ...]


Atom = Hashable
"""A message's id, or a conflict."""


def is_conflict(atom: Atom) -> bool:
    """Tell a conflict from a message's id."""
    return isinstance(atom, Conflict)


def terms_of(run: Run) -> list[Run]:
    """Return a run that holds conflicts as one sum of runs that hold none."""
    sums = [atom.terms if isinstance(atom, Conflict) else ((atom,),) for atom in run]
    count = max(map(len, sums), default=1)
    # A sum of fewer terms is filled up with its first one, added and taken away.
    return [
        tuple(one for terms in sums for one in terms[n if n < len(terms) else 0])
        for n in range(count)
    ]


def simplified(terms: Sequence[Run]) -> list[Run]:
    """Cancel equal runs with opposite signs, as jj does.

    The run that was added beside the cancelled removal takes the place of the cancelled addition.
    So the first run stays the one that a change of the first run leads to.
    """
    left = [*terms]
    place = 0
    while place < len(left):
        removed = next((n for n in range(1, len(left), 2) if left[n] == left[place]), None)
        if removed is None:
            place += 2
        else:
            left[place] = left[removed + 1]
            del left[removed : removed + 2]
    return left


def joined(atoms: list[Atom]) -> list[Atom]:
    """Join a conflict that has a side without rows with the conflict behind it.

    A conflict that shows no row would stand at the place of the next one. That a side which is
    not shown counts too makes a merge the same whichever side comes first.
    """
    found: list[Atom] = []
    for atom in atoms:
        last = found[-1] if found else None
        if isinstance(atom, Conflict) and isinstance(last, Conflict) and not all(last.terms[::2]):
            terms = simplified(terms_of((last, atom)))
            found[-1:] = [Conflict(tuple(terms))] if len(terms) > 1 else terms[0]
        else:
            found.append(atom)
    return found


def ids_of(token: Atom) -> Run:
    """Return the ids of a unit; none of a conflict."""
    return token if isinstance(token, tuple) and not isinstance(token, Conflict) else ()


def covered(
    ground: Sequence[Atom], within: tuple[int, int], place: int, new: Atom
) -> list[tuple[int, int]]:
    """Return the stretch (start, stop) around a conflict that shows what `new` shows; or none."""
    wanted = new.terms[0] if isinstance(new, Conflict) else ()
    for first in range(place, within[0] - 1, -1):
        rows: Run = ()
        for last in range(first, within[1]):
            token = ground[last]
            rows += token.terms[0] if isinstance(token, Conflict) else ids_of(token)
            if last >= place and rows == wanted:
                return [(first, last + 1)]
            if len(rows) > len(wanted):
                break
    return []


def settled_at(tokens: Sequence[Atom], lo: int, conflict: Atom) -> tuple[int, int]:
    """Return where tokens from `lo` on are one of a conflict's terms; the longest counts."""
    assert isinstance(conflict, Conflict)
    for term in sorted(filter(None, conflict.terms), key=len, reverse=True):
        for first in range(lo, len(tokens)):
            rows: Run = ()
            last = first
            while last < len(tokens) and len(rows) < len(term):
                rows, last = (*rows, *ids_of(tokens[last])), last + 1
            if rows == term:
                return first, last
    return lo, lo
