"""Marks: sets of commits closed under parents, each given by its roots.

`live` is what the session, tag and remote refs reach, `visible` is porcelain's. A commit
is marked exactly if it is a root or has a marked child, so moving a root costs only what
changes. A live commit without a live child is a leaf.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

Mark = Literal["live", "visible"]

_FEW = 24  # so many are done one by one, which is all there is to do nearly always
_WINDOW = 4000
_UNMARKED = (
    "WITH RECURSIVE up(pos) AS (SELECT pos FROM commits WHERE pos = ? AND {mark} = 0 UNION "
    "SELECT edges.parent FROM up CROSS JOIN edges ON edges.child = up.pos "
    "CROSS JOIN commits ON commits.pos = edges.parent AND {mark} = 0)"
)
_NEAREST = (
    "INSERT OR IGNORE INTO falling WITH RECURSIVE up(pos) AS (SELECT pos FROM falling UNION "
    "SELECT parent FROM up CROSS JOIN edges ON child = up.pos WHERE parent > 0 ORDER BY 1 DESC) "
    "SELECT pos FROM up LIMIT ?"
)
_CHILDREN = (
    "SELECT parent, child FROM edges CROSS JOIN commits ON pos = child "
    "WHERE parent IN falling AND {mark} = 1"
)


def add_root(connection: sqlite3.Connection, mark: Mark, position: int) -> None:
    """Count one more root at a position, and mark what that reaches."""
    connection.execute(
        "INSERT INTO roots VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
        (mark, position),
    )
    reached = _UNMARKED.format(mark=mark)
    update = f"UPDATE commits SET {mark} = 1 WHERE pos IN ({reached} SELECT pos FROM up)"
    if mark == "live":
        # All but the first continue a live commit now, or are the parent of one.
        above = f"{reached} SELECT parent FROM up CROSS JOIN edges ON child = up.pos"
        parents = connection.execute(above, (position,)).fetchall()
        connection.executemany("UPDATE commits SET leaf = 0 WHERE pos = ? AND leaf = 1", parents)
    if connection.execute(update, (position,)).rowcount and mark == "live":
        _set_leaf(connection, position)


def remove_root(connection: sqlite3.Connection, mark: Mark, position: int) -> None:
    """Count one root less at a position, and unmark what nothing holds any more."""
    where = "WHERE mark = ? AND pos = ?"
    connection.execute(f"UPDATE roots SET count = count - 1 {where}", (mark, position))
    connection.execute(f"DELETE FROM roots {where} AND count < 1", (mark, position))
    pending = [position]
    for _ in range(_FEW):
        if not pending:
            return
        pending += _unmark(connection, mark, pending.pop())
    while pending:
        pending = _unmark_many(connection, mark, pending)


def _unmark(connection: sqlite3.Connection, mark: Mark, here: int) -> list[int]:
    """Unmark one commit that nothing holds; return its parents, whose turn is next."""
    if not here:
        return []
    if _is_held(connection, mark, here):
        if mark == "live":
            _set_leaf(connection, here)
        return []
    sql = f"UPDATE commits SET {mark} = 0 WHERE pos = ? AND {mark} = 1"
    if not connection.execute(sql, (here,)).rowcount:
        return []
    if mark == "live":
        connection.execute("UPDATE commits SET leaf = 0 WHERE pos = ?", (here,))
    return [row[0] for row in _parents(connection, here)]


def _unmark_many(connection: sqlite3.Connection, mark: Mark, pending: list[int]) -> list[int]:
    """Unmark what nothing holds among commits and their nearest ancestors, children first.

    Returns those whose turn is next. Every position is below those of its children, so one that
    is reached has been told of all of them.
    """
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS falling (pos INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM falling")
    connection.executemany("INSERT OR IGNORE INTO falling VALUES (?)", [(p,) for p in pending if p])
    connection.execute(_NEAREST, (_WINDOW,))
    window = [row[0] for row in connection.execute("SELECT pos FROM falling ORDER BY pos DESC")]
    roots = "SELECT pos FROM roots WHERE mark = ? AND pos IN falling"
    held = {row[0] for row in connection.execute(roots, (mark,))}
    children: dict[int, list[int]] = {}
    for parent, child in connection.execute(_CHILDREN.format(mark=mark)):
        children.setdefault(parent, []).append(child)
    parents: dict[int, list[int]] = {}
    above = "SELECT child, parent FROM edges WHERE child IN falling"
    for child, parent in connection.execute(above):
        parents.setdefault(child, []).append(parent)
    due, gone, stays = set(pending), set[int](), set[int]()
    for here in window:
        if here not in due:
            continue
        if here in held or any(child not in gone for child in children.get(here, ())):
            stays.add(here)
            continue
        gone.add(here)
        due.update(parents.get(here, ()))
    off = f"UPDATE commits SET {mark} = 0{', leaf = 0' if mark == 'live' else ''} WHERE pos"
    connection.executemany(
        "DELETE FROM falling WHERE pos = ?", [(p,) for p in window if p not in gone]
    )
    connection.execute(f"{off} IN falling")
    if mark == "live":
        for here in stays:
            _set_leaf(connection, here)
    return [here for here in due - gone - stays if here and here not in window]


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
