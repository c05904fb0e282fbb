"""Keeping a view's heads normal: no head is an ancestor of another.

All of this runs inside a write transaction of the index, whose marks say at any moment
what is visible, so the cost depends on what changes, not on how much there is.
"""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.view import HEADS
from porcelain.view_index import Visibility, get_row, is_continued, visibility_change
from store.ids import CommitId
from store.index import Index

HeadEdits = dict[str, str | None]


def change_heads(
    index: Index, add: Iterable[CommitId], remove: Iterable[CommitId]
) -> tuple[HeadEdits, Visibility]:
    """Add and remove heads, keeping them normal; return the edits and what they showed.

    A head that is removed leaves its parents visible only where something else holds
    them; add those that should stay. Commits must be in the index.
    """
    edits: HeadEdits = {}
    gone = [c for c in dict.fromkeys(remove) if get_row(index, HEADS, c) is not None]
    new = [c for c in dict.fromkeys(add) if c in gone or get_row(index, HEADS, c) is None]
    gone = [c for c in gone if c not in new]
    new = [c for c in new if get_row(index, HEADS, c) is None]
    seen = visibility_change(index, _positions(index, new), _positions(index, gone))
    for commit_id in new:
        _row(index, edits, commit_id, "")
    for commit_id in gone:
        _row(index, edits, commit_id, None)
    suspects = set(_positions(index, new))
    for position in seen.revealed:
        suspects.update(index.parents(position))
    for position in sorted(suspects - {0}):
        commit_id = index.row_at(position).id
        if get_row(index, HEADS, commit_id) is not None and is_continued(index, position):
            index.move_root("visible", position, None)
            _row(index, edits, commit_id, None)
    return edits, seen


def _positions(index: Index, commits: Iterable[CommitId]) -> list[int]:
    found = [index.position(commit_id) for commit_id in commits]
    return [position for position in found if position is not None]


def _row(index: Index, edits: HeadEdits, commit_id: CommitId, value: str | None) -> None:
    with index.writing() as connection:
        if value is None:
            sql = "DELETE FROM view_rows WHERE part = ? AND key = ?"
            connection.execute(sql, (HEADS, commit_id))
        else:
            connection.execute("REPLACE INTO view_rows VALUES (?, ?, '')", (HEADS, commit_id))
    edits[commit_id] = value
