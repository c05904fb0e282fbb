"""Abandon operations: remove them from the log, with the commits that only they kept alive.

The operations above the abandoned ones are rewritten with new parents and adapted links; their
views stay the same. So an operation whose parent was abandoned also stands for the effect of the
abandoned ones. One whose parent is now the root is marked (`CUT`) as the bottom of the log,
since undoing it would remove everything.

The oldest remaining operation gets as git parents the heads of all commits that views and
predecessors of the remaining ones name. Commits that only the abandoned ones kept are then
unreachable, and garbage collection removes them. Ids of operations change, views do not, so no
refs move but our own two. Abandoning is not an operation itself.

Operations that cannot be read are abandoned in the same way, as a repair.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from porcelain.actions.undoing.undo import CUT, DAMAGE
from porcelain.errors import Refused, UnknownOperation
from porcelain.index.operation_expression import resolve_operation
from porcelain.index.operation_walk import only_before, walk_operations
from porcelain.index.view_rows import log_gaps, operation_rows
from porcelain.maintenance.damage import parents_of_damaged, readable_heads, readable_operation
from porcelain.maintenance.rescued import rescued_operations
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation, OperationData
from porcelain.model.operation_store import (
    EXPORTED_REF,
    OPERATION_REF,
    exported_operation,
    head_operation,
    heads_among,
    read_operation,
    replica_heads,
    stage_operation,
)
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS, target_commits
from porcelain.repo.repo import Repo
from porcelain.repo.statement import state_rewriting
from porcelain.transaction.replicas import CONTINUES
from store.ids import CommitId, TreeId
from store.objects.objects import ObjectReader
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_update import RefEdit, update_refs

_SHORT = 12


class Abandoned(NamedTuple):
    """The abandoned operations, newest first; the new ids of those above; the new head."""

    operations: tuple[OperationId, ...]
    reparented: Mapping[OperationId, OperationId]
    head: OperationId


class Damage(NamedTuple):
    """Damage that is the reason for abandoning operations.

    Of `unkept` operations only the list of commits kept alive cannot be read. `lost` are commits
    that operations below the damage had kept alive.
    """

    unkept: frozenset[OperationId] = frozenset()
    lost: tuple[CommitId, ...] = ()


def operation_range(repo: Repo, text: str) -> list[OperationId]:
    """Return the operations that `OP`, `A..B`, `..B` or `A..` names, newest first.

    `A..B` is B and its ancestors without A and its ancestors; A defaults to the root and B to
    the newest operation. Operations that cannot be read are named by id, and belong to a range
    that ends at one or reaches beyond it.

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
    """Return the operation that an expression names; one that cannot be read is allowed."""
    wanted = text.strip()
    gaps = [gap for gap, _ in log_gaps(repo.index) if len(wanted) > 1 and gap.startswith(wanted)]
    try:
        return resolve_operation(repo, wanted)
    except UnknownOperation:
        if len(gaps) != 1:
            raise
        return gaps[0]


def abandon(
    repo: Repo, operations: Collection[OperationId], damage: Damage | None = None
) -> Abandoned:
    """Remove operations from the log; operations recorded concurrently stay in it.

    `refs/wj/op` moves by compare-and-swap, under the store lock, together with
    `refs/wj/exported`. Nothing is deleted. With `damage` they may be unreadable; the operations
    above them are marked as the bottom for undo, since their effects cannot be told apart.

    Raises:
        UnknownOperation: one of them is not in the log.
        Refused: the newest operation is among them; or refs that show the view could not be
            written since one of them.
        CorruptOperation, ObjectError: the log cannot be read.
        StoreLocked, StorageFailure, RefLocked: nothing has changed.
    """
    gone = frozenset(operations)
    if not gone and not (damage and damage.unkept):
        return Abandoned((), {}, repo.head)
    _refuse_unfit(repo, gone, repo.head)
    with ObjectBatch(repo.repository) as batch:
        above = Reparenting(repo, batch, gone, damage)
        above.write()  # most of them, while no other writer has to wait
        batch.flush()
        with repo.repository.locked():
            with repo.transaction():
                pass  # changes that others made to the refs are recorded first
            head = head_operation(repo.repository)
            _refuse_unfinished(repo, gone, head)
            above.write()
            now = above.reparented()
            dropped = {} if damage else above.dropped()
            newest = move_log(repo, batch, now, gone, dropped)
    repo.index.discard_file()
    repo.reload()
    return Abandoned(tuple(operations), now, newest)


def move_log(
    repo: Repo,
    batch: ObjectBatch,
    now: Mapping[OperationId, OperationId],
    gone: Collection[OperationId] = (),
    dropped: Mapping[OperationId, OperationId | None] = {},
) -> OperationId:
    """Write staged operations and move the log's refs to the new ids in `now`; call it locked.

    Refs of rescued operations and of copies' own move as well, and are deleted where they name one
    of `gone`. A statement may follow on the rewritten ones; it lists `dropped` operations for other
    copies, each with its replacement. Return the newest operation.
    """
    head = head_operation(repo.repository)
    if head in now:
        now = {**now, head: state_rewriting(repo, batch, now[head], dropped)}
    refs = {
        OPERATION_REF: head,
        EXPORTED_REF: exported_operation(repo.repository),
    }
    edits = [
        RefEdit(name, CommitId(now[old]), CommitId(old), breakable=True)
        for name, old in refs.items()
        if old in now
    ]
    if edits:
        batch.flush()
        update_refs(repo.repository, edits)
    others = {one.ref: (one.operation, one.value) for one in rescued_operations(repo.repository)}
    for ref, head in replica_heads(repo.repository).items():
        others[ref] = (head, CommitId(head))
    for ref, (operation, value) in others.items():
        if operation in now or operation in gone:
            new = now.get(operation)
            edit = RefEdit(ref, CommitId(new) if new else None, value)
            update_refs(repo.repository, [edit])
    return now.get(head, head)


class Reparenting:
    """Rewrites the operations above the abandoned ones, in a batch; moves nothing.

    `now` maps an abandoned operation to its nearest remaining ancestors, and a rewritten one to
    its new id.
    """

    def __init__(
        self,
        repo: Repo,
        batch: ObjectBatch,
        gone: frozenset[OperationId],
        damage: Damage | None = None,
    ) -> None:
        """Stage nothing yet."""
        self.now: dict[OperationId, tuple[OperationId, ...]] = {}
        self._damage = damage
        self._unkept = damage.unkept if damage else frozenset()
        self._repo = repo
        self._batch = batch
        self._gone = gone
        self._head: OperationId | None = None
        self._continues: dict[str, str] = {}

    def write(self) -> None:
        """Stage the rewritten operations; a second call only those recorded since the first."""
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
        """Return the new ids of the rewritten operations, oldest first."""
        return {old: new[0] for old, new in self.now.items() if old not in self._gone}

    def dropped(self) -> dict[OperationId, OperationId | None]:
        """Return all operations that the log no longer has, each with the one in its place."""
        return {old: new[0] if len(new) == 1 else None for old, new in self.now.items()}

    def _pending(self) -> Iterator[Operation]:
        """Yield the abandoned operations and those above them, parents first, as stored in git."""
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
        """Map abandoned operations that are not in the index to their nearest readable ancestors."""
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
                    elif readable_operation(self._repo.repository, parent):
                        found[parent] = None
            self.now[gap] = tuple(found)

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
        staged = stage_operation(self._batch, data, operation.view, keep, dropped=operation.dropped)
        self.now[operation.id] = (staged.id,)

    def _keep(
        self, operation: Operation, named: list[CommitId], *, is_oldest: bool
    ) -> Sequence[CommitId]:
        """Return the commits that a rewritten operation keeps alive."""
        is_unkept = operation.id in self._unkept
        if not is_oldest and not is_unkept:
            return operation.kept
        lost = self._damage.lost if self._damage else ()
        kept = () if is_unkept else operation.kept
        return [*kept, *readable_heads(self._repo.repository, lost), *named]

    def _with_links(self, data: OperationData) -> OperationData:
        """Return data with adapted links; links to abandoned operations are dropped."""
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
        after = read_roots(reader, operation.view, operation.id)
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
        raise UnknownOperation(min(missing))  # perhaps abandoned concurrently
    if head in gone:
        raise Refused(
            f"Cannot abandon the current operation {head[:_SHORT]}",
            "`wj undo` takes it back; the operations before it can be abandoned then",
            code="cannot_abandon",
        )


def _refuse_unfinished(repo: Repo, gone: frozenset[OperationId], head: OperationId) -> None:
    """Refuse to abandon operations that tell our own unfinished ref writes from others' moves."""
    _refuse_unfit(repo, gone, head)
    exported = exported_operation(repo.repository)
    if exported == head:
        return
    since = {operation.id for operation in only_before(repo.index, head, exported)}
    if not gone.isdisjoint({*since, exported}):
        raise Refused(
            "The refs changed by these operations cannot be written yet",
            "Another program may hold a lock on them; `wj status` tells more",
            code="cannot_abandon",
        )
