"""Synchronise with a remote: both operation logs are merged, and both sides then have the same view.

The remote gets the log, which keeps alive everything that was ever visible, and the refs of the view.
All of it is pushed together, each ref only as it was seen; where another machine was faster, everything is
fetched and merged again. Sessions that were pushed to the remote without its log count as moved
there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from porcelain.actions.recording.record import Recorder
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.remote.clone import (
    join,
    known_head,
    place_in,
    remember_head,
    start_at_newest,
)
from porcelain.exchange.remote.dropped import (
    drop_here,
    dropped_by,
    refuse_still_here,
    still_here,
    without_dropped,
)
from porcelain.exchange.remote.place import PARTS, Name, Place
from porcelain.exchange.remote.push_names import refuse_secrets
from porcelain.index.exported_refs import exported_values, first_side
from porcelain.index.operation_walk import is_before, only_before
from porcelain.index.view_rows import part_rows
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import Dropped, head_operation, kept_commits, read_operation
from porcelain.model.view import read_roots, readable_values
from porcelain.model.view_merge import merge_value
from porcelain.model.view_value import target_commits
from porcelain.repo.join_logs import Joined
from porcelain.repo.repo import Repo
from store.ids import CommitId
from store.remote.fetch import Received, RemoteRef
from store.remote.push import RefPush, Rejected, push_refs
from store.repository.pack_writer import ObjectBatch

_MOST_ATTEMPTS = 20

Scan = Callable[[Sequence[CommitId], Sequence[Operation]], Sequence[str]]
"""Returns the places of secrets in commits and operations that are about to be sent."""


class Synced(NamedTuple):
    """The result: operations received and sent, refs written there, the last merge, attempts.

    `dropped` operations were dropped here, as before at the remote.
    """

    received: int
    sent: int
    refs: int
    merge: Operation | None
    attempts: int
    dropped: int


def sync(
    repo: Repo,
    place: Place,
    scan: Scan | None,
    wait: Callable[[int], None],
    *,
    drops: bool = False,
) -> Synced:
    """Exchange operation logs with a remote; `wait(n)` is called before the attempt n + 1.

    With `drops`, operations that the remote has dropped are dropped here too.

    Raises:
        Refused: a secret would be sent, the remote has dropped operations that are here, its log was
            set back, or other machines are always faster.
        RemoteFailure: the remote cannot be reached or refuses; what was received stays.
        CorruptOperation: its log does not hold; nothing is changed.
    """
    received, dropped, merge = 0, 0, None
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        refs = place.refs(repo.repository)
        joined = take(repo, place, refs, f"sync {plain(place.name)}", drops=drops)
        dropped += joined.dropped
        received += len(joined.arrived)
        merge = joined.merge or merge
        there = refs.get(place.operation_ref)
        pushes = _pushes(repo, place, refs)
        sent = _to_send(repo, OperationId(there.id) if there else ROOT_OPERATION)
        if scan is not None and sent:
            refuse_secrets(scan(_commits_of(repo, sent), sent))
        rejected = push_refs(repo.repository, place.target, pushes, atomic=True) if pushes else []
        if not rejected:
            head = head_operation(repo.repository)
            if head not in (ROOT_OPERATION, known_head(repo.repository, place)):
                remember_head(repo, place, head)
            return Synced(received, len(sent), len(pushes), merge, attempt, dropped)
        if not any(one.stale or "atomic" in one.reason for one in rejected):
            _refuse(place, rejected)
        wait(attempt)
    raise Refused(
        f"Other machines were faster {_MOST_ATTEMPTS} times",
        "Try again in a moment; what was received is merged here",
        code="sync_contention",
    )


def _refuse(place: Place, rejected: Sequence[Rejected]) -> None:
    first = rejected[0]
    raise Refused(
        f"{plain(place.name)} did not take {counted(len(rejected), 'ref')}: "
        f"{plain(first.ref)}: {plain(first.reason)}",
        "A host that takes only branches needs the setting `git.namespace`",
        code="push_rejected",
    )


def take(
    repo: Repo,
    place: Place,
    refs: Mapping[str, RemoteRef],
    description: str,
    *,
    drops: bool = False,
) -> Joined:
    """Receive a remote's log and sessions, and join them to this copy's.

    With `drops`, operations that the remote has dropped are dropped here too.
    """
    names = place.names(refs)
    log = refs.get(place.operation_ref)
    other = OperationId(log.id) if log else ROOT_OPERATION
    if other in dropped_by(repo, head_operation(repo.repository)):
        # What the remote shows is of before: nothing of it is fetched, it would come back here.
        return join(repo, ROOT_OPERATION)
    with Received(repo.repository) as received, ObjectBatch(repo.repository) as batch:
        wanted = [value.peeled for value in names.values()]
        received.fetch(place.source, [*wanted, *([log.id] if log else ())])
        theirs = dropped_by(repo, other)
        _refuse_lost_there(repo, place, other, theirs)
        gone = still_here(repo, theirs)
        if gone and drops:
            drop_here(place_in(repo, received), repo, other, theirs)
        else:
            refuse_still_here(gone, place)
        end = without_dropped(repo, batch, other)
        was_empty = head_operation(repo.repository) == ROOT_OPERATION

        def then(tx: Recorder) -> None:
            _take_names(tx, names, end)
            if was_empty:
                start_at_newest(tx)
            tx.describe(description)

        joined = join(repo, end, then, received=received, is_checked=end != other)
        return joined._replace(dropped=len(gone))


def _refuse_lost_there(repo: Repo, place: Place, other: OperationId, theirs: Dropped) -> None:
    """Refuse a log that has lost operations which were there before, and does not say so.

    Raises:
        Refused: it has.
    """
    seen = known_head(repo.repository, place)
    if ROOT_OPERATION in (seen, other) or seen in theirs or _continues(repo, seen, other):
        return
    remote = plain(place.name)
    raise Refused(
        f"The operation log of {remote} was set back or replaced: operation {seen[:12]}, which it had, "
        "is not in it",
        f"`wj op verify {remote}` says more where operations are signed",
        f"`wj git fetch` brings sessions alone; `wj git clone` of {remote} makes a copy of its log",
        code="log_set_back",
    )


def _continues(repo: Repo, seen: OperationId, other: OperationId) -> bool:
    """Tell whether a log that arrived, but is not in the index yet, continues an operation."""
    pending, known = [other], {ROOT_OPERATION}
    while pending:
        here = pending.pop()
        if here in known:
            continue
        known.add(here)
        if here == seen:
            return True
        if repo.index.query("SELECT 1 FROM operations WHERE id = ?", (here,)):
            if is_before(repo.index, seen, here):
                return True
        else:
            pending += read_operation(repo.repository, here).data.parents
    return False


def _take_names(tx: Recorder, names: Mapping[Name, RemoteRef], other: OperationId) -> None:
    """Merge the sessions and tags that are not where the remote's log has them."""
    operation = read_operation(tx.batch, other)
    roots = read_roots(tx.batch, operation.view, operation.id)
    for part in PARTS:
        there = {name: value.peeled for (kind, name), value in names.items() if kind == part}
        known = readable_values(tx.batch, roots, part, there)
        for name, commit in sorted(there.items()):
            before = known.get(name)
            if first_side(before) == commit:
                continue
            tx.index.ensure(tx.batch, [CommitId(commit)])
            merged = merge_value(part, before, tx.get(part, name), commit, tx.is_ancestor)
            tx.set(part, name, merged)
            shown = target_commits(part, merged) if merged is not None else ()
            tx.add_heads([one for one in shown if not tx.row(one).visible])


def _pushes(repo: Repo, place: Place, refs: Mapping[str, RemoteRef]) -> list[RefPush]:
    """Return what differs at the remote, its log last."""
    there = place.names(refs)
    wanted = [(part, name) for part in PARTS for name, _ in part_rows(repo.index, part)]
    here = {name: commit for name, commit in exported_values(repo.index, wanted).items() if commit}
    pushes = []
    for part, name in sorted({*there, *here}):
        new, old = here.get((part, name)), there.get((part, name))
        if old is None or old.peeled != new:
            pushes.append(RefPush(place.ref(part, name), new, old.id if old else None))
    head, log = head_operation(repo.repository), refs.get(place.operation_ref)
    if head != ROOT_OPERATION and (log is None or log.id != head):
        pushes.append(RefPush(place.operation_ref, head, log.id if log else None))
    return pushes


def _to_send(repo: Repo, there: OperationId) -> list[Operation]:
    """Return the operations that the remote does not have, newest first."""
    head = head_operation(repo.repository)
    return [] if head == ROOT_OPERATION else [*only_before(repo.index, head, there)]


def _commits_of(repo: Repo, operations: Iterable[Operation]) -> list[CommitId]:
    """Return the commits that operations brought, hidden ones too, oldest first."""
    index, reader = repo.index, repo.repository
    heads: dict[CommitId, None] = {}
    for operation in operations:
        heads.update(dict.fromkeys(kept_commits(reader, read_operation(reader, operation.id))))
    positions = index.reach(index.positions(heads).values()) - {0}
    return [index.row_at(position).id for position in sorted(positions)]
