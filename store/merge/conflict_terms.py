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
    """Cancel equal runs with opposite signs; what is left keeps its order."""
    added = [*terms[::2]]
    removed = []
    for run in terms[1::2]:
        if run in added:
            place = len(added) - 1 - added[::-1].index(run)
            del added[place]
        else:
            removed.append(run)
    mixed = [added[0]]
    for minus, plus in zip(removed, added[1:], strict=True):
        mixed += [minus, plus]
    return mixed


def joined(atoms: list[Atom]) -> list[Atom]:
    """Join a conflict that shows no row with the one behind it: no two stand at one place."""
    found: list[Atom] = []
    for atom in atoms:
        last = found[-1] if found else None
        if isinstance(atom, Conflict) and isinstance(last, Conflict) and not last.terms[0]:
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
