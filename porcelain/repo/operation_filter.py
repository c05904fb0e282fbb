"""Filter the operation log: by workspace, kind, time, session or change.

The index answers by workspace, kind, time and session. It learns the sessions that an operation
moved when the operation is made here, or at the first question. The operations of a change are
found by comparing each view with its parent's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from porcelain.index.operation_walk import walk_operations
from porcelain.index.view_rows import operation_rows, versions
from porcelain.model.ids import ChangeId
from porcelain.model.operation import Operation
from porcelain.model.view_value import SESSIONS
from porcelain.repo.reader import RepoReader
from store.ids import TreeId

if TYPE_CHECKING:
    from store.index.commit_index import Index
    from store.repository.repository import Repository

_MOST_KNOWN = 1000
_FIRST_PAGE = 32
_MOST_AT_ONCE = 10_000


class OperationFilter(NamedTuple):
    """Conditions on operations; None is no condition.

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
    arguments = tuple(asked.values())
    if wanted.session is not None:
        found = _touching(repo, where, arguments, wanted.session)
    else:
        found = walk_operations(repo.index, where, arguments)
    if wanted.since is not None:
        since = wanted.since
        found = (operation for operation in found if operation.data.end >= since)
    if wanted.change is not None:
        found = _with_change(repo, found, wanted.change)
    yield from found


def _touching(
    repo: RepoReader, where: str, arguments: tuple[object, ...], session: str
) -> Iterator[Operation]:
    """Yield the operations that moved a session against every parent."""
    sql = (
        f"seq >= ? AND seq < ? AND ({where}) AND seq IN "
        "(SELECT seq FROM session_moves WHERE name = ?) ORDER BY seq DESC"
    )
    page = "SELECT seq FROM operations WHERE seq < ? ORDER BY seq DESC LIMIT ?"
    below, size = 1 << 60, _FIRST_PAGE
    while places := repo.index.query(page, (below, size)):
        lowest = places[-1][0]
        read_moves(repo.repository, repo.index, lowest, below)
        yield from operation_rows(repo.index, sql, (lowest, below, *arguments, session))
        below, size = lowest, min(size * 4, _MOST_AT_ONCE)


def read_moves(repository: Repository, index: Index, lowest: int, below: int) -> None:
    """Note in the index the sessions that a range of operations moved."""
    sql = "SELECT seq FROM operations WHERE seq >= ? AND seq < ? AND read = 0 ORDER BY seq DESC"
    unread = [row[0] for row in index.query(sql, (lowest, below))]
    if not unread:
        return
    from porcelain.index.view_sync import note_moves

    maps = _SessionMaps(repository, index)
    with index.writing() as connection:
        for place in unread:
            (operation,) = operation_rows(index, "seq = ?", (place,))
            note_moves(connection, place, maps.moved_by(operation))


class _SessionMaps:
    """The sessions after operations; cheap from neighbour to neighbour."""

    def __init__(self, repository: Repository, index: Index) -> None:
        self._repository = repository
        self._index = index
        self._known: dict[TreeId | None, dict[str, TreeId]] = {}

    def moved_by(self, operation: Operation) -> set[str]:
        """Return the sessions that an operation moved against every parent."""
        parents = operation.data.parents
        views = [
            before.view
            for parent in parents
            for before in operation_rows(self._index, "id = ?", (parent,))
        ]
        first, *others = (self._differing(view, operation.view) for view in views or [None])
        return first.intersection(*others)

    def _differing(self, old: TreeId | None, new: TreeId | None) -> set[str]:
        from porcelain.model.view import diff_views

        if old == new:
            return set()
        maps = self._map(old), self._map(new)
        return {key for _, key, _, _ in diff_views(self._repository, *maps)}

    def _map(self, view: TreeId | None) -> dict[str, TreeId]:
        from porcelain.model.view import read_roots

        if view not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            roots = read_roots(self._repository, view)
            self._known[view] = {SESSIONS: roots[SESSIONS]} if SESSIONS in roots else {}
        return self._known[view]


def _with_change(
    repo: RepoReader, operations: Iterator[Operation], change_id: ChangeId
) -> Iterator[Operation]:
    """Yield the operations that made, rewrote, hid or showed a commit of a change."""
    from porcelain.repo.operation_diff import OperationDiffs

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
