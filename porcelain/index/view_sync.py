"""Keeping the head view and the operation log in the index; `porcelain.index.view_rows` reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from porcelain.errors import CorruptOperation
from porcelain.index.view_rows import get_row, indexed_head, part_rows, parts
from porcelain.model.change_id import change_id_of
from porcelain.model.ids import OperationId
from porcelain.model.operation import (
    ROOT_OPERATION,
    NewerOperation,
    Operation,
    encode_operation,
)
from porcelain.model.operation_store import is_keep_commit, kept_commits, read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS
from store.errors import ObjectError
from store.ids import CommitId, is_full_id
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader


class VisibilityChange(NamedTuple):
    """Positions that a change of heads makes visible, and hides; rising."""

    revealed: list[int]
    hidden: list[int]


def catch_up(index: Index, reader: ObjectReader, head: OperationId) -> set[tuple[str, str]]:
    """Make the index hold the view of `head`; return the (part, key) that changed.

    Whatever was laid over the view is taken off first. Older operations that cannot be read
    become gaps (`log_gaps`), and commits that cannot be are left out.

    Raises:
        CorruptOperation, ObjectNotFound, CorruptObject: the head operation cannot be read.
    """
    with index.writing() as connection:
        touched = remove_overlay(index)
        before = indexed_head(index)
        if before != head:
            _add_operations(index, reader, connection, head)
            changes = _changes(index, reader, before, head)
            touched |= _apply(index, reader, connection, changes)
            connection.execute("REPLACE INTO meta VALUES ('head', ?)", (head,))
        add_change_ids(connection)
    return touched


def begin_log(index: Index, reader: ObjectReader, head: OperationId) -> None:
    """Take the log up to `head` into an index that has none of it, with all its commits.

    Done before the refs are looked at: the versions of a change are numbered by when the index
    learnt of them.

    Raises:
        CorruptOperation: the head operation cannot be read.
    """
    if head != ROOT_OPERATION and not index.query("SELECT 1 FROM operations LIMIT 1"):
        with index.writing() as connection:
            _add_operations(index, reader, connection, head)


def continues_log(index: Index, reader: ObjectReader, head: OperationId) -> bool:
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
            try:
                pending += read_operation(reader, operation_id).data.parents
            except CorruptOperation:
                if operation_id == head:
                    raise
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


def overlay_row(index: Index, part: str, key: str, value: str | None) -> None:
    """Show a value that the head operation's view does not have."""
    with index.writing() as connection:
        row = get_row(index, part, key)
        if row != value:
            sql = "INSERT OR IGNORE INTO laid_over VALUES (?, ?, ?)"
            connection.execute(sql, (part, key, row))
            set_row(index, part, key, value)


def remove_overlay(index: Index) -> set[tuple[str, str]]:
    """Show the head operation's view as it is again; return what that changed."""
    rows = index.query("SELECT part, key, value FROM laid_over")
    if rows:
        with index.writing() as connection:
            connection.execute("DELETE FROM laid_over")
            for part, key, value in rows:
                set_row(index, part, key, value)
    return {(part, key) for part, key, _ in rows}


@contextmanager
def rolled_back(index: Index) -> Iterator[None]:
    """Try changes of the index out: whatever the block does to it is taken back."""
    with index.writing() as connection:
        connection.execute("SAVEPOINT trial")
        try:
            yield
        finally:
            index.roll_back_to("trial")
            connection.execute("RELEASE trial")


def visibility_change(
    index: Index, added: Iterable[int], removed: Iterable[int]
) -> VisibilityChange:
    """Add and take away visible heads (for good: see `rolled_back`); return what that did."""
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
    return VisibilityChange([p for p, on in rows if on], [p for p, on in rows if not on])


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
        try:
            operation = read_operation(reader, operation_id)
        except NewerOperation:
            raise
        except CorruptOperation as error:
            if operation_id == head:
                raise
            gap = "INSERT OR REPLACE INTO log_gaps VALUES (?, ?)"
            connection.execute(gap, (operation_id, error.reason))
            continue
        pending.append(operation)
        stack += operation.data.parents
    for operation in _parents_first(pending):
        _ensure_kept(index, reader, operation)
        add_operation(connection, operation)


def _ensure_kept(index: Index, reader: ObjectReader, operation: Operation) -> None:
    try:
        kept = _replaced_first(kept_commits(reader, operation), operation)
        index.ensure(reader, kept, operation.data.predecessors)
    except ObjectError:
        _ensure_readable(index, reader, operation.kept)


def _ensure_readable(index: Index, reader: ObjectReader, commits: Iterable[CommitId]) -> None:
    """Add the commits whose history can be read; one damaged conversation is no other's."""
    pending = list(commits)
    while pending:
        commit_id = pending.pop()
        try:
            commit = read_commit(reader, commit_id)
            if is_keep_commit(commit):
                pending += commit.parents
            else:
                index.ensure(reader, [commit_id])
        except ObjectError:
            continue


def _replaced_first(commits: Iterable[CommitId], operation: Operation) -> list[CommitId]:
    """Return commits so that the versions of a change are in their order."""
    wanted, found = list(commits), dict[CommitId, None]()
    seen: set[CommitId] = set()
    stack = [(commit_id, False) for commit_id in reversed(wanted)]
    while stack:
        here, is_next = stack.pop()
        if is_next:
            found[here] = None
        elif here not in seen:
            seen.add(here)
            stack.append((here, True))
            stack += [(old, False) for old in reversed(operation.data.predecessors.get(here, ()))]
    kept = set(wanted)
    return [commit_id for commit_id in found if commit_id in kept]


def add_operation(
    connection: sqlite3.Connection, operation: Operation, moved: Iterable[str] | None = None
) -> None:
    """Insert an operation whose parents are there; note what it made and what it undoes.

    `moved` are the sessions that are elsewhere than before it, where that is known.
    """
    data = operation.data
    added = connection.execute(
        "INSERT OR IGNORE INTO operations (id, view, replica, workspace, kind, data) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (operation.id, operation.view or "", data.replica, data.workspace, data.kind,
         encode_operation(data)),
    )  # fmt: skip
    if added.rowcount == 1:
        named = (one for one in data.predecessors if is_full_id(one))
        made = ((bytes.fromhex(one), added.lastrowid) for one in named)
        connection.executemany("INSERT OR IGNORE INTO origins VALUES (?, ?)", made)
        if moved is not None and added.lastrowid is not None:
            note_moves(connection, added.lastrowid, moved)
    undone = "UPDATE operations SET undone = undone + ? WHERE id = ?"
    if "undoes" in data.links:
        connection.execute(undone, (1, data.links["undoes"]))
    if "redoes" in data.links:
        connection.execute(undone, (1, data.links["redoes"]))
        connection.execute(undone, (-1, data.links.get("target")))


def note_moves(connection: sqlite3.Connection, place: int, sessions: Iterable[str]) -> None:
    """Note which sessions the operation of this seq moved."""
    rows = ((name, place) for name in sessions)
    connection.executemany("INSERT OR IGNORE INTO session_moves VALUES (?, ?)", rows)
    connection.execute("UPDATE operations SET read = 1 WHERE seq = ?", (place,))


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


Change = tuple[str, str, str | None]


def _changes(
    index: Index, reader: ObjectReader, before: OperationId, head: OperationId
) -> list[Change]:
    """Return (part, key, new value) for what differs between what the index shows and a view."""
    new_roots = read_roots(reader, read_operation(reader, head).view)
    try:
        old_roots = read_roots(reader, read_operation(reader, before).view)
        return [(part, key, new) for part, key, _, new in diff_views(reader, old_roots, new_roots)]
    except (CorruptOperation, ObjectError, ValueError):
        pass  # the older one may be damaged: the index knows what it was
    rows = diff_views(reader, {}, new_roots)
    view = {(part, key): new for part, key, _, new in rows if new is not None}
    shown = {(part, key) for part in parts(index) for key, _ in part_rows(index, part)}
    gone: list[Change] = [(part, key, None) for part, key in sorted(shown - set(view))]
    return gone + [(part, key, value) for (part, key), value in view.items()]


def _apply(
    index: Index, reader: ObjectReader, connection: sqlite3.Connection, changes: list[Change]
) -> set[tuple[str, str]]:
    touched = set()
    heads: list[tuple[str, str | None]] = []
    for part, key, value in changes:
        if part == HEADS:
            heads.append((key, value))
            continue
        touched.add((part, key))
        if value is None:
            connection.execute("DELETE FROM view_rows WHERE part = ? AND key = ?", (part, key))
        else:
            connection.execute("REPLACE INTO view_rows VALUES (?, ?, ?)", (part, key, value))
    revealed = [CommitId(key) for key, value in heads if value is not None]
    try:
        index.ensure(reader, revealed)
    except ObjectError:
        _ensure_readable(index, reader, revealed)
    # Added first: what both old and new heads reach is then never unmarked in between.
    for key, value in sorted(heads, key=lambda head: head[1] is None):
        set_row(index, HEADS, key, value)
    return touched


def add_change_ids(connection: sqlite3.Connection) -> None:
    """Note the change ids of commits that were added since last time."""
    rows = connection.execute(
        "SELECT pos, id, header, visible FROM commits "
        "WHERE pos > (SELECT coalesce(max(pos), 0) FROM changes)"
    ).fetchall()
    values = [
        (pos, change_id_of(CommitId(one.hex()), (("change-id", header),) if header else ()), shown)
        for pos, one, header, shown in rows
    ]
    connection.executemany(
        "INSERT INTO changes (pos, change, again, shown) "
        "VALUES (?1, ?2, EXISTS (SELECT 1 FROM changes WHERE change = ?2), ?3)",
        values,
    )
