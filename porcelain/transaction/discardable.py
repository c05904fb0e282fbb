"""Commits that nobody would miss: an empty `@` that a workspace has left.

Empty, untitled, childless, and without a name or another workspace on it, as in jj.
"""

from __future__ import annotations

from typing import Protocol

from porcelain.index.view_rows import is_continued, names_at, part_rows
from porcelain.model.view_value import SESSIONS, TAGS, WORKSPACES, Workspace
from porcelain.transaction.rebase_descendants import Rewriting
from store.ids import CommitId


class Leaving(Rewriting, Protocol):
    """What leaving needs of the transaction that it happens in."""

    @property
    def workspace_key(self) -> str:
        """The key of the acting workspace."""
        ...


def to_drop(tx: Leaving, commit_id: CommitId) -> CommitId | None:
    """Return the commit to abandon when a workspace leaves one: itself, or what it became.

    None where somebody would miss it.
    """
    left, gone = commit_id, tx.rewrites.abandoned
    while left not in gone and len(news := tx.rewrites.rewritten.get(left, ())) == 1:
        left = news[0]
    if left in gone or not is_discardable(tx, left) or _is_named(tx, commit_id):
        return None
    return left


def is_discardable(tx: Leaving, commit_id: CommitId) -> bool:
    """Tell whether nobody would miss a commit.

    That it is the acting workspace's own `@` does not count.
    """
    row = tx.index.row(commit_id)
    if row is None or not row.visible or not row.empty or (row.subject and not row.generated):
        return False
    return not is_continued(tx.index, row.pos) and not _is_named(tx, commit_id)


def stands_elsewhere(tx: Leaving, commit_id: CommitId) -> bool:
    """Tell whether another workspace than the acting one stands on a commit."""
    return any(
        key != tx.workspace_key and Workspace.of(value).commit == commit_id
        for key, value in part_rows(tx.index, WORKSPACES)
    )


def _is_named(tx: Leaving, commit_id: CommitId) -> bool:
    if any(names_at(tx.index, part, commit_id) for part in (SESSIONS, TAGS)):
        return True
    return stands_elsewhere(tx, commit_id)
