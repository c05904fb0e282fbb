"""Discardable commits: an empty `@` that a workspace has left.

As in jj, such a commit is empty, untitled and childless, and no name or other workspace is on it.
"""

from __future__ import annotations

from porcelain.index.view_rows import is_continued, names_at, part_rows
from porcelain.model.view_value import SESSIONS, TAGS, WORKSPACES, Workspace
from porcelain.transaction.rebase_descendants import Rewriting
from store.ids import CommitId


def commit_to_drop(tx: Rewriting, commit_id: CommitId) -> CommitId | None:
    """Return the commit to abandon when a workspace leaves one: itself or its successor.

    None if it is not discardable.
    """
    left, gone = commit_id, tx.rewrites.abandoned
    while left not in gone and len(news := tx.rewrites.rewritten.get(left, ())) == 1:
        left = news[0]
    if left in gone or not is_discardable(tx, left) or _is_named(tx, commit_id):
        return None
    return left


def is_discardable(tx: Rewriting, commit_id: CommitId) -> bool:
    """Tell whether a commit is discardable, once the acting workspace has left it."""
    row = tx.index.row(commit_id)
    if row is None or not row.visible or not row.empty or (row.subject and not row.generated):
        return False
    return not is_continued(tx.index, row.pos) and not _is_named(tx, commit_id)


def stands_elsewhere(tx: Rewriting, commit_id: CommitId) -> bool:
    """Tell whether another workspace than the acting one is on a commit."""
    return any(
        key != tx.workspace_key and Workspace.of(value).commit == commit_id
        for key, value in part_rows(tx.index, WORKSPACES)
    )


def _is_named(tx: Rewriting, commit_id: CommitId) -> bool:
    named = any(names_at(tx.index, part, commit_id) for part in (SESSIONS, TAGS))
    return named or stands_elsewhere(tx, commit_id)
