"""Which changes came into conflict by an operation, and which of them are settled by it.

A change counts once, whatever its commits are: what was in conflict and is so still is neither.
A new commit that merely continues a conflict is not new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from store.ids import CommitId
from store.index.commit_index import Index

Created = Mapping[CommitId, Sequence[CommitId]]


class InConflict(NamedTuple):
    """A commit with conflicts in it: its position in the index, its id and its change."""

    position: int
    commit: CommitId
    change: str


class ConflictChanges(NamedTuple):
    """The commits that are in conflict now and were not, parents first, and the other way round."""

    new: tuple[CommitId, ...]
    resolved: tuple[CommitId, ...]


def commits_in_conflict(index: Index) -> list[InConflict]:
    """Return the visible commits with conflicts, parents first."""
    # The index on `visible` is of no use here: that on `conflict` holds few.
    rows = index.query(
        "SELECT pos, id, change FROM commits JOIN changes USING (pos) "
        "WHERE conflict = 1 AND +visible = 1 ORDER BY pos"
    )
    return [InConflict(row[0], CommitId(row[1].hex()), row[2]) for row in rows]


def conflict_changes(
    index: Index, before: Sequence[InConflict], created: Created
) -> ConflictChanges:
    """Compare what was in conflict before an operation with what is now.

    `created` are the commits that it made, with what they replace.
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
