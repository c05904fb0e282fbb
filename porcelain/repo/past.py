"""The repository as it was after an earlier operation, to look at and to act on.

The index is copied into memory and its view moved to that operation's, so that every question
is answered as it would have been then; nothing is written. A transaction is worked out there,
like that of a command that began then and took until now, and landed on the newest state (see
`porcelain.transaction.rebase_transaction`), which is what this shows from then on.
"""

from __future__ import annotations

from porcelain.index.operation_walk import only_before
from porcelain.index.view_rows import indexed_head
from porcelain.index.view_sync import remove_overlay, set_row
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION
from porcelain.model.operation_store import read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS
from porcelain.repo.reader import RepoReader
from store.ids import CommitId
from store.index.commit_index import Index


def move_view(repo: RepoReader, operation_id: OperationId) -> None:
    """Make the index show the view of an operation."""
    reader, index = repo.repository, repo.index
    with index.writing():
        remove_overlay(index)
        now = read_roots(reader, read_operation(reader, indexed_head(index)).view)
        then = read_roots(reader, read_operation(reader, operation_id).view)
        changes = list(diff_views(reader, now, then))
        index.ensure(
            reader, [CommitId(c[1]) for c in changes if c[0] == HEADS and c[3] is not None]
        )
        # Heads are added before others are taken away: what both reach stays visible throughout.
        for part, key, _, value in sorted(changes, key=lambda change: change[3] is None):
            set_row(index, part, key, value)
        _forget_later(index, operation_id)


def _forget_later(index: Index, operation_id: OperationId) -> None:
    """Take the operations out of the index that are neither this one nor before it."""
    before = {operation.id for operation in only_before(index, operation_id, ROOT_OPERATION)}
    with index.writing() as connection:
        later = [row for row in index.query("SELECT id FROM operations") if row[0] not in before]
        connection.executemany("DELETE FROM operations WHERE id = ?", later)
