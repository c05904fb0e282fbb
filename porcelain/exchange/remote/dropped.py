"""Operations that were abandoned or purged: they are not received again, and not sent.

The list travels with the log (see `porcelain.model.operation_store.Dropped`). A list that arrives drops
nothing by itself: a copy that has operations of it stops to synchronise until it is told to drop
them too. Operations that others have made on top of dropped ones are written again on what stands
in their place.
"""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.display import counted, plain
from porcelain.errors import CorruptOperation, Refused
from porcelain.exchange.remote.place import Place
from porcelain.index.operation_walk import only_before
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import (
    Dropped,
    head_operation,
    read_operation,
    stage_operation,
)
from porcelain.repo.join_logs import Where, check_log, join_logs
from porcelain.repo.repo import Repo
from porcelain.repo.statement import state_rewriting
from store.repository.pack_writer import ObjectBatch


def dropped_by(repo: Repo, operation_id: OperationId) -> Dropped:
    """Return the operations that the log up to an operation has dropped.

    Raises:
        CorruptOperation: it cannot be read.
    """
    return Dropped(repo.repository, read_operation(repo.repository, operation_id))


def still_here(repo: Repo, theirs: Dropped) -> list[OperationId]:
    """Return the operations of this copy's log that a remote has dropped."""
    ours = dropped_by(repo, head_operation(repo.repository))
    new = [key for key, _, value in ours.map.diff(theirs.map.root) if value is not None]
    known = repo.index.query_among("SELECT id FROM operations WHERE id IN ({})", new)
    return [OperationId(row[0]) for row in known]


def refuse_still_here(found: list[OperationId], place: Place) -> None:
    """Refuse to synchronise while operations are here that the remote has dropped.

    Raises:
        Refused: there are some.
    """
    if not found:
        return
    remote = plain(place.name)
    raise Refused(
        f"{counted(len(found), 'operation')} that this copy has {'was' if len(found) == 1 else 'were'} "
        f"abandoned or purged at {remote}",
        "They would come back there; `wj sync --help` tells how they are dropped here too",
        f"`wj git fetch` and `wj git push` exchange sessions alone with {remote}",
        code="operations_dropped",
    )


def drop_here(where: Where, repo: Repo, other: OperationId, theirs: Dropped) -> None:
    """Drop the operations here that the log up to `other` has dropped; the state stays.

    Own operations on top of them are written again. A log of which nothing is own is replaced.

    Raises:
        CorruptOperation, Refused: the other log does not hold, or own operations are on top of
            purged ones; nothing is changed.
    """
    check_log(where, other)
    with repo.repository.locked(), ObjectBatch(repo.repository) as batch:
        with repo.transaction():
            pass  # outside changes are recorded first
        head = head_operation(repo.repository)
        log = list(only_before(repo.index, head, ROOT_OPERATION))
        now = _written_again(batch, (one.id for one in reversed(log)), theirs)
        made = {old: new for old, new in now.items() if new is not None and old not in theirs}
        target = now.get(head, head) or other
        if made:
            target = state_rewriting(repo, batch, target, made)
        batch.flush()
        join_logs(where.trusting(), target, replaces=True)
    repo.index.discard_file()
    repo.reload()


def without_dropped(repo: Repo, batch: ObjectBatch, other: OperationId) -> OperationId:
    """Return the end of a log that arrived, written again without what was dropped here.

    Raises:
        CorruptOperation, Refused: it does not hold, or others have continued purged operations.
    """
    ours = dropped_by(repo, head_operation(repo.repository))
    if not ours.map or other == ROOT_OPERATION:
        return other
    arrived = _arrived(repo, batch, other)
    if not any(one in ours for one in arrived):
        return other
    check_log(Where(repo.repository, repo.index, repo.actor, repo.workspace_name), other)
    now = _written_again(batch, arrived, ours)
    made = {old: new for old, new in now.items() if new is not None and old not in ours}
    end = state_rewriting(repo, batch, now.get(other) or other, made)
    batch.flush()
    return end


def _arrived(repo: Repo, batch: ObjectBatch, other: OperationId) -> list[OperationId]:
    """Return the operations up to `other` that are not in the index, parents first."""
    found: dict[OperationId, None] = {}
    pending = [(other, False)]
    seen = {ROOT_OPERATION}
    while pending:
        here, is_done = pending.pop()
        if is_done:
            found[here] = None
        elif here not in seen:
            seen.add(here)
            if repo.index.query("SELECT 1 FROM operations WHERE id = ?", (here,)):
                continue
            parents = read_operation(batch, here).data.parents
            pending += [(here, True), *((parent, False) for parent in parents)]
    return [*found]


def _written_again(
    batch: ObjectBatch, oldest_first: Iterable[OperationId], dropped: Dropped
) -> dict[OperationId, OperationId | None]:
    """Stage operations again whose parents were dropped; return the new ids, None where there is none.

    What is staged follows from the operations and the list alone, so every copy makes the same.

    Raises:
        Refused: an operation is on top of one that has no replacement.
    """
    now: dict[OperationId, OperationId | None] = {}
    for operation_id in oldest_first:
        if operation_id in dropped:
            now[operation_id] = dropped.replacement(operation_id)
            continue
        operation = read_operation(batch, operation_id)
        parents = [now.get(parent, parent) for parent in operation.data.parents]
        if parents == [*operation.data.parents]:
            continue
        if None in parents:
            raise _on_purged(operation)
        now[operation_id] = _with_parents(batch, operation, [one for one in parents if one], now)
    return now


def _with_parents(
    batch: ObjectBatch,
    operation: Operation,
    parents: list[OperationId],
    now: dict[OperationId, OperationId | None],
) -> OperationId:
    links = {
        name: link
        for name, old in operation.data.links.items()
        if (link := now.get(OperationId(old), OperationId(old))) is not None
    }
    data = operation.data._replace(parents=tuple(dict.fromkeys(parents)), links=links)
    if operation.view is None:
        raise CorruptOperation(operation.id, "it has no view")
    made = stage_operation(batch, data, operation.view, operation.kept, dropped=operation.dropped)
    return made.id


def _on_purged(operation: Operation) -> Refused:
    title = plain(operation.data.description.partition("\n")[0])
    return Refused(
        f"Operation {operation.id[:12]} ({title}) continues one that was abandoned or purged, and "
        "has no place without it",
        "`wj git fetch` and `wj git push` exchange sessions alone",
        "`wj git clone` makes a copy with the log as it is at the remote",
        code="log_rewritten",
    )
