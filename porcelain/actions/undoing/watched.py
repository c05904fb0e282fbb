"""Operations of `wj watch` and of hooks, which are no step of anybody's undo."""

from __future__ import annotations

from porcelain.actions.undoing.session_names import sequence_number
from porcelain.model.operation import WATCH, Operation
from porcelain.transaction.transaction import Transaction


def count_watched(tx: Transaction, since: Operation | None = None) -> int:
    """Return the number of operations of a watch in force, newer than one or all."""
    number = sequence_number(tx.index, since.id) if since is not None else 0
    where = "kind = ? AND undone < 1 AND seq > ? AND replica = ?"
    sql = f"SELECT count(*) FROM operations WHERE {where}"
    return int(tx.index.query(sql, (WATCH, number, tx.base.replica))[0][0])
