"""Move a copy of the index to the state after an earlier operation.

Every question is then answered as of that operation, and nothing is written. A transaction works
on that state and is rebased onto the newest one (see `porcelain.transaction.rebase_transaction`).
"""

from __future__ import annotations

from porcelain.index.operation_walk import only_before
from porcelain.index.view_rows import indexed_head
from porcelain.index.view_sync import remove_overlay, set_row
from porcelain.model.ids import OperationId
from porcelain.model.operation_store import read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS
from porcelain.repo.reader import RepoReader
from store.ids import CommitId


def move_view(repo: RepoReader, operation_id: OperationId) -> None:
    """Make the index show the view of an operation."""
    reader, index = repo.repository, repo.index
    with index.writing() as connection:
        remove_overlay(index)
        head = indexed_head(index)
        now = read_roots(reader, read_operation(reader, head).view)
        then = read_roots(reader, read_operation(reader, operation_id).view, operation_id)
        changes = list(diff_views(reader, now, then, {}))
        index.ensure(
            reader, [CommitId(c[1]) for c in changes if c[0] == HEADS and c[3] is not None]
        )
        # Heads are added before others are removed, so that commits below both stay visible.
        for part, key, _, value in sorted(changes, key=lambda change: change[3] is None):
            set_row(index, part, key, value)
        later = [(operation.id,) for operation in only_before(index, head, operation_id)]
        connection.executemany("DELETE FROM operations WHERE id = ?", later)
        connection.execute("REPLACE INTO meta VALUES ('head', ?)", (operation_id,))
