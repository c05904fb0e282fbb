"""Match a file with the sources that were imported before.

A pure decision over rows, so that every sequence of changes to files can be tried.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Literal, NamedTuple

Kind = Literal["unchanged", "older", "grown", "rewritten", "new"]


class FileRow(NamedTuple):
    """A row as it is compared.

    `exact` is equal for equal bytes. `key` is equal for two rows that are the same row of a
    conversation, under whichever native id: same row id, same content up to identity members.
    """

    exact: Hashable
    key: Hashable


class Candidate(NamedTuple):
    """A source that was imported: its versions, newest first, and where its file lies.

    `location` is None where the file is gone. `native_id` is the conversation's own id.
    """

    key: str
    native_id: str
    location: str | None
    versions: tuple[tuple[FileRow, ...], ...]


class Match(NamedTuple):
    """The decision: the kind of file, its source, or the source from which a new one parts.

    `shared` is the length of the longest run of rows that the file begins with or contains and
    that is contiguous in the source; 0 where there is none.
    """

    kind: Kind
    source: str | None
    shared: int = 0


def match_source(
    rows: Sequence[FileRow],
    native_id: str,
    location: str,
    candidates: Iterable[Candidate],
    least: int = 1,
) -> Match:
    """Decide the kind of a file, in this order.

    Equal to a source: unchanged. Begins with all rows of a source, the one at its own location
    first, else the longest: grown. Is the beginning of any version of a source: older. Lies
    where a source lies and shares a row or the native id with it, or shares a row with a source
    whose file is gone: rewritten. Else new, forked from the source with the longest shared run.
    A run of fewer than `least` rows does not count.
    """
    known = list(candidates)
    exact = [row.exact for row in rows]
    here = [one for one in known if one.location == location]
    ordered = [*here, *(one for one in known if one.location != location)]
    for one in ordered:
        if _exact(one.versions[0]) == exact:
            return Match("unchanged", one.key)
    grown = [one for one in ordered if _begins(exact, _exact(one.versions[0]))]
    if grown:
        best = here[0] if here and here[0] in grown else max(grown, key=_length)
        return Match("grown", best.key, _length(best))
    for one in ordered:
        if any(_begins(_exact(version), exact) for version in one.versions):
            return Match("older", one.key)
    lengths = {one.key: longest_run(rows, one.versions) for one in known}
    runs = {key: length if length >= least else 0 for key, length in lengths.items()}
    for one in here:
        if runs[one.key] or one.native_id == native_id:
            return Match("rewritten", one.key, runs[one.key])
    moved = [one for one in known if one.location is None and runs[one.key]]
    if moved:
        best = max(moved, key=lambda one: runs[one.key])
        return Match("rewritten", best.key, runs[best.key])
    closest = max(known, key=lambda one: runs[one.key], default=None)
    if closest is None or not runs[closest.key]:
        return Match("new", None)
    return Match("new", closest.key, runs[closest.key])


def longest_run(rows: Sequence[FileRow], versions: Iterable[Sequence[FileRow]]) -> int:
    """Return the length of the longest run of rows that a file shares with a version.

    Linear where row keys are distinct, as native row ids are.
    """
    best = 0
    for version in versions:
        places: dict[Hashable, list[int]] = {}
        for place, row in enumerate(version):
            places.setdefault(row.key, []).append(place)
        ends: dict[int, int] = {}
        for row in rows:
            ends = {place: ends.get(place - 1, 0) + 1 for place in places.get(row.key, ())}
            best = max(best, *ends.values(), 0)
    return best


def _exact(version: Sequence[FileRow]) -> list[Hashable]:
    return [row.exact for row in version]


def _begins(rows: Sequence[Hashable], start: Sequence[Hashable]) -> bool:
    return len(start) <= len(rows) and list(rows[: len(start)]) == list(start)


def _length(one: Candidate) -> int:
    return len(one.versions[0])
