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

Operations that cannot be read are abandoned likewise, in `mend`: what stands above them is
marked too, as what they did cannot be told from what it did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from porcelain.actions.undoing.undo import CUT, DAMAGE
from porcelain.errors import CorruptOperation, Refused, UnknownOperation
from porcelain.index.operation_expression import resolve_operation
from porcelain.index.operation_walk import only_before, walk_operations
from porcelain.index.view_rows import log_gaps, operation_rows
from porcelain.maintenance.damage import parents_of_damaged, readable_heads
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation, OperationData
from porcelain.model.operation_store import (
    EXPORTED_REF,
    OPERATION_REF,
    exported_operation,
    head_operation,
    heads_among,
    read_operation,
    stage_operation,
)
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS, target_commits
from porcelain.repo.repo import Repo
from porcelain.transaction.replicas import CONTINUES
from store.ids import CommitId, TreeId
from store.objects.objects import ObjectReader
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_update import RefEdit, update_refs

_SHORT = 12


class Abandoned(NamedTuple):
    """The operations that went, newest first; what the ones above became; the new head."""

    operations: tuple[OperationId, ...]
    reparented: Mapping[OperationId, OperationId]
    head: OperationId


class Damage(NamedTuple):
    """What is to be mended: operations that cannot be read.

    Of `unkept` only the list of what they keep alive cannot be. `lost` are commits that
    operations beyond the damage had kept.
    """

    operations: frozenset[OperationId]
    unkept: frozenset[OperationId] = frozenset()
    lost: tuple[CommitId, ...] = ()


def operation_range(repo: Repo, text: str) -> list[OperationId]:
    """Return the operations that `OP`, `A..B`, `..B` or `A..` names, newest first.

    `A..B` is B and what is before it, without A and what is before that; A is the root and B
    the newest operation where they are left out. Operations that cannot be read are named by
    id, and are part of a range that ends at one or goes beyond it.

    Raises:
        OperationError: an expression names no operation, or several.
        Refused: one alone that is the root or a merge.
    """
    start, dots, end = text.partition("..")
    if dots:
        first = _resolve(repo, start) if start.strip() else ROOT_OPERATION
        last = _resolve(repo, end) if end.strip() else repo.head
        return _between(repo, first, last)
    found = _resolve(repo, text)
    if found == ROOT_OPERATION:
        raise Refused("Cannot abandon the root operation", code="cannot_abandon")
    rows = operation_rows(repo.index, "id = ?", (found,))
    if rows and len(rows[0].data.parents) > 1:
        raise Refused("Cannot abandon a merge operation", code="cannot_abandon")
    return [found]


def _between(repo: Repo, first: OperationId, last: OperationId) -> list[OperationId]:
    found = list(only_before(repo.index, last, first))
    gaps = {operation_id for operation_id, _ in log_gaps(repo.index)} - {first}
    above = {parent for operation in found for parent in operation.data.parents}
    beyond = [gap for gap in sorted(gaps) if gap in above or gap == last]
    return [*(operation.id for operation in found), *beyond]


def _resolve(repo: Repo, text: str) -> OperationId:
    """Return the operation that an expression names, also one that cannot be read."""
    wanted = text.strip()
    gaps = [gap for gap, _ in log_gaps(repo.index) if len(wanted) > 1 and gap.startswith(wanted)]
    try:
        return resolve_operation(repo, wanted)
    except UnknownOperation:
        if len(gaps) != 1:
            raise
        return gaps[0]


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
    return _rewrite(repo, tuple(operations), None)


def mend(repo: Repo, damage: Damage) -> Abandoned:
    """Take operations that cannot be read out of the log, as `abandon` does.

    What is known to be before them stays in it. What stood on them is marked as the bottom, for
    undo: what it did and what they did cannot be told apart any more.

    Raises:
        As `abandon`.
    """
    return _rewrite(repo, tuple(sorted(damage.operations)), damage)


def _rewrite(repo: Repo, operations: tuple[OperationId, ...], damage: Damage | None) -> Abandoned:
    gone = frozenset(operations)
    if not gone and not (damage and damage.unkept):
        return Abandoned((), {}, repo.head)
    _refuse_unfit(repo, gone, repo.head)
    with ObjectBatch(repo.repository) as batch:
        above = _Above(repo, batch, gone, damage)
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
            _move_refs(repo, above, head, exported)
    repo.index.discard_file()
    repo.reload()
    now = above.now.get(head, (head,))
    return Abandoned(operations, above.reparented(), OperationId(_one(now)))


def _move_refs(repo: Repo, above: _Above, head: OperationId, exported: OperationId) -> None:
    edits = []
    for name, old in ((OPERATION_REF, head), (EXPORTED_REF, exported)):
        if old in above.now:
            edits.append(RefEdit(name, _one(above.now[old]), CommitId(old), breakable=True))
    if edits:
        update_refs(repo.repository, edits)


class _Above:
    """The operations above those that go, as they are written again.

    `now` maps each operation that goes to the nearest before it that stay, each that is
    written again to its new id.
    """

    def __init__(
        self, repo: Repo, batch: ObjectBatch, gone: frozenset[OperationId], damage: Damage | None
    ) -> None:
        self.now: dict[OperationId, tuple[OperationId, ...]] = {}
        self._damage = damage
        self._unkept = damage.unkept if damage else frozenset()
        self._repo = repo
        self._batch = batch
        self._gone = gone
        self._head: OperationId | None = None
        self._continues: dict[str, str] = {}

    def write(self) -> None:
        """Stage all that are not staged yet; a second time looks at what came since alone."""
        if self._head is None:
            self._pass_gaps()
        pending = list(self._pending())
        named = _named(self._repo.repository, [o for o in pending if o.id not in self._gone])
        for operation in pending:
            parents = self._parents(operation)
            if operation.id in self._gone:
                self.now[operation.id] = parents
                before = operation.data.attributes.get(CONTINUES)
                if before is not None:
                    self._continues[operation.data.replica] = before
            elif parents != operation.data.parents or operation.id in self._unkept:
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

    def _pass_gaps(self) -> None:
        """Note where those lead that are not in the index: to what is known to be before them."""
        known = {row[0] for row in self._repo.index.query("SELECT id FROM operations")}
        gaps = self._gone - known
        before = {
            gap: parents_of_damaged(self._repo.repository, gap, lambda _: None) for gap in gaps
        }
        for gap in gaps:
            pending, found = [gap], dict[OperationId, None]()
            while pending:
                here = pending.pop()
                for parent in before.get(here, ()):
                    if parent in gaps:
                        pending.append(parent)
                    elif self._is_readable(parent):
                        found[parent] = None
            self.now[gap] = tuple(found)

    def _is_readable(self, operation_id: OperationId) -> bool:
        try:
            read_operation(self._repo.repository, operation_id)
        except CorruptOperation:
            return False
        return True

    def _lowest(self) -> int:
        index = self._repo.index
        touched = self._gone | self._unkept
        gaps = {operation_id for operation_id, _ in log_gaps(index)} & self._gone
        rows = operation_rows(index, "1 = 1 ORDER BY seq", ()) if gaps else ()
        touched |= {one.id for one in rows if not gaps.isdisjoint(one.data.parents)}
        found = index.query("SELECT id, seq FROM operations")
        return min((int(seq) for operation_id, seq in found if operation_id in touched), default=0)

    def _parents(self, operation: Operation) -> tuple[OperationId, ...]:
        found = (now for old in operation.data.parents for now in self.now.get(old, (old,)))
        return tuple(dict.fromkeys(found))

    def _stage(
        self, operation: Operation, parents: tuple[OperationId, ...], named: list[CommitId]
    ) -> None:
        is_oldest = any(parent in self._gone for parent in operation.data.parents)
        data = self._with_links(operation.data)._replace(parents=parents)
        attributes = dict(data.attributes)
        if is_oldest and (self._damage or not parents):
            attributes[CUT] = DAMAGE if self._damage else "yes"
        before = self._continues.pop(data.replica, None)
        if before is not None:
            attributes.setdefault(CONTINUES, before)
        data = data._replace(attributes=attributes)
        assert operation.view is not None
        keep = self._keep(operation, named, is_oldest=is_oldest)
        staged = stage_operation(self._batch, data, operation.view, keep)
        self.now[operation.id] = (staged.id,)

    def _keep(
        self, operation: Operation, named: list[CommitId], *, is_oldest: bool
    ) -> Sequence[CommitId]:
        """Return what an operation that is written again keeps alive."""
        if operation.id in self._unkept:
            return [*readable_heads(self._repo.repository, self._lost()), *named]
        if not is_oldest:
            return operation.kept
        return [*operation.kept, *readable_heads(self._repo.repository, self._lost()), *named]

    def _lost(self) -> tuple[CommitId, ...]:
        return self._damage.lost if self._damage else ()

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
    known = [row[0] for row in repo.index.query("SELECT id FROM operations")]
    missing = gone.difference(known, (gap for gap, _ in log_gaps(repo.index)))
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
