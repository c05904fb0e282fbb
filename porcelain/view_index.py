"""Keeping the head view and the operation log in the index; `porcelain.view_rows` reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from porcelain.change_id import change_id_of
from porcelain.ids import OperationId
from porcelain.operation import (
    ROOT_OPERATION,
    Operation,
    encode_operation,
)
from porcelain.operation_log import kept_commits, read_operation
from porcelain.view import HEADS, diff_views, read_roots
from porcelain.view_rows import (
    TABLES,
    VERSION,
    change_id_at,
    conflicted_names,
    get_row,
    indexed_head,
    is_continued,
    keys_of,
    names_at,
    open_view_index,
    operation_rows,
    part_rows,
    parts,
    versions,
)
from store.ids import CommitId, TreeId
from store.index import Index
from store.objects import ObjectReader

__all__ = [
    "TABLES",
    "VERSION",
    "Visibility",
    "add_change_ids",
    "add_operation",
    "catch_up",
    "change_id_at",
    "conflicted_names",
    "follows",
    "get_row",
    "indexed_head",
    "is_continued",
    "keys_of",
    "lay_over",
    "names_at",
    "open_view_index",
    "operation_rows",
    "part_rows",
    "parts",
    "set_row",
    "supposing",
    "take_off",
    "versions",
    "visibility_change",
]


class Visibility(NamedTuple):
    """Positions that a change of heads makes visible, and hides; rising."""

    revealed: list[int]
    hidden: list[int]


def catch_up(index: Index, reader: ObjectReader, head: OperationId) -> set[tuple[str, str]]:
    """Make the index hold the view of `head`; return the (part, key) that changed.

    Whatever was laid over the view is taken off first.

    Raises:
        CorruptOperation, ObjectNotFound, CorruptObject: the log cannot be read.
    """
    with index.writing() as connection:
        touched = take_off(index)
        before = indexed_head(index)
        if before != head:
            _add_operations(index, reader, connection, head)
            old_roots = read_roots(reader, read_operation(reader, before).view)
            new_roots = read_roots(reader, read_operation(reader, head).view)
            touched |= _apply_diff(index, reader, connection, old_roots, new_roots)
            connection.execute("REPLACE INTO meta VALUES ('head', ?)", (head,))
        add_change_ids(connection)
    return touched


def follows(index: Index, reader: ObjectReader, head: OperationId) -> bool:
    """Tell whether `head` continues the log that the index holds.

    It does not after operations were abandoned; then the index has to be made anew.

    Raises:
        CorruptOperation: the log cannot be read.
    """
    before = indexed_head(index)
    pending, seen = [head], {ROOT_OPERATION}
    while pending and before not in (head, ROOT_OPERATION):
        operation_id = pending.pop()
        if operation_id == before:
            return True
        known = index.query("SELECT 1 FROM operations WHERE id = ?", (operation_id,))
        if operation_id not in seen and not known:
            pending += read_operation(reader, operation_id).data.parents
        seen.add(operation_id)
    return before in (head, ROOT_OPERATION)


def set_row(index: Index, part: str, key: str, value: str | None) -> None:
    """Change one row of the view as the index shows it, heads' marks included."""
    with index.writing() as connection:
        old = get_row(index, part, key)
        if old == value:
            return
        if value is None:
            connection.execute("DELETE FROM view_rows WHERE part = ? AND key = ?", (part, key))
        else:
            connection.execute("REPLACE INTO view_rows VALUES (?, ?, ?)", (part, key, value))
        if part == HEADS:
            position = index.position(key)
            if value is None:
                index.move_root("visible", position, None)
            else:
                index.move_root("visible", None, position)


def lay_over(index: Index, part: str, key: str, value: str | None) -> None:
    """Show a value that the head operation's view does not have."""
    with index.writing() as connection:
        row = get_row(index, part, key)
        if row != value:
            sql = "INSERT OR IGNORE INTO laid_over VALUES (?, ?, ?)"
            connection.execute(sql, (part, key, row))
            set_row(index, part, key, value)


def take_off(index: Index) -> set[tuple[str, str]]:
    """Show the head operation's view as it is again; return what that changed."""
    rows = index.query("SELECT part, key, value FROM laid_over")
    if rows:
        with index.writing() as connection:
            connection.execute("DELETE FROM laid_over")
            for part, key, value in rows:
                set_row(index, part, key, value)
    return {(part, key) for part, key, _ in rows}


@contextmanager
def supposing(index: Index) -> Iterator[None]:
    """Try changes of the index out: whatever the block does to it is taken back."""
    with index.writing() as connection:
        connection.execute("SAVEPOINT supposing")
        try:
            yield
        finally:
            connection.execute("ROLLBACK TO supposing")
            connection.execute("RELEASE supposing")


def visibility_change(index: Index, added: Iterable[int], removed: Iterable[int]) -> Visibility:
    """Add and take away visible heads (for good: see `supposing`); return what that did."""
    added, removed = list(added), list(removed)
    with index.writing() as connection:
        # Both stay for as long as the connection: making a trigger anew each time costs more
        # than all that it notes.
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS flips (pos INTEGER, visible INTEGER)")
        connection.execute(
            "CREATE TEMP TRIGGER IF NOT EXISTS note_flip AFTER UPDATE OF visible ON main.commits "
            "BEGIN INSERT INTO flips VALUES (old.pos, old.visible); END"
        )
        connection.execute("DELETE FROM flips")
        for position in added:
            index.move_root("visible", None, position)
        for position in removed:
            index.move_root("visible", position, None)
        # A commit may flip twice; its first old value against what it is now counts.
        rows = connection.execute(
            "SELECT f.pos, c.visible FROM "
            "(SELECT pos, visible, min(rowid) FROM flips GROUP BY pos) f "
            "JOIN commits c ON c.pos = f.pos WHERE c.visible <> f.visible ORDER BY f.pos"
        ).fetchall()
    return Visibility([p for p, on in rows if on], [p for p, on in rows if not on])


def _add_operations(
    index: Index, reader: ObjectReader, connection: sqlite3.Connection, head: OperationId
) -> None:
    pending: list[Operation] = []
    stack = [head]
    seen: set[str] = set()
    while stack:
        operation_id = stack.pop()
        known = "SELECT 1 FROM operations WHERE id = ?"
        if operation_id == ROOT_OPERATION or operation_id in seen:
            continue
        if connection.execute(known, (operation_id,)).fetchone():
            continue
        seen.add(operation_id)
        operation = read_operation(reader, operation_id)
        pending.append(operation)
        stack += operation.data.parents
    for operation in _parents_first(pending):
        index.ensure(reader, kept_commits(reader, operation))
        add_operation(connection, operation)


def add_operation(connection: sqlite3.Connection, operation: Operation) -> None:
    """Insert an operation whose parents are there, and note what it undoes."""
    data = operation.data
    connection.execute(
        "INSERT OR IGNORE INTO operations (id, view, replica, workspace, kind, data) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (operation.id, operation.view or "", data.replica, data.workspace, data.kind,
         encode_operation(data)),
    )  # fmt: skip
    undone = "UPDATE operations SET undone = undone + ? WHERE id = ?"
    if "undoes" in data.links:
        connection.execute(undone, (1, data.links["undoes"]))
    if "redoes" in data.links:
        connection.execute(undone, (1, data.links["redoes"]))
        connection.execute(undone, (-1, data.links.get("target")))


def _parents_first(operations: list[Operation]) -> Iterator[Operation]:
    waiting = {operation.id: operation for operation in operations}
    stack = list(reversed(operations))
    while stack:
        operation = stack[-1]
        above = [waiting[p] for p in operation.data.parents if p in waiting]
        if operation.id not in waiting:
            stack.pop()
        elif above:
            stack += above
        else:
            yield waiting.pop(operation.id)
            stack.pop()


def _apply_diff(
    index: Index,
    reader: ObjectReader,
    connection: sqlite3.Connection,
    old: dict[str, TreeId],
    new: dict[str, TreeId],
) -> set[tuple[str, str]]:
    touched = set()
    heads: list[tuple[str, str | None]] = []
    for part, key, _, value in diff_views(reader, old, new):
        if part == HEADS:
            heads.append((key, value))
            continue
        touched.add((part, key))
        if value is None:
            connection.execute("DELETE FROM view_rows WHERE part = ? AND key = ?", (part, key))
        else:
            connection.execute("REPLACE INTO view_rows VALUES (?, ?, ?)", (part, key, value))
    index.ensure(reader, [CommitId(key) for key, value in heads if value is not None])
    # Added first: what both old and new heads reach is then never unmarked in between.
    for key, value in sorted(heads, key=lambda head: head[1] is None):
        set_row(index, HEADS, key, value)
    return touched


def add_change_ids(connection: sqlite3.Connection) -> None:
    """Note the change ids of commits that were added since last time."""
    rows = connection.execute(
        "SELECT pos, id, header FROM commits WHERE pos > (SELECT coalesce(max(pos), 0) FROM changes)"
    ).fetchall()
    values = [
        (pos, change_id_of(CommitId(commit_id.hex()), (("change-id", header),) if header else ()))
        for pos, commit_id, header in rows
    ]
    connection.executemany(
        "INSERT INTO changes VALUES (?1, ?2, EXISTS (SELECT 1 FROM changes WHERE change = ?2))",
        values,
    )
