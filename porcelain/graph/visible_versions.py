"""The visible versions of a commit that may have been rewritten."""

from __future__ import annotations

from porcelain.index.view_rows import change_id_at, names_at, versions
from porcelain.model.view_value import SESSIONS
from store.ids import CommitId
from store.index.commit_index import Index

_MOST_LOOKED_AT = 1000


def visible_versions(index: Index, commit_id: CommitId) -> list[CommitId]:
    """Return the visible commits of a commit's change, newest first."""
    position = index.position(commit_id)
    if position is None:
        return []
    rows = [index.row_at(pos) for pos in versions(index, change_id_at(index, position))]
    return [row.id for row in rows if row.visible]


def visible_version(index: Index, commit_id: CommitId) -> CommitId | None:
    """Return the commit if it is visible, else the one visible commit of its change.

    None if the change is gone or divergent.
    """
    row = index.row(commit_id)
    if row is not None and row.visible:
        return commit_id
    found = visible_versions(index, commit_id)
    return found[0] if len(found) == 1 else None


def name_ahead(index: Index, commit_id: CommitId) -> str | None:
    """Return a session at a visible commit, or at the nearest one that continues it."""
    position = index.position(commit_id)
    pending = [] if position is None else [position]
    for here in pending:
        names = names_at(index, SESSIONS, index.row_at(here).id)
        if names:
            return names[0]
        pending += [p for p in index.children(here, "visible") if p not in pending]
        if len(pending) > _MOST_LOOKED_AT:
            break
    return None
