"""Clone: a new repository takes over the operation log of a remote, its sessions and tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from porcelain.actions.recording.record import Recorder
from porcelain.display import plain
from porcelain.exchange.remote.fetch_names import (
    Choice,
    Fetched,
    Listing,
    import_names,
    index_commits,
    receive,
)
from porcelain.exchange.remote.place import Place
from porcelain.index.view_rows import part_rows
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION
from porcelain.model.view_value import SESSIONS, parse_target
from porcelain.repo.join_logs import Joined, Then, Where, join_logs
from porcelain.repo.repo import Repo
from porcelain.transaction.transaction import Published, Transaction
from store.errors import ObjectError
from store.ids import CommitId, is_full_id
from store.objects.objects import read_kind
from store.remote.fetch import Received
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository

_ALL = Choice(lambda _part, _name: True, lambda _part, _name: True)


class Cloned(NamedTuple):
    """The transaction of a clone, what it fetched, and how many operations came with the log."""

    tx: Transaction
    fetched: Fetched
    operations: int


def clone(repo: Repo, place: Place, args: Sequence[str]) -> Cloned:
    """Fetch everything from a place into a new, empty repository, and track all its sessions.

    Raises:
        RemoteFailure: it cannot be reached, refuses, or sends too much.
        CorruptOperation: its operation log does not hold.
    """
    done: list[tuple[Recorder, Fetched]] = []
    with Received(repo.repository) as received:
        refs = place.refs(repo.repository)
        listing = Listing(place, place.names(refs), _ALL)
        log = refs.get(place.operation_ref)
        if log is not None:
            received.fetch(place.source, [log.id])
        receive(received, listing)

        def take(tx: Recorder) -> None:
            tx.args = tuple(args)
            refused = index_commits(tx.index, tx.batch, listing)
            fetched = import_names(tx, [listing], refused)
            tx.kind, tx.description = "git", f"git clone {plain(place.name)}"
            start_at_newest(tx)
            done.append((tx, fetched))

        if log is None:
            received.land()
            with repo.transaction() as tx:
                take(tx)
            return Cloned(tx, done[0][1], 0)
        joined = join(repo, OperationId(log.id), take, received=received)
        remember_head(repo, place, OperationId(log.id))
    tx, fetched = done[0]
    tx.published = Published((), joined.own)
    return Cloned(tx, fetched, len(joined.arrived))


def join(
    repo: Repo,
    other: OperationId,
    then: Then | None = None,
    *,
    received: Received | None = None,
    is_checked: bool = False,
) -> Joined:
    """Join another log, whose objects were received, and show the new state; see `join_logs`.

    Of one that was checked no signatures are demanded.
    """
    where = place_in(repo, received)
    where = where.trusting() if is_checked else where
    joined = join_logs(where, other, then)
    repo.reload()
    return joined


def place_in(repo: Repo, received: Received | None = None) -> Where:
    """Return where a log is joined; received objects land when it is known to hold."""
    where = Where(repo.repository, repo.index, repo.actor, repo.workspace_name)
    return where if received is None else replace(where, accept=received.land)


def remember_head(repo: Repo, place: Place, head: OperationId) -> None:
    """Note the newest operation that a remote is known to have.

    The ref names a blob with its id, so that it does not keep alive what is abandoned here.
    """
    with repo.repository.locked(), ObjectBatch(repo.repository) as batch:
        noted = CommitId(batch.add("blob", f"{head}\n".encode()))
        batch.flush()
        edit = RefEdit(place.tracking_ref, noted, Expect.ANY)
        update_refs(repo.repository, [edit], landed=batch.holds)


def known_head(repository: Repository, place: Place) -> OperationId:
    """Return the newest operation that a remote is known to have; the root without any."""
    noted = read_ref(repository, place.tracking_ref)
    try:
        text = read_kind(repository, noted, "blob").decode("ascii").strip() if noted else ""
    except (ObjectError, UnicodeDecodeError):
        text = ""
    return OperationId(text) if is_full_id(text) else ROOT_OPERATION


def start_at_newest(tx: Recorder) -> None:
    """Move `@` to the tip of the newest session, where this workspace has no position."""
    if tx.workspace.commit is not None:
        return
    tips: list[tuple[int, str, CommitId]] = []
    for name, value in part_rows(tx.index, SESSIONS):
        target = parse_target(value)
        if len(target) == 1 and target[0] is not None:
            tips.append((tx.row(target[0]).time, name, target[0]))
    if tips:
        _, name, tip = max(tips)
        tx.set_workspace(tip, name)
