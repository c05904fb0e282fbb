"""Damage in the log and in histories: what can still be read, and what was before it.

A damaged operation keeps its place in the log: the index may remember its parents, or its commit
may be readable where its content is not. Views are read tree by tree; a tree that two operations
share is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

from porcelain.errors import CorruptOperation
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation
from porcelain.model.operation_store import is_keep_commit, read_operation
from porcelain.model.view import Roots, diff_views, read_roots
from store.errors import ObjectError
from store.ids import CommitId, TreeId
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader
from store.objects.tree import GITLINK, TREE, read_tree

Remembered = Callable[[OperationId], "tuple[OperationId, ...] | None"]


def parents_of_damaged(
    reader: ObjectReader, operation_id: OperationId, remembered: Remembered
) -> tuple[OperationId, ...]:
    """Return the parents of an operation that cannot be read, as far as they are known."""
    known = remembered(operation_id)
    if known is not None:
        return known
    found: list[OperationId] = []
    try:
        for parent in read_commit(reader, CommitId(operation_id)).parents:
            names = {e.name for e in read_tree(reader, read_commit(reader, parent).tree)}
            if "operation.json" not in names:
                break  # the rest are commits that the operation keeps alive
            found.append(OperationId(parent))
    except (ObjectError, ValueError):
        pass  # those found so far count
    return tuple(found)


def keep_fault(
    reader: ObjectReader, operation: Operation, named: Callable[[], Container[CommitId]]
) -> str:
    """Return why the list of commits that an operation keeps alive cannot be read; "" if it can.

    The listed commits themselves are not checked. `named` returns the commits that the operation
    names; an unreadable commit that is not among them is a part of the list.
    """
    pending = list(operation.kept)
    while pending:
        commit_id = pending.pop()
        try:
            commit = read_commit(reader, commit_id)
        except ObjectError as error:
            if commit_id not in named():
                return str(error)
            continue
        if is_keep_commit(commit):
            pending += commit.parents
    return ""


class ViewFaults:
    """Finds views that cannot be read; remembers the trees that were checked."""

    def __init__(self, reader: ObjectReader) -> None:
        """Read nothing yet."""
        self._reader = reader
        self._known: dict[str, str] = {}
        self._sound: Roots = {}

    def of(self, view: TreeId | None) -> str:
        """Return why a part of a view cannot be read, "" if all of it can."""
        fault = "" if view is None else self._fault(view, is_tree=True)
        if fault:
            return fault
        try:
            roots = read_roots(self._reader, view)
            for _ in diff_views(self._reader, self._sound, roots):
                pass  # reads each value that the last readable view has not
        except CorruptOperation as error:
            return error.reason
        except (ObjectError, ValueError) as error:
            return str(error)
        self._sound = roots
        return ""

    def of_tree(self, tree: TreeId) -> str:
        """Return why an object below any tree cannot be read, "" if all can be."""
        return self._fault(tree, is_tree=True)

    def _fault(self, object_id: str, *, is_tree: bool) -> str:
        known = self._known.get(object_id)
        if known is None:
            try:
                known = self._look(object_id, is_tree=is_tree)
            except (ObjectError, ValueError) as error:
                known = str(error)
            self._known[object_id] = known
        return known

    def _look(self, object_id: str, *, is_tree: bool) -> str:
        if not is_tree:
            self._reader.read(object_id)
            return ""
        below = read_tree(self._reader, TreeId(object_id))
        inside = (self._fault(e.id, is_tree=e.mode == TREE) for e in below if e.mode != GITLINK)
        return next(filter(None, inside), "")


def readable_operation(reader: ObjectReader, operation_id: OperationId) -> Operation | None:
    """Return an operation, or None where it cannot be read."""
    try:
        return read_operation(reader, operation_id)
    except CorruptOperation:
        return None


def history_fault(reader: ObjectReader, commit_id: CommitId, sound: set[CommitId]) -> str:
    """Return why a commit or one of its ancestors cannot be read, "" if all can be.

    `sound` are commits known to be readable; those found to be are added.
    """
    pending, fresh = [commit_id], {commit_id}
    while pending:
        here = pending.pop()
        if here in sound:
            continue
        try:
            above = [p for p in read_commit(reader, here).parents if p not in fresh]
        except ObjectError as error:
            return str(error)
        fresh.update(above)
        pending += above
    sound |= fresh
    return ""


def readable_heads(reader: ObjectReader, commits: Iterable[CommitId]) -> Iterator[CommitId]:
    """Yield the commits whose whole history can be read."""
    sound: set[CommitId] = set()
    return (one for one in commits if not history_fault(reader, one, sound))


def readable_ancestors(reader: ObjectReader, starts: Iterable[CommitId]) -> set[CommitId]:
    """Return commits and their ancestors, as far as they can be read."""
    pending = list(starts)
    seen = set(pending)
    while pending:
        try:
            parents = read_commit(reader, pending.pop()).parents
        except ObjectError:
            continue
        fresh = [parent for parent in parents if parent not in seen]
        seen.update(fresh)
        pending += fresh
    return seen
