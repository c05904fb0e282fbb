"""Replicas: the operations and workspaces that belong to this copy.

A copy without a replica of its own (a mirror clone, `cp -r`, a restored backup) gets one at its
first write and continues the replica of the head operation: it renames that replica's workspaces,
and the operations up to there count as its own, so that undo works in it.
"""

from __future__ import annotations

import json

from porcelain.index.view_rows import part_rows, require_readable, value_faults
from porcelain.model.view_value import WORKSPACES
from porcelain.transaction.transaction import Transaction
from store.index.commit_index import Index

_NEWEST = "SELECT replica FROM operations WHERE replica <> '' ORDER BY seq DESC LIMIT 1"
CONTINUES = "continues"
RENAMES = "renames"


def continue_replica(tx: Transaction) -> None:
    """Rename the continued replica's workspaces, at a new replica's first operation.

    Raises:
        CorruptOperation: the position of one of them cannot be read, and would be lost.
    """
    own = tx.base.replica
    sql = "SELECT 1 FROM operations WHERE replica = ? AND workspace IS NOT NULL LIMIT 1"
    if tx.index.query(sql, (own,)):
        return
    rows = tx.index.query(
        "SELECT replica FROM operations WHERE replica NOT IN ('', ?) ORDER BY seq DESC LIMIT 1",
        (own,),
    )
    if not rows:
        return
    before = rows[0][0]
    for part, key in value_faults(tx.index):
        if part == WORKSPACES and key.startswith(f"{before}/"):
            require_readable(tx.index, part, key)
    for key, value in part_rows(tx.index, WORKSPACES, f"{before}/"):
        tx.set(WORKSPACES, key, None)
        tx.set(WORKSPACES, f"{own}/{key[len(before) + 1 :]}", value)
    tx.carried = dict(tx.edits.get(WORKSPACES, {}))
    tx.attributes[CONTINUES] = before


def oldest_replica(index: Index, own: str) -> str:
    """Return the first of the replicas that this copy continues, or its own.

    The locations of imported files name it, so that they outlive a copy of the repository.
    """
    return own_ranges(index, own)[-1][0]


def own_ranges(index: Index, own: str) -> list[tuple[str, int]]:
    """Return (replica, highest seq) of the operations that count as this copy's own."""
    ranges: list[tuple[str, int]] = [(own, 1 << 60)]
    seen = {own}
    while True:
        replica, _ = ranges[-1]
        before, seq = _continued(index, replica)
        if not before or before in seen:
            break
        seen.add(before)
        ranges.append((before, seq))
    if len(ranges) == 1 and not index.query(
        "SELECT 1 FROM operations WHERE replica = ? LIMIT 1", (own,)
    ):
        # Nothing was written here yet: this copy continues the head operation's replica.
        rows = index.query(_NEWEST)
        if rows and rows[0][0] != own:
            return [(own, 1 << 60), *own_ranges(index, rows[0][0])]
    return ranges


def _continued(index: Index, replica: str) -> tuple[str, int]:
    """Return the replica that one continues, and from which operation on; "" for none."""
    # Outside changes may have been recorded before its first own operation.
    sql = "SELECT seq, data FROM operations WHERE replica = ? ORDER BY seq LIMIT 250"
    for seq, data in index.query(sql, (replica,)):
        before = json.loads(data)["attributes"].get(CONTINUES)
        if before:
            return str(before), seq
    return "", 0
