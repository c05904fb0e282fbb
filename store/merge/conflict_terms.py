"""Conflicts between runs of messages, as values: signed sums of runs.

A conflict is an odd number of runs, added at even places and subtracted at odd ones: ours,
minus the base, plus theirs. As in jj's merges, equal runs with opposite signs cancel. So
repeated merges do not let a conflict grow, and an edit that is rebased onto a conflict and
back is unchanged.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

Run = tuple[Hashable, ...]


class Conflict(NamedTuple):
    """An odd number of runs, added at even places and subtracted at odd ones."""

    terms: tuple[Run, ...]


Atom = Hashable
"""A message's id, or a conflict."""


def is_conflict(atom: Atom) -> bool:
    """Tell whether an atom is a conflict."""
    return isinstance(atom, Conflict)


def terms_of(run: Run) -> list[Run]:
    """Return a run with conflicts as one sum of runs without conflicts."""
    sums = [atom.terms if isinstance(atom, Conflict) else ((atom,),) for atom in run]
    count = max(map(len, sums), default=1)
    # A shorter sum is filled up with its first term, alternately subtracted and added.
    return [
        tuple(one for terms in sums for one in terms[n if n < len(terms) else 0])
        for n in range(count)
    ]


def simplify(terms: Sequence[Run]) -> list[Run]:
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
    """Join each conflict that has a side without rows with the conflict after it.

    A conflict that shows no row has the same place as the next one. Sides that are not shown
    count too, so that a merge does not depend on which side comes first.
    """
    found: list[Atom] = []
    for atom in atoms:
        last = found[-1] if found else None
        if isinstance(atom, Conflict) and isinstance(last, Conflict) and not all(last.terms[::2]):
            terms = simplify(terms_of((last, atom)))
            found[-1:] = [Conflict(tuple(terms))] if len(terms) > 1 else terms[0]
        else:
            found.append(atom)
    return found


def ids_of(token: Atom) -> Run:
    """Return the ids of a unit, or () for a conflict."""
    return token if isinstance(token, tuple) and not isinstance(token, Conflict) else ()


def span_shown_as(
    ground: Sequence[Atom], within: tuple[int, int], place: int, new: Atom
) -> list[tuple[int, int]]:
    """Return the span (start, stop) around a conflict that shows the rows of `new`, if any."""
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


def resolved_at(tokens: Sequence[Atom], lo: int, conflict: Atom) -> tuple[int, int]:
    """Return the span of tokens from `lo` on that is the longest possible term of a conflict."""
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
