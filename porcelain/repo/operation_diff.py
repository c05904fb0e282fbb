"""Differences between the states after two operations: commits, names, workspaces.

They work between any two operations, forwards, backwards and sideways. An added commit is paired
with the commits that it replaced: by the predecessors that the operations in between recorded
(reversed where one goes back), else by their common change id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from porcelain.graph.evolution import accumulate_predecessors
from porcelain.index.past_visibility import PastVisibility
from porcelain.index.view_rows import change_id_at
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS
from porcelain.repo.reader import RepoReader
from store.ids import CommitId
from store.index.commit_index import Index
from store.index.reachability import MarkChange


class CommitChange(NamedTuple):
    """An added commit and the commits that it replaced; without `commit`, one removed commit."""

    commit: CommitId | None
    replaced: tuple[CommitId, ...]


class NameChange(NamedTuple):
    """A value of the view that differs; part, key and values as in `porcelain.model.view`."""

    part: str
    key: str
    before: str | None
    after: str | None


class OperationDiff(NamedTuple):
    """Commits, children before their parents, and names, in byte order by part and key."""

    commits: tuple[CommitChange, ...]
    names: tuple[NameChange, ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.commits or self.names)


class OperationDiffs:
    """Differences between operations of one repository; cheap from neighbour to neighbour."""

    def __init__(self, repo: RepoReader) -> None:
        """Look at nothing yet."""
        self._repo = repo
        self._visibility: PastVisibility | None = None

    def between(self, start: OperationId, end: OperationId) -> OperationDiff:
        """Return the difference from the state after `start` to the state after `end`.

        Raises:
            CorruptOperation, ObjectError: one of them cannot be read.
        """
        reader, index = self._repo.repository, self._repo.index
        old, new = read_operation(reader, start), read_operation(reader, end)
        if start == end:
            return OperationDiff((), ())
        before, after = read_roots(reader, old.view, old.id), read_roots(reader, new.view, new.id)
        names = [
            NameChange(*found) for found in diff_views(reader, before, after) if found[0] != HEADS
        ]
        if self._visibility is None:
            self._visibility = PastVisibility(index, reader, self._repo.shown_operation)
        # This ends at `start`, where the next difference of a log begins.
        self._visibility.move(after)
        back = self._visibility.move(before)
        seen = MarkChange(back.unmarked, back.marked)
        commits = _paired(index, seen, old, new)
        return OperationDiff(tuple(commits), tuple(names))

    def of(self, operation: Operation) -> OperationDiff:
        """Return the changes of an operation; of a merge, those against every parent.

        Raises:
            CorruptOperation, ObjectError: it cannot be read.
        """
        if operation.id == ROOT_OPERATION:
            return OperationDiff((), ())
        parents = operation.data.parents or (ROOT_OPERATION,)
        first, *others = (self.between(parent, operation.id) for parent in parents)
        for other in others:
            commits = {change.commit or change.replaced[0] for change in other.commits}
            names = {change[:2] for change in other.names}
            first = OperationDiff(
                tuple(c for c in first.commits if (c.commit or c.replaced[0]) in commits),
                tuple(n for n in first.names if n[:2] in names),
            )
        return first


def _paired(
    index: Index, seen: MarkChange, old: Operation, new: Operation
) -> Iterator[CommitChange]:
    """Yield added commits with those that they replaced, from the highest position down."""
    came = {index.row_at(position).id: position for position in seen.marked}
    went = {index.row_at(position).id: position for position in seen.unmarked}
    by_change: dict[str, list[CommitId]] = {}
    for commit_id, position in went.items():
        by_change.setdefault(change_id_at(index, position), []).append(commit_id)
    linked = accumulate_predecessors(index, came, old, new, went) if went else {}
    replaced: dict[CommitId, tuple[CommitId, ...]] = {}
    for commit_id, position in came.items():
        found = linked.get(commit_id, ())
        if not found:
            same = by_change.get(change_id_at(index, position), ())
            found = tuple(same) if len(same) == 1 else ()
        replaced[commit_id] = found
    paired = {one for olds in replaced.values() for one in olds}
    changes = [(came[one], CommitChange(one, olds)) for one, olds in replaced.items()]
    changes += [(at, CommitChange(None, (one,))) for one, at in went.items() if one not in paired]
    for _, change in sorted(changes, key=lambda item: item[0], reverse=True):
        yield change
