"""Writes the head view and the operation log to the index; `porcelain.index.view_rows` reads them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from porcelain.errors import CorruptOperation
from porcelain.index.view_rows import indexed_head, part_rows, parts, value_faults, values_of
from porcelain.model.change_id import change_id_of
from porcelain.model.ids import OperationId
from porcelain.model.operation import (
    ROOT_OPERATION,
    NewerOperation,
    Operation,
    encode_operation,
)
from porcelain.model.operation_store import is_keep_commit, kept_commits, read_operation
from porcelain.model.view import Faults, diff_views, read_roots
from porcelain.model.view_value import HEADS
from store.errors import ObjectError
from store.ids import CommitId, is_full_id
from store.index.commit_index import Index
from store.index.database_file import MANY, without_indexes
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader

Change = tuple[str, str, str | None]
_K = TypeVar("_K")


def catch_up(index: Index, reader: ObjectReader, head: OperationId) -> set[tuple[str, str]]:
    """Make the index hold the view of `head`; return the (part, key) that changed.

    The overlay is removed first. Older operations that cannot be read become gaps
    (`log_gaps`), and commits that cannot be read are left out.

    Raises:
        CorruptOperation, ObjectNotFound, CorruptObject: the head operation cannot be read.
    """
    with index.writing() as connection:
        touched = show_view(index, reader, head)
        add_change_ids(connection)
    return touched


def show_view(index: Index, reader: ObjectReader, head: OperationId) -> set[tuple[str, str]]:
    """Do the same as `catch_up`, but leave change ids to the caller, who has to add them.

    That costs less once it is known which commits are visible.
    """
    with index.writing() as connection:
        touched = remove_overlay(index)
        before = indexed_head(index)
        if before != head:
            _add_operations(index, reader, connection, head)
            faults: Faults = {}
            changes = _changes(index, reader, before, head, faults)
            touched |= _apply(index, reader, changes)
            _note_faults(index, connection, faults, changes)
            connection.execute("REPLACE INTO meta VALUES ('head', ?)", (head,))
    return touched


def begin_log(index: Index, reader: ObjectReader, head: OperationId) -> None:
    """Add the log up to `head`, with all its commits, to an index that has no operations.

    Done before the refs are read: the versions of a change are numbered in the order in which
    their commits are added to the index.

    Raises:
        CorruptOperation: the head operation cannot be read.
    """
    if head != ROOT_OPERATION and not index.query("SELECT 1 FROM operations LIMIT 1"):
        with index.writing() as connection:
            _add_operations(index, reader, connection, head)


def add_log(index: Index, reader: ObjectReader, head: OperationId) -> list[OperationId]:
    """Add the log up to an operation of another copy, and its commits; return what is new, oldest first.

    Raises:
        CorruptOperation: `head` cannot be read.
    """
    with index.writing() as connection:
        (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM operations").fetchone()
        _add_operations(index, reader, connection, head)
        add_change_ids(connection)
    rows = index.query("SELECT id FROM operations WHERE seq > ? ORDER BY seq", (last,))
    return [OperationId(row[0]) for row in rows]


def continues_log(index: Index, reader: ObjectReader, head: OperationId) -> bool:
    """Tell whether `head` continues the log that the index holds.

    It does not after operations were abandoned; the index then has to be rebuilt.

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
    """Change one row of the view in the index; a head changes which commits are visible."""
    set_rows(index, [(part, key, value)])


def set_rows(
    index: Index, rows: Sequence[Change], now: Mapping[tuple[str, str], str] | None = None
) -> None:
    """Change rows of the view in the index; heads change which commits are visible.

    `now` are the values that the rows have, if they were read.
    """
    now = values_of(index, rows) if now is None else now
    changed = [row for row in rows if now.get(row[:2]) != row[2]]
    if not changed:
        return
    with index.writing() as connection:
        put_rows(connection, changed)
        heads = {CommitId(key): value for part, key, value in changed if part == HEADS}
        positions = index.positions(heads)
        added = [at for commit_id, at in positions.items() if heads[commit_id] is not None]
        removed = [at for commit_id, at in positions.items() if heads[commit_id] is None]
        index.move_roots("visible", added, removed)


def put_rows(connection: sqlite3.Connection, rows: Sequence[Change]) -> None:
    """Write rows of the view, or delete those without a value, without changing marks."""
    gone = [(part, key) for part, key, value in rows if value is None]
    connection.executemany("DELETE FROM view_rows WHERE part = ? AND key = ?", gone)
    there = sorted(row for row in rows if row[2] is not None)  # in the order of the table
    connection.executemany("REPLACE INTO view_rows VALUES (?, ?, ?)", there)


@contextmanager
def view_growing(index: Index, count: int) -> Iterator[None]:
    """Let the view gain about so many rows in the block; if it is most of them, index them later.

    The block may look up rows by their keys alone.
    """
    with index.writing() as connection, ExitStack() as stack:
        more = "SELECT 1 FROM view_rows LIMIT 1 OFFSET ?"
        if count >= MANY and not connection.execute(more, (count,)).fetchone():
            stack.enter_context(without_indexes(connection, "view_rows"))
        yield


def overlay_rows(index: Index, rows: Sequence[Change]) -> None:
    """Show values that differ from the head operation's view."""
    with index.writing():
        keep_under_overlay(index, values_of(index, rows), rows)
        set_rows(index, rows)


def keep_under_overlay(
    index: Index, now: Mapping[tuple[str, str], str], rows: Iterable[Change]
) -> None:
    """Note the present values of rows that the overlay changes, for `remove_overlay`."""
    kept = [(*row[:2], now.get(row[:2])) for row in rows if now.get(row[:2]) != row[2]]
    with index.writing() as connection:
        connection.executemany("INSERT OR IGNORE INTO laid_over VALUES (?, ?, ?)", kept)


def remove_overlay(index: Index) -> set[tuple[str, str]]:
    """Show the head operation's own view again; return the (part, key) pairs that changed."""
    rows = index.query("SELECT part, key, value FROM laid_over")
    if rows:
        with index.writing() as connection:
            connection.execute("DELETE FROM laid_over")
            set_rows(index, rows)
    return {(part, key) for part, key, _ in rows}


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
    found = {operation.id: operation for operation in pending}

    def parents(operation_id: OperationId) -> list[OperationId]:
        return [parent for parent in found[operation_id].data.parents[::-1] if parent in found]

    for operation_id in _post_order(found, parents):
        _ensure_kept(index, reader, found[operation_id])
        add_operation(connection, found[operation_id])


def _ensure_kept(index: Index, reader: ObjectReader, operation: Operation) -> None:
    try:
        kept = _replaced_first(kept_commits(reader, operation), operation)
        index.ensure(reader, kept, operation.data.predecessors)
    except ObjectError:
        _ensure_readable(index, reader, operation.kept)


def _ensure_readable(index: Index, reader: ObjectReader, commits: Iterable[CommitId]) -> None:
    """Add the commits whose history can be read; a damaged conversation harms no other."""
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
    """Return commits in an order in which a replaced one comes before its replacement."""
    kept = dict.fromkeys(commits)
    replaced = operation.data.predecessors
    return [one for one in _post_order(kept, lambda here: replaced.get(here, ())) if one in kept]


def _post_order(starts: Iterable[_K], before: Callable[[_K], Sequence[_K]]) -> Iterator[_K]:
    """Yield these and all that come before them, each once and after those before it."""
    stack = [(start, False) for start in reversed([*starts])]
    seen = set[_K]()
    while stack:
        here, is_next = stack.pop()
        if is_next:
            yield here
        elif here not in seen:
            seen.add(here)
            stack.append((here, True))
            stack += [(other, False) for other in reversed(before(here))]


def add_operation(
    connection: sqlite3.Connection, operation: Operation, moved: Iterable[str] | None = None
) -> None:
    """Insert an operation after its parents; note the commits that it made and the undo in it.

    `moved` are the sessions whose positions it changed, if that is known.
    """
    data = operation.data
    added = connection.execute(
        "INSERT OR IGNORE INTO operations (id, view, replica, workspace, kind, data) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (operation.id, operation.view or "", data.replica, data.workspace, data.kind,
         encode_operation(data)),
    )  # fmt: skip
    if added.rowcount == 1:
        parents = ((parent, added.lastrowid) for parent in data.parents or (ROOT_OPERATION,))
        connection.executemany("INSERT OR IGNORE INTO operation_parents VALUES (?, ?)", parents)
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


def _changes(
    index: Index, reader: ObjectReader, before: OperationId, head: OperationId, faults: Faults
) -> list[Change]:
    """Return (part, key, new value) for each difference between the shown view and a new one."""
    new_roots = read_roots(reader, read_operation(reader, head).view, head)
    try:
        old_roots = read_roots(reader, read_operation(reader, before).view)
        found = diff_views(reader, old_roots, new_roots, faults)
        return [(part, key, new) for part, key, _, new in found]
    except (CorruptOperation, ObjectError, ValueError):
        pass  # the older view may be damaged; the index has its rows
    shown = {(p, key): value for p in parts(index) for key, value in part_rows(index, p)}
    view = {(p, key): new for p, key, _, new in diff_views(reader, {}, new_roots, faults)}
    gone: list[Change] = [(part, key, None) for part, key in sorted(shown.keys() - view.keys())]
    return gone + [(*at, value) for at, value in view.items() if value != shown.get(at)]


def _apply(index: Index, reader: ObjectReader, changes: list[Change]) -> set[tuple[str, str]]:
    added = [CommitId(key) for part, key, value in changes if part == HEADS and value is not None]
    try:
        index.ensure(reader, added)
    except ObjectError:
        _ensure_readable(index, reader, added)
    with view_growing(index, len(changes)):
        set_rows(index, changes)
    return {(part, key) for part, key, _ in changes if part != HEADS}


def _note_faults(
    index: Index, connection: sqlite3.Connection, faults: Faults, changes: Iterable[Change]
) -> None:
    """Keep the faults of the values that changed; see `require_readable`."""
    known = value_faults(index)
    if not known and not faults:
        return
    for part, key, _ in changes:
        known.pop((part, key), None)
    known |= faults
    rows = [[*at, reason] for at, reason in sorted(known.items()) if reason]
    connection.execute("REPLACE INTO meta VALUES ('faults', ?)", (json.dumps(rows),))


def add_change_ids(connection: sqlite3.Connection) -> None:
    """Note the change ids of commits that were added since last time."""
    rows = connection.execute(
        "SELECT pos, id, header, visible FROM commits "
        "WHERE pos > (SELECT coalesce(max(pos), 0) FROM changes)"
    ).fetchall()
    changes = [
        (pos, change_id_of(CommitId(one.hex()), [("change-id", header)] if header else ()), shown)
        for pos, one, header, shown in rows
    ]
    if len(changes) < MANY or connection.execute("SELECT 1 FROM changes LIMIT 1").fetchone():
        connection.executemany(
            "INSERT INTO changes (pos, change, again, shown) "
            "VALUES (?, ?, EXISTS (SELECT 1 FROM changes WHERE change = ?), ?)",
            [(pos, change, change, shown) for pos, change, shown in changes],
        )
        return
    met = set[str]()
    values = []
    for pos, change, shown in changes:
        values.append((pos, change, 1 if change in met else 0, shown))
        met.add(change)
    with without_indexes(connection, "changes"):
        connection.executemany(
            "INSERT INTO changes (pos, change, again, shown) VALUES (?, ?, ?, ?)", values
        )
