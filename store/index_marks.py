"""Marks: sets of commits closed under parents, each given by its roots.

`live` is what the session, tag and remote refs reach, `visible` is porcelain's. A commit
is marked exactly if it is a root or has a marked child, so moving a root costs only what
changes. A live commit without a live child is a leaf.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

Mark = Literal["live", "visible"]


def add_root(connection: sqlite3.Connection, mark: Mark, position: int) -> None:
    """Count one more root at a position, and mark what that reaches."""
    connection.execute(
        "INSERT INTO roots VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
        (mark, position),
    )
    pending = [position]
    while pending:
        here = pending.pop()
        sql = f"UPDATE commits SET {mark} = 1 WHERE pos = ? AND {mark} = 0"
        if not here or not connection.execute(sql, (here,)).rowcount:
            continue
        parents = _parents(connection, here)
        if mark == "live":
            _set_leaf(connection, here)
            clear = "UPDATE commits SET leaf = 0 WHERE pos = ? AND leaf = 1"
            connection.executemany(clear, parents)
        pending += [row[0] for row in parents]


def remove_root(connection: sqlite3.Connection, mark: Mark, position: int) -> None:
    """Count one root less at a position, and unmark what nothing holds any more."""
    where = "WHERE mark = ? AND pos = ?"
    connection.execute(f"UPDATE roots SET count = count - 1 {where}", (mark, position))
    connection.execute(f"DELETE FROM roots {where} AND count < 1", (mark, position))
    pending = [position]
    while pending:
        here = pending.pop()
        if not here:
            continue
        if _is_held(connection, mark, here):
            if mark == "live":
                _set_leaf(connection, here)
            continue
        sql = f"UPDATE commits SET {mark} = 0 WHERE pos = ? AND {mark} = 1"
        if connection.execute(sql, (here,)).rowcount:
            if mark == "live":
                connection.execute("UPDATE commits SET leaf = 0 WHERE pos = ?", (here,))
            pending += [row[0] for row in _parents(connection, here)]


def _is_held(connection: sqlite3.Connection, mark: Mark, position: int) -> bool:
    root = "SELECT 1 FROM roots WHERE mark = ? AND pos = ?"
    if connection.execute(root, (mark, position)).fetchone():
        return True
    return _has_child(connection, mark, position)


def _has_child(connection: sqlite3.Connection, mark: Mark, position: int) -> bool:
    sql = f"SELECT 1 FROM edges JOIN commits ON pos = child WHERE parent = ? AND {mark} = 1 LIMIT 1"
    return connection.execute(sql, (position,)).fetchone() is not None


def _set_leaf(connection: sqlite3.Connection, position: int) -> None:
    leaf = not _has_child(connection, "live", position)
    connection.execute("UPDATE commits SET leaf = ? WHERE pos = ?", (leaf, position))


def _parents(connection: sqlite3.Connection, position: int) -> list[tuple[int]]:
    return connection.execute("SELECT parent FROM edges WHERE child = ?", (position,)).fetchall()
