"""Normal heads of a view: no head is an ancestor of another.

This runs inside a write transaction of the index. Its marks always say which commits are
visible, so the cost depends on the change, not on the number of commits.
"""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.index.view_sync import put_rows
from porcelain.model.view_value import HEADS
from store.ids import CommitId
from store.index.commit_index import Index

HeadEdits = dict[str, str | None]
_CONTINUED = (
    "EXISTS (SELECT 1 FROM roots WHERE mark = 'visible' AND pos = commits.pos) AND "
    "EXISTS (SELECT 1 FROM edges JOIN commits AS child ON child.pos = edges.child "
    "WHERE parent = commits.pos AND child.visible = 1)"
)


def change_heads(index: Index, add: Iterable[CommitId], remove: Iterable[CommitId]) -> HeadEdits:
    """Add and remove heads, keeping them normal; return the edits.

    Parents of a removed head stay visible only if another commit continues them, or if they
    are added as heads. Commits must be in the index.
    """
    wanted, removed = dict.fromkeys(add), dict.fromkeys(remove)
    among = "SELECT key FROM view_rows WHERE part = ? AND key IN ({})"
    heads = {row[0] for row in index.query_among(among, [*wanted, *removed], HEADS)}
    new = [commit_id for commit_id in wanted if commit_id not in heads]
    gone = [commit_id for commit_id in removed if commit_id in heads and commit_id not in wanted]
    edits: HeadEdits = dict.fromkeys(new, "") | dict.fromkeys(gone)
    with index.writing() as connection:
        added = index.positions(new).values()
        change = index.move_roots("visible", added, index.positions(gone).values())
        above = "SELECT parent FROM edges WHERE child IN ({})"
        suspects = {*added, *(row[0] for row in index.query_among(above, change.marked))}
        continued = sorted(index.among(_CONTINUED, suspects - {0}))
        # All that these reach stays visible through the commits that continue them.
        index.move_roots("visible", (), continued)
        sql = "SELECT lower(hex(id)) FROM commits WHERE pos IN ({})"
        edits |= {row[0]: None for row in index.query_among(sql, continued)}
        put_rows(connection, [(HEADS, commit_id, value) for commit_id, value in edits.items()])
    return edits
