"""Choosing operations of the log: by workspace, kind, time, session or change.

By workspace, kind and time the index answers; what an operation did to a session or a change
is found by comparing its view with its parent's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from porcelain.ids import ChangeId
from porcelain.operation import Operation
from porcelain.operation_walk import walk_operations
from porcelain.repo_reader import RepoReader
from porcelain.view_rows import operation_rows, versions
from store.ids import TreeId

_MOST_KNOWN = 1000


class OperationFilter(NamedTuple):
    """What operations have to be to be shown; None is no condition.

    `by` names a workspace, `since` is in milliseconds, `change` a whole change id.
    """

    by: str | None = None
    kind: str | None = None
    since: int | None = None
    session: str | None = None
    change: ChangeId | None = None


def filtered(repo: RepoReader, wanted: OperationFilter) -> Iterator[Operation]:
    """Yield the operations that fulfil all conditions, newest first, lazily."""
    conditions = {"workspace": wanted.by, "kind": wanted.kind}
    asked = {name: value for name, value in conditions.items() if value is not None}
    where = " AND ".join(f"{name} = ?" for name in asked) or "1 = 1"
    found = walk_operations(repo.index, where, tuple(asked.values()))
    if wanted.since is not None:
        since = wanted.since
        found = (operation for operation in found if operation.data.end >= since)
    if wanted.session is not None:
        found = _touching(repo, found, wanted.session)
    if wanted.change is not None:
        found = _with_change(repo, found, wanted.change)
    yield from found


def _touching(
    repo: RepoReader, operations: Iterator[Operation], session: str
) -> Iterator[Operation]:
    """Yield the operations after which a session is elsewhere than after any parent."""
    from porcelain.view import SESSIONS, read_roots, view_map  # noqa: PLC0415 - reads objects

    known: dict[str, object] = {}

    def place(view: TreeId | None) -> object:
        key = view or ""
        if key not in known:
            if len(known) > _MOST_KNOWN:
                known.clear()
            roots = read_roots(repo.repository, view)
            known[key] = view_map(repo.repository, roots, SESSIONS).get(session)
        return known[key]

    for operation in operations:
        views = {
            before.view
            for parent in operation.data.parents
            for before in operation_rows(repo.index, "id = ?", (parent,))
        } or {None}
        if operation.view not in views:
            here = place(operation.view)
            if all(place(view) != here for view in views):
                yield operation


def _with_change(
    repo: RepoReader, operations: Iterator[Operation], change_id: ChangeId
) -> Iterator[Operation]:
    """Yield the operations that made, rewrote, hid or showed a commit of a change."""
    from porcelain.operation_diff import OperationDiffs  # noqa: PLC0415 - reads objects

    commits = {repo.row(position).id for position in versions(repo.index, change_id)}
    diffs = OperationDiffs(repo)
    for operation in operations:
        named = {one for pair in operation.data.predecessors.items() for one in (pair[0], *pair[1])}
        if not commits.isdisjoint(named):
            yield operation
            continue
        changes = diffs.of(operation).commits
        moved = {one for change in changes for one in (change.commit, *change.replaced)}
        if not commits.isdisjoint(moved):
            yield operation
