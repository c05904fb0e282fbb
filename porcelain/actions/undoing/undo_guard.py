"""Refuse an undo that would remove changes on which later operations are based."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from porcelain.errors import UndoBlocked
from porcelain.graph.visible_versions import visible_versions
from porcelain.index.view_rows import names_at, operation_rows, part_rows
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import read_operation
from porcelain.model.view import Roots, read_roots, read_value
from porcelain.model.view_value import HEADS, SESSIONS, WORKSPACES, Workspace
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId

Difference = tuple[str, str, str | None, str | None]
"""Part and key of a value of the view, and its texts after and before an operation."""


def roots_around(tx: Transaction, operation: Operation) -> tuple[Roots, Roots]:
    """Return the views before and after an operation."""
    parents = operation.data.parents
    before = read_operation(tx.batch, parents[0] if parents else ROOT_OPERATION)
    return (
        read_roots(tx.batch, before.view, before.id),
        read_roots(tx.batch, operation.view, operation.id),
    )


def changes_any(tx: Transaction, operation: Operation, keys: Iterable[tuple[str, str]]) -> bool:
    """Tell whether an operation changed one of these values, given as part and key."""
    around = roots_around(tx, operation)
    for part, key in keys:
        before, after = (read_value(tx.batch, roots, part, key) for roots in around)
        if before != after:
            return True
    return False


def refuse_if_built_on(
    tx: Transaction,
    operation: Operation,
    hidden: Sequence[CommitId],
    back: dict[CommitId, CommitId],
    names: Sequence[Difference],
) -> None:
    """Refuse an inverse that would hide a change on which later operations are based.

    A change that returns to an earlier version (`back`) stays visible, and its children are
    rebased onto that version. It blocks only if it was rewritten since.

    Raises:
        UndoBlocked: names the operations that put a child, a session or an `@` on the change.
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
    """Yield the workspaces that would be deleted although they have moved since."""
    for part, key, after, before in names:
        is_other = part == WORKSPACES and key != tx.workspace_key
        if is_other and before is None and tx.get(part, key) not in (after, None):
            yield part, key


def _makers(
    tx: Transaction, operation: Operation, commits: set[CommitId], keys: set[tuple[str, str]]
) -> Iterator[Operation]:
    """Yield the later operations in force that made the commits or set the keys, newest first."""
    sql = "seq > (SELECT seq FROM operations WHERE id = ?) AND undone < 1 ORDER BY seq DESC"
    heads = {(HEADS, commit_id) for commit_id in commits}
    for later in operation_rows(tx.index, sql, (operation.id,)):
        shown = keys | heads if later.data.kind == "outside" else keys
        if commits.intersection(later.data.predecessors) or changes_any(tx, later, shown):
            yield later


def _line(operation: Operation) -> str:
    where = operation.data.workspace or "outside"
    return f"{operation.id[:12]} {where}: {operation.data.description.partition(chr(10))[0]}"
