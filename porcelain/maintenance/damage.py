"""What of the operation log cannot be read, and what is known to be before it.

An operation that cannot be read still has a place in the log: the index may remember what it
stood on, or its commit may be whole where only its content is not. Views are looked at tree by
tree; what two operations share is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation
from porcelain.model.operation_store import is_keep_commit
from store.errors import ObjectError
from store.ids import CommitId, TreeId
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader
from store.objects.tree import GITLINK, TREE, read_tree

Remembered = Callable[[OperationId], "tuple[OperationId, ...] | None"]


def parents_of_damaged(
    reader: ObjectReader, operation_id: OperationId, remembered: Remembered
) -> tuple[OperationId, ...]:
    """Return what an operation that cannot be read stood on, as far as that is known."""
    known = remembered(operation_id)
    if known is not None:
        return known
    found: list[OperationId] = []
    try:
        for parent in read_commit(reader, CommitId(operation_id)).parents:
            names = {e.name for e in read_tree(reader, read_commit(reader, parent).tree)}
            if "operation.json" not in names:
                break  # from here on it is what the operation keeps alive
            found.append(OperationId(parent))
    except (ObjectError, ValueError):
        pass  # what was found counts
    return tuple(found)


def keep_fault(
    reader: ObjectReader, operation: Operation, named: Callable[[], Container[CommitId]]
) -> str:
    """Return why the list of what an operation keeps alive cannot be read; "" if it can.

    Of the commits in it nothing is said. One that cannot be read is told from a part of the
    list by its name: `named` gives what the operation names.
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
    """Looks for views that cannot be read; remembers the trees that can be."""

    def __init__(self, reader: ObjectReader) -> None:
        """Look at nothing yet."""
        self._reader = reader
        self._known: dict[str, str] = {}

    def of(self, view: TreeId | None) -> str:
        """Return why a view cannot be read whole, "" if it can be."""
        return "" if view is None else self._fault(view, is_tree=True)

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


def readable_heads(reader: ObjectReader, commits: Iterable[CommitId]) -> Iterator[CommitId]:
    """Yield the commits whose whole history can be read."""
    sound: set[CommitId] = set()
    for commit_id in commits:
        pending, fresh = [commit_id], {commit_id}
        try:
            while pending:
                for parent in read_commit(reader, pending.pop()).parents:
                    if parent not in sound and parent not in fresh:
                        fresh.add(parent)
                        pending.append(parent)
        except ObjectError:
            continue
        sound |= fresh
        yield commit_id
