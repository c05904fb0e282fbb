"""What is visible at any operation, worked out beside the index without changing it.

The index marks what the view that it shows makes visible. A `PastVisibility` starts from those marks
and is moved from view to view, remembering only where it differs: a move costs what it
changes, however many heads there are, so that a log of differences is linear in its length.
"""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.index.view_sync import VisibilityChange, add_change_ids
from porcelain.model.ids import OperationId
from porcelain.model.operation_store import read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS
from store.ids import CommitId, TreeId
from store.index.commit_index import Index
from store.objects.objects import ObjectReader

Roots = dict[str, TreeId]


class PastVisibility:
    """The commits that are visible, as of one view after the other."""

    def __init__(self, index: Index, reader: ObjectReader, shown: OperationId) -> None:
        """Begin at the operation whose view the index shows.

        Raises:
            CorruptOperation: it cannot be read.
        """
        self._index = index
        self._reader = reader
        self._heads = _heads(read_roots(reader, read_operation(reader, shown).view))
        self._is_head: dict[int, bool] = {}
        self._visible: dict[int, bool] = {}
        self._before: dict[int, bool] = {}
        laid_over = index.query("SELECT key, value FROM laid_over WHERE part = ?", (HEADS,))
        self._change([(key, value is not None) for key, value in laid_over])

    def move(self, roots: Roots) -> VisibilityChange:
        """Go to a view; return what that reveals and hides.

        Raises:
            ObjectNotFound, CorruptObject: the view cannot be read.
        """
        wanted = _heads(roots)
        found = diff_views(self._reader, self._heads, wanted)
        self._heads = wanted
        return self._change([(key, value is not None) for _, key, _, value in found])

    def _change(self, heads: list[tuple[str, bool]]) -> VisibilityChange:
        self._before = {}
        # Added first: what both old and new heads reach is then never hidden in between.
        for key, is_head in sorted(heads, key=lambda head: not head[1]):
            position = self._position(CommitId(key))
            self._is_head[position] = is_head
            if is_head:
                self._reveal(position)
            else:
                self._hide(position)
        flipped = sorted(p for p, old in self._before.items() if self._visible[p] != old)
        return VisibilityChange(
            [p for p in flipped if self._visible[p]], [p for p in flipped if not self._visible[p]]
        )

    def _position(self, commit_id: CommitId) -> int:
        position = self._index.position(commit_id)
        if position is None:
            with self._index.writing() as connection:
                self._index.ensure(self._reader, [commit_id])
                add_change_ids(connection)
            position = self._index.position(commit_id)
        assert position is not None
        return position

    def _reveal(self, position: int) -> None:
        pending = [position]
        while pending:
            here = pending.pop()
            if here and not self._sees(here):
                self._flip(here, visible=True)
                pending += self._index.parents(here)

    def _hide(self, position: int) -> None:
        pending = [position]
        while pending:
            here = pending.pop()
            if here and self._sees(here) and not self._is_held(here):
                self._flip(here, visible=False)
                pending += self._index.parents(here)

    def _flip(self, position: int, *, visible: bool) -> None:
        self._before.setdefault(position, not visible)
        self._visible[position] = visible

    def _sees(self, position: int) -> bool:
        known = self._visible.get(position)
        if known is None:
            sql = "SELECT visible FROM commits WHERE pos = ?"
            known = self._visible[position] = bool(self._index.query(sql, (position,))[0][0])
        return known

    def _is_held(self, position: int) -> bool:
        is_head = self._is_head.get(position)
        if is_head is None:
            sql = "SELECT 1 FROM roots WHERE mark = 'visible' AND pos = ?"
            is_head = self._is_head[position] = bool(self._index.query(sql, (position,)))
        if is_head:
            return True
        sql = "SELECT pos, visible FROM edges JOIN commits ON pos = child WHERE parent = ?"
        rows: Iterable[tuple[int, int]] = self._index.query(sql, (position,))
        return any(self._visible.get(child, bool(shown)) for child, shown in rows)


def _heads(roots: Roots) -> Roots:
    return {HEADS: roots[HEADS]} if HEADS in roots else {}
