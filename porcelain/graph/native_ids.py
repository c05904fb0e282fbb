"""Find commits by the ids that agents gave to their conversations.

A conversation id stands for the tip of its session; without a session, for the only visible head
of the conversation.
"""

from __future__ import annotations

from porcelain.errors import AmbiguousNativeId
from porcelain.model.view_value import SESSIONS
from store.index.commit_index import Index

_OF = "FROM commits WHERE visible = 1 AND conversation IN (SELECT id FROM conversations WHERE native = ?)"
_TIPS = (
    f"SELECT pos {_OF} AND EXISTS (SELECT 1 FROM view_rows WHERE part = ? "
    "AND value = lower(hex(commits.id))) ORDER BY pos DESC"
)
_HEADS = (
    f"SELECT pos {_OF} AND NOT EXISTS (SELECT 1 FROM edges JOIN commits AS next ON next.pos = child "
    "WHERE parent = commits.pos AND next.visible = 1) ORDER BY pos DESC"
)


def position_by_native_id(index: Index, native_id: str) -> int | None:
    """Return the commit that an agent's id of a conversation stands for, or None.

    Raises:
        AmbiguousNativeId: several sessions, or heads without a session, hold the conversation.
    """
    rows = index.query(_TIPS, (native_id, SESSIONS)) or index.query(_HEADS, (native_id,))
    if len(rows) > 1:
        raise AmbiguousNativeId(native_id, [index.row_at(pos).id[:12] for (pos,) in rows])
    return rows[0][0] if rows else None


def conversations(index: Index, native_id: str) -> set[int]:
    """Return the index's rows of a conversation: one for each state of what is known about it."""
    rows = index.query("SELECT id FROM conversations WHERE native = ?", (native_id,))
    return {row for (row,) in rows}
