"""Find commits by the ids that agents gave to their conversations and rows.

A conversation id stands for the tip of its session; without a session, for the only visible head
of the conversation. A row id stands for the commit that adds the row.
"""

from __future__ import annotations

from porcelain.errors import AmbiguousNativeId
from porcelain.graph.native_rows import heads_of, position_by_row_id
from porcelain.index.view_rows import get_row, part_rows
from porcelain.model.source import Source, SourceKey
from porcelain.model.view_value import IMPORTS, SESSIONS, parse_target
from store.index.commit_index import Index

_OF = "FROM commits WHERE visible = 1 AND conversation IN (SELECT id FROM conversations WHERE native = ?)"
_TIPS = (
    f"SELECT pos {_OF} AND EXISTS (SELECT 1 FROM view_rows WHERE part = ? "
    "AND value = lower(hex(commits.id))) ORDER BY pos DESC"
)


def position_by_native_id(index: Index, native_id: str) -> int | None:
    """Return the commit that an agent's id of a conversation or row stands for, or None.

    Raises:
        AmbiguousNativeId: several sessions, or heads without a session, hold the conversation.
    """
    rows = index.query(_TIPS, (native_id, SESSIONS)) or [
        (head,) for head in heads_of(index, native_id)
    ]
    if len(rows) > 1:
        raise AmbiguousNativeId(native_id, [index.row_at(pos).id[:12] for (pos,) in rows])
    if rows:
        position: int = rows[0][0]
        return position
    return _of_source(index, native_id) or position_by_row_id(index, native_id)


def _of_source(index: Index, native_id: str) -> int | None:
    """Return the tip of the session to which a file under this id was imported, as by `resume`."""
    for key, text in part_rows(index, IMPORTS):
        if native_id in key:
            source = Source.of(text)
            if SourceKey.of(key, source).native_id == native_id:
                target = parse_target(get_row(index, SESSIONS, source.session))
                if len(target) == 1 and target[0] is not None:
                    return index.position(target[0])
    return None


def conversations(index: Index, native_id: str) -> set[int]:
    """Return the index's rows of a conversation: one for each state of what is known about it."""
    rows = index.query("SELECT id FROM conversations WHERE native = ?", (native_id,))
    return {row for (row,) in rows}
