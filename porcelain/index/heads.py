"""Keeping a view's heads normal: no head is an ancestor of another.

All of this runs inside a write transaction of the index, whose marks say at any moment
what is visible, so the cost depends on what changes, not on how much there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from porcelain.index.view_rows import get_row, is_continued
from porcelain.index.view_sync import VisibilityChange, visibility_change
from porcelain.model.view_value import HEADS
from store.ids import CommitId
from store.index.commit_index import Index

HeadEdits = dict[str, str | None]
_V = TypeVar("_V")
_AT_ONCE = 500


def change_heads(
    index: Index, add: Iterable[CommitId], remove: Iterable[CommitId]
) -> tuple[HeadEdits, VisibilityChange]:
    """Add and remove heads, keeping them normal; return the edits and what they showed.

    A head that is removed leaves its parents visible only where something else holds
    them; add those that should stay. Commits must be in the index.
    """
    edits: HeadEdits = {}
    removed = dict.fromkeys(remove)
    heads = _heads_among(index, removed)
    gone = [c for c in removed if c in heads]
    new = [c for c in dict.fromkeys(add) if c in gone or get_row(index, HEADS, c) is None]
    gone = [c for c in gone if c not in new]
    new = [c for c in new if get_row(index, HEADS, c) is None]
    seen = visibility_change(index, _positions(index, new), _positions(index, gone))
    for commit_id in new:
        _row(index, edits, commit_id, "")
    for commit_id in gone:
        _row(index, edits, commit_id, None)
    suspects = {*_positions(index, new), *_parents(index, seen.revealed)}
    for position in _roots_among(index, sorted(suspects - {0})):
        commit_id = index.row_at(position).id
        if get_row(index, HEADS, commit_id) is not None and is_continued(index, position):
            index.move_root("visible", position, None)
            _row(index, edits, commit_id, None)
    return edits, seen


def _heads_among(index: Index, commits: Iterable[CommitId]) -> set[str]:
    sql = "SELECT key FROM view_rows WHERE part = ? AND key IN ({})"
    return {row[0] for some in _portions(list(commits)) for row in _ask(index, sql, some, HEADS)}


def _parents(index: Index, positions: Sequence[int]) -> set[int]:
    sql = "SELECT parent FROM edges WHERE child IN ({})"
    return {row[0] for some in _portions(positions) for row in _ask(index, sql, some)}


def _roots_among(index: Index, positions: Sequence[int]) -> list[int]:
    sql = "SELECT pos FROM roots WHERE mark = ? AND pos IN ({})"
    return sorted(r[0] for some in _portions(positions) for r in _ask(index, sql, some, "visible"))


def _portions(values: Sequence[_V]) -> Iterator[Sequence[_V]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _ask(index: Index, sql: str, values: Sequence[object], *first: object) -> list[tuple[Any, ...]]:
    marks = ", ".join("?" * len(values))
    found: list[tuple[Any, ...]] = index.query(sql.format(marks), [*first, *values])
    return found


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
