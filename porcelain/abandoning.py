"""Abandoning operations: the log without some of them, and without what only they kept alive.

The operations above those that go are written again, with new parents and with links that
follow; what each made of the repository, its view, stays as it is. So an operation that comes
to stand on an older one does from then on, in the log, what the abandoned ones did too. One
that comes to stand on the root is marked (`CUT`): it is the bottom of the log, since undoing
it would take away all there was.

The oldest one that stays gets as git parents the heads of all commits that the views and
predecessors of those that stay name; what hung on the abandoned ones alone is then
unreachable, and a later collection takes it. The ids of operations change; nobody's view
does, and so no ref but our own two. This is no operation itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from porcelain.errors import Refused, UnknownOperation
from porcelain.ids import OperationId
from porcelain.operation import ROOT_OPERATION, Operation, OperationData
from porcelain.operation_expression import resolve_operation
from porcelain.operation_log import (
    EXPORTED_REF,
    OPERATION_REF,
    exported_operation,
    head_operation,
    heads_among,
    read_operation,
    stage_operation,
)
from porcelain.operation_walk import only_before, walk_operations
from porcelain.replicas import CONTINUES
from porcelain.repo import Repo
from porcelain.undo import CUT
from porcelain.view import HEADS, diff_views, read_roots, target_commits
from store.batch import Batch
from store.ids import CommitId, TreeId
from store.objects import ObjectReader
from store.ref import RefEdit, update_refs

_SHORT = 12


class Abandoned(NamedTuple):
    """The operations that went, newest first; what the ones above became; the new head."""

    operations: tuple[OperationId, ...]
    reparented: Mapping[OperationId, OperationId]
    head: OperationId


def operation_range(repo: Repo, text: str) -> list[OperationId]:
    """Return the operations that `OP`, `A..B`, `..B` or `A..` names, newest first.

    `A..B` is B and what is before it, without A and what is before that; A is the root and B
    the newest operation where they are left out.

    Raises:
        OperationError: an expression names no operation, or several.
        Refused: one alone that is the root or a merge.
    """
    start, dots, end = text.partition("..")
    if dots:
        first = resolve_operation(repo, start) if start.strip() else ROOT_OPERATION
        last = resolve_operation(repo, end) if end.strip() else repo.head
        return [operation.id for operation in only_before(repo.index, last, first)]
    found = resolve_operation(repo, text)
    if found == ROOT_OPERATION:
        raise Refused("Cannot abandon the root operation", code="cannot_abandon")
    if len(read_operation(repo.repository, found).data.parents) > 1:
        raise Refused("Cannot abandon a merge operation", code="cannot_abandon")
    return [found]


def abandon(repo: Repo, operations: Collection[OperationId]) -> Abandoned:
    """Take operations out of the log; what others do meanwhile stays in it.

    `refs/wj/op` moves by compare-and-swap, under the store lock, together with
    `refs/wj/exported`. Nothing is deleted.

    Raises:
        UnknownOperation: one of them is not in the log.
        Refused: the newest operation is among them; or refs that show the view could not be
            written since one of them.
        CorruptOperation, ObjectError: the log cannot be read.
        StoreLocked, StorageFailure, RefLocked: nothing has changed.
    """
    gone = frozenset(operations)
    if not gone:
        return Abandoned((), {}, repo.head)
    _refuse_unfit(repo, gone, repo.head)
    with Batch(repo.repository) as batch:
        above = _Above(repo, batch, gone)
        above.write()  # the bulk of it, while nobody has to wait
        batch.flush()
        with repo.repository.locked():
            with repo.transaction():
                pass  # what others did to the refs is recorded first, and the refs finished
            head = head_operation(repo.repository)
            exported = exported_operation(repo.repository)
            _refuse_unfinished(repo, gone, head, exported)
            above.write()
            batch.flush()
            edits = [RefEdit(OPERATION_REF, _one(above.now[head]), CommitId(head), breakable=True)]
            if exported in above.now:
                new = _one(above.now[exported])
                edits.append(RefEdit(EXPORTED_REF, new, CommitId(exported), breakable=True))
            update_refs(repo.repository, edits)
    repo.index.renew()
    repo.reload()
    return Abandoned(tuple(operations), above.reparented(), OperationId(_one(above.now[head])))


class _Above:
    """The operations above those that go, as they are written again.

    `now` maps each operation that goes to the nearest before it that stay, each that is
    written again to its new id.
    """

    def __init__(self, repo: Repo, batch: Batch, gone: frozenset[OperationId]) -> None:
        self.now: dict[OperationId, tuple[OperationId, ...]] = {}
        self._repo = repo
        self._batch = batch
        self._gone = gone
        self._head: OperationId | None = None
        self._continues: dict[str, str] = {}

    def write(self) -> None:
        """Stage all that are not staged yet; a second time looks at what came since alone."""
        pending = list(self._pending())
        named = _named(self._repo.repository, [o for o in pending if o.id not in self._gone])
        for operation in pending:
            parents = self._parents(operation)
            if operation.id in self._gone:
                self.now[operation.id] = parents
                before = operation.data.attributes.get(CONTINUES)
                if before is not None:
                    self._continues[operation.data.replica] = before
            elif parents != operation.data.parents:
                self._stage(operation, parents, named)

    def reparented(self) -> dict[OperationId, OperationId]:
        """Return what became of the operations that were written again, oldest first."""
        return {old: new[0] for old, new in self.now.items() if old not in self._gone}

    def _pending(self) -> Iterator[Operation]:
        """Yield what stands on those that go, they included, parents first, as git has it."""
        index, head = self._repo.index, self._repo.shown_operation
        if self._head is not None:
            found = list(only_before(index, head, self._head))
        else:
            found = list(walk_operations(index, "seq >= ?", (self._lowest(),)))
        self._head = head
        for shown in reversed(found):
            if shown.id in self._gone:
                yield shown
            elif shown.id not in self.now:
                yield read_operation(self._repo.repository, shown.id)

    def _lowest(self) -> int:
        rows = self._repo.index.query("SELECT id, seq FROM operations")
        return min(int(seq) for operation_id, seq in rows if operation_id in self._gone)

    def _parents(self, operation: Operation) -> tuple[OperationId, ...]:
        found = (now for old in operation.data.parents for now in self.now.get(old, (old,)))
        return tuple(dict.fromkeys(found))

    def _stage(
        self, operation: Operation, parents: tuple[OperationId, ...], named: list[CommitId]
    ) -> None:
        is_oldest = any(parent in self._gone for parent in operation.data.parents)
        data = self._with_links(operation.data)._replace(parents=parents)
        attributes = dict(data.attributes)
        if is_oldest and not parents:
            attributes[CUT] = "yes"
        before = self._continues.pop(data.replica, None)
        if before is not None:
            attributes.setdefault(CONTINUES, before)
        data = data._replace(attributes=attributes)
        keep = [*operation.kept, *named] if is_oldest else operation.kept
        assert operation.view is not None
        staged = stage_operation(self._batch, data, operation.view, keep)
        self.now[operation.id] = (staged.id,)

    def _with_links(self, data: OperationData) -> OperationData:
        """Return data whose links follow; those to operations that go are left out."""
        links = {}
        for name, target in data.links.items():
            if target not in self._gone:
                links[name] = self.now.get(OperationId(target), (target,))[0]
        return data._replace(links=links)


def _named(reader: ObjectReader, operations: Iterable[Operation]) -> list[CommitId]:
    """Return the heads of all commits that views and predecessors of operations name."""
    found: dict[CommitId, None] = {}
    before: dict[str, TreeId] = {}
    for operation in operations:
        after = read_roots(reader, operation.view)
        for part, key, _, value in diff_views(reader, before, after):
            if value is not None:
                names = [CommitId(key)] if part == HEADS else target_commits(part, value)
                found.update(dict.fromkeys(names))
        before = after
        for new, olds in operation.data.predecessors.items():
            found.update(dict.fromkeys((new, *olds)))
    return heads_among(reader, found)


def _refuse_unfit(repo: Repo, gone: frozenset[OperationId], head: OperationId) -> None:
    missing = gone.difference(row[0] for row in repo.index.query("SELECT id FROM operations"))
    if missing:
        raise UnknownOperation(min(missing))  # or somebody else has abandoned it meanwhile
    if head in gone:
        raise Refused(
            f"Cannot abandon the current operation {head[:_SHORT]}",
            "`wj undo` takes it back; what was before can be abandoned then",
            code="cannot_abandon",
        )


def _refuse_unfinished(
    repo: Repo, gone: frozenset[OperationId], head: OperationId, exported: OperationId
) -> None:
    """Keep what tells our own unfinished writes of refs from the moves of others."""
    _refuse_unfit(repo, gone, head)
    if exported == head:
        return
    since = {operation.id for operation in only_before(repo.index, head, exported)}
    if not gone.isdisjoint({*since, exported}):
        raise Refused(
            "Refs that show what these operations did cannot be written yet",
            "Another program may hold a lock on them; `wj status` tells more",
            code="cannot_abandon",
        )


def _one(operations: tuple[OperationId, ...]) -> CommitId:
    (only,) = operations
    return CommitId(only)
