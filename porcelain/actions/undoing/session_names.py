"""Follow renamed sessions, so that an inverse never makes a session current that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.actions.undoing.undo_guard import Difference, roots_around
from porcelain.index.view_rows import operation_rows, part_rows
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation
from porcelain.model.view import diff_views, read_value
from porcelain.model.view_value import SESSIONS, WORKSPACES, Workspace
from porcelain.transaction.transaction import Transaction
from store.index.commit_index import Index


def with_session_now(
    tx: Transaction, operation: Operation, value: str | None, *, is_gone_kept: bool = False
) -> str | None:
    """Return a workspace of an operation's time with the present name of its session.

    Without a present name it has no session, unless `is_gone_kept`.
    """
    place = Workspace.of(value)
    if place.session is None or tx.get(SESSIONS, place.session) is not None:
        return value
    name = _name_now(tx, operation, place.session)
    if name is None and is_gone_kept:
        return value
    return Workspace(place.commit, name).text()


def _name_now(tx: Transaction, operation: Operation, name: str) -> str | None:
    """Return the present name of a session of an operation's time; None if it was deleted."""
    since = sequence_number(tx.index, operation.id)
    for later in operation_rows(tx.index, "seq > ? ORDER BY seq", (since,)):
        before, after = roots_around(tx, later)
        value = read_value(tx.batch, before, SESSIONS, name)
        if value is None or read_value(tx.batch, after, SESSIONS, name) is not None:
            continue
        new = _renamed([d for d in diff_views(tx.batch, before, after) if d[0] == SESSIONS])
        if name not in new:
            return None
        name = new[name]
    return name if tx.get(SESSIONS, name) is not None else None


def take_current_sessions_along(tx: Transaction, differences: Iterable[Difference]) -> None:
    """Keep a session current in workspaces where an inverse gives it back its earlier name."""
    new = _renamed(d for d in differences if d[0] == SESSIONS)
    for key, value in part_rows(tx.index, WORKSPACES) if new else ():
        place = Workspace.of(value)
        name = new.get(place.session or "")
        is_gone = tx.get(SESSIONS, place.session or "") is None
        if name is not None and is_gone and tx.get(SESSIONS, name) is not None:
            tx.set(WORKSPACES, key, Workspace(place.commit, name).text())


def _renamed(differences: Iterable[Difference]) -> dict[str, str]:
    """Return old -> new for the names of which one took over the other's value."""
    listed = list(differences)
    gone = {old: key for _, key, old, new in listed if new is None}
    come = {new: key for _, key, old, new in listed if old is None}
    return {key: come[value] for value, key in gone.items() if value in come}


def sequence_number(index: Index, operation_id: OperationId) -> int:
    """Return an operation's place in the log; 0 for the root operation."""
    rows = index.query("SELECT seq FROM operations WHERE id = ?", (operation_id,))
    return int(rows[0][0]) if rows else 0
