"""What stands in the way of an undo: changes that others have built on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from porcelain.errors import UndoBlocked
from porcelain.graph.visible_versions import visible_versions
from porcelain.index.view_rows import names_at, operation_rows, part_rows
from porcelain.model.operation import Operation
from porcelain.model.operation_store import read_operation
from porcelain.model.view import read_roots, read_value, view_map
from porcelain.model.view_value import SESSIONS, WORKSPACES, Workspace
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId

Difference = tuple[str, str, str | None, str | None]


def refuse_if_built_on(
    tx: Transaction,
    operation: Operation,
    hidden: Sequence[CommitId],
    back: dict[CommitId, CommitId],
    names: Sequence[Difference],
) -> None:
    """Refuse an inverse that would make a change disappear which others build on.

    Returning to an earlier version (`back`) is no disappearing, unless it was rewritten
    since; children are rebased onto the earlier version.

    Raises:
        UndoBlocked: it names the operations that put a child, a session or an `@` there.
    """
    restored = {(part, key) for part, key, _, _ in names}
    commits: set[CommitId] = set()
    keys: set[tuple[str, str]] = set()
    for commit_id in hidden:
        row = tx.row(commit_id)
        if not row.visible:
            commits.update(visible_versions(tx.index, commit_id))
            continue
        if commit_id in back:
            continue
        children = [tx.index.row_at(p).id for p in tx.index.children(row.pos, "visible")]
        commits.update(child for child in children if child not in hidden)
        on_it = [(SESSIONS, name) for name in names_at(tx.index, SESSIONS, commit_id)]
        on_it += [
            (WORKSPACES, key)
            for key, value in part_rows(tx.index, WORKSPACES)
            if Workspace.of(value).commit == commit_id
        ]
        keys.update(name for name in on_it if name not in restored)
    keys |= set(_moved_away(tx, names))
    if commits or keys:
        blocking = list(_makers(tx, operation, commits, keys))
        raise UndoBlocked([_line(found) for found in blocking] or ["an earlier operation"])


def _moved_away(tx: Transaction, names: Sequence[Difference]) -> Iterator[tuple[str, str]]:
    """Yield the workspaces that would be gone, and that have been worked in since."""
    for part, key, after, before in names:
        is_other = part == WORKSPACES and key != tx.workspace_key
        if is_other and before is None and tx.get(part, key) not in (after, None):
            yield part, key


def later_operations(tx: Transaction, operation: Operation) -> list[Operation]:
    """Return the operations after one that are still in force, newest first."""
    return operation_rows(
        tx.index,
        "seq > (SELECT seq FROM operations WHERE id = ?) AND undone < 1 ORDER BY seq DESC",
        (operation.id,),
    )


def _makers(
    tx: Transaction, operation: Operation, commits: set[CommitId], keys: set[tuple[str, str]]
) -> Iterator[Operation]:
    for later in later_operations(tx, operation):
        made = commits.intersection(later.data.predecessors)
        if made or (keys and _changed(tx, later, keys)) or (commits and _shows(later, tx, commits)):
            yield later


def _shows(later: Operation, tx: Transaction, commits: set[CommitId]) -> bool:
    """Tell whether an outside operation brought one of the commits in."""
    if later.data.kind != "outside":
        return False
    roots = read_roots(tx.batch, later.view)
    return any(view_map(tx.batch, roots, "heads").get(c) is not None for c in commits)


def _changed(tx: Transaction, later: Operation, keys: set[tuple[str, str]]) -> bool:
    if not later.data.parents:
        return False
    after = read_roots(tx.batch, later.view)
    before = read_roots(tx.batch, read_operation(tx.batch, later.data.parents[0]).view)
    for part, key in keys:
        values = [
            read_value(tx.batch, part, view_map(tx.batch, roots, part).get(key))
            for roots in (before, after)
        ]
        if values[0] != values[1]:
            return True
    return False


def _line(operation: Operation) -> str:
    where = operation.data.workspace or "outside"
    return f"{operation.id[:12]} {where}: {operation.data.description.partition(chr(10))[0]}"
