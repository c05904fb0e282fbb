"""The changes that an operation brought into conflict, and those whose conflict it resolved.

A change counts once, whatever its commits are; one that was in conflict and still is counts in
neither list. A new commit that merely continues a conflicted one is not a new conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from store.ids import CommitId
from store.index.commit_index import Index

Created = Mapping[CommitId, Sequence[CommitId]]


class InConflict(NamedTuple):
    """A commit with conflicts: its position in the index, its id and its change."""

    position: int
    commit: CommitId
    change: str


class ConflictChanges(NamedTuple):
    """The commits that are in conflict now but were not, and those that were but are not now.

    Parents come first.
    """

    new: tuple[CommitId, ...]
    resolved: tuple[CommitId, ...]


def commits_in_conflict(index: Index) -> list[InConflict]:
    """Return the visible commits with conflicts, parents first."""
    # The index on `conflict` has few rows; `+` keeps sqlite from using the one on `visible`.
    rows = index.query(
        "SELECT pos, id, change FROM commits JOIN changes USING (pos) "
        "WHERE conflict = 1 AND +visible = 1 ORDER BY pos"
    )
    return [InConflict(row[0], CommitId(row[1].hex()), row[2]) for row in rows]


def conflict_changes(
    index: Index, before: Sequence[InConflict], created: Created
) -> ConflictChanges:
    """Compare the conflicted commits before an operation with the present ones.

    `created` maps the commits that the operation made to those that they replace.
    """
    now = commits_in_conflict(index)
    if now == before:
        return ConflictChanges((), ())
    old, new = {one.change for one in before}, {one.change for one in now}
    at = {one.position for one in now}
    appeared = tuple(
        one.commit
        for one in now
        if one.change not in old
        and (created.get(one.commit, True) or at.isdisjoint(index.parents(one.position)))
    )
    return ConflictChanges(appeared, tuple(o.commit for o in before if o.change not in new))
