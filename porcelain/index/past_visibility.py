"""The visible commits at any operation, worked out in memory without changing the index.

The marks of the index are the start, and the state is moved from view to view. The cost of a
move depends on the change, not on the number of heads, so a log of differences is linear in
its length.
"""

from __future__ import annotations

from porcelain.index.view_sync import add_change_ids
from porcelain.model.ids import OperationId
from porcelain.model.operation_store import read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS
from store.ids import CommitId, TreeId
from store.index.commit_index import Index
from store.index.reachability import MarkChange, MarksOverlay
from store.objects.objects import ObjectReader

Roots = dict[str, TreeId]


class PastVisibility:
    """The commits that one view after another makes visible."""

    def __init__(self, index: Index, reader: ObjectReader, shown: OperationId) -> None:
        """Begin with the operation whose view the index shows.

        Raises:
            CorruptOperation: it cannot be read.
        """
        self._index = index
        self._reader = reader
        self._heads = _heads(read_roots(reader, read_operation(reader, shown).view))
        self._marks = MarksOverlay(index, "visible")
        overlay = index.query("SELECT key, value FROM laid_over WHERE part = ?", (HEADS,))
        self._move_roots([(key, value is not None) for key, value in overlay])

    def move(self, roots: Roots) -> MarkChange:
        """Go to a view; return the commits that become visible and those that become hidden.

        Raises:
            ObjectNotFound, CorruptObject: the view cannot be read.
        """
        wanted = _heads(roots)
        found = diff_views(self._reader, self._heads, wanted)
        self._heads = wanted
        return self._move_roots([(key, value is not None) for _, key, _, value in found])

    def _move_roots(self, heads: list[tuple[str, bool]]) -> MarkChange:
        commits = [CommitId(key) for key, _ in heads]
        if len(positions := self._index.positions(commits)) < len(commits):
            with self._index.writing() as connection:
                self._index.ensure(self._reader, commits)
                add_change_ids(connection)
            positions = self._index.positions(commits)
        added = [positions[CommitId(key)] for key, is_head in heads if is_head]
        return self._marks.move_roots(
            added, [positions[CommitId(key)] for key, is_head in heads if not is_head]
        )


def _heads(roots: Roots) -> Roots:
    return {HEADS: roots[HEADS]} if HEADS in roots else {}
