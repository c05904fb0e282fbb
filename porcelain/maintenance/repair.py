"""Mending what `porcelain.maintenance.doctor` finds, as far as nothing is lost by it.

The log goes on from the newest operation that can still be read: the index remembers their
order, `refs/wj/exported` names one that the refs have shown, and others may go on from these.
Where nothing leads to one, the refs themselves are adopted as at first. Whatever the refs show
beyond that operation is then recorded like any other change from outside; what else is still
known of it (`porcelain.maintenance.recover_operation`) is brought back. Operations further down that cannot be read
are taken out of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from porcelain.errors import CorruptOperation
from porcelain.index.exported_refs import first_side
from porcelain.index.heads import change_heads
from porcelain.index.view_rows import get_row, part_rows
from porcelain.maintenance.abandon_operations import Damage, mend
from porcelain.maintenance.damage import ViewFaults, parents_of_damaged
from porcelain.maintenance.doctor import Examined, Repair, ancestors, examine
from porcelain.maintenance.longest_path import distances
from porcelain.maintenance.recover_operation import (
    NOTHING,
    Salvage,
    bring_back,
    salvage,
    written_since,
)
from porcelain.maintenance.recover_session import LeftBehind
from porcelain.model.actor import Actor
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import (
    EXPORTED_REF,
    OPERATION_REF,
    kept_commits,
    read_operation,
)
from porcelain.model.view_value import HEADS, SESSIONS, WORKSPACES, target_commits
from porcelain.repo.repo import Repo
from porcelain.transaction.export_refs import name_of
from porcelain.transaction.transaction import Transaction
from store.errors import CorruptRef, ObjectError, RefConflict
from store.gitdir.packed_refs import find_packed
from store.ids import CommitId, RefName
from store.index.database_file import remove_index_file
from store.maintenance.housekeeping import pack_refs, roll_up
from store.maintenance.leftovers import drop_broken_ref, index_fault, index_rows
from store.maintenance.quarantine import ASIDE, put_aside_damaged
from store.objects.commit import read_commit
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository


def repair(repository: Repository, actor: Actor, examined: Examined) -> list[str]:
    """Mend what was found; return what was done, a sentence each.

    What changes the view is an operation, or several. Examine again to see what is left.

    Raises:
        StoreLocked, StorageFailure: another process or the disk is in the way.
    """
    wanted: set[Repair] = {finding.repair for finding in examined.findings}
    done: list[str] = []
    found = NOTHING
    with repository.locked():  # which clears what killed writers of ours left
        if "objects" in wanted:
            damaged = [one.object_id for one in examined.findings if one.repair == "objects"]
            count = put_aside_damaged(repository, damaged)
            done.append(f"Put {count} damaged files of objects aside, in {ASIDE}")
        if "log" in wanted:
            found = _mend_log(repository, examined, done)
        if "index" in wanted or index_fault(repository):
            remove_index_file(repository.path)
            done.append("Threw the index away; it is made anew")
    try:
        done += _mend_view(repository, actor, wanted, found)
        if "gap" in wanted:
            done += _mend_gaps(repository, actor)
    except (CorruptOperation, ObjectError) as error:
        done.append(f"The rest cannot be mended before this is: {error}")
    if "packs" in wanted and roll_up(repository, wait=True):
        done.append("Joined small packs")
    if "pack refs" in wanted and pack_refs(repository):
        done.append("Packed the refs")
    if "staging" in wanted:
        done.append("Cleared what killed writers left")
    return done


def _mend_view(
    repository: Repository, actor: Actor, wanted: set[Repair], found: Salvage
) -> Iterator[str]:
    repo = Repo.open(repository.path, actor)
    try:
        if "refs" in wanted:
            yield from _mend_refs(repo)
        if wanted & {"refs", "export", "log"}:
            with repo.transaction(kind="doctor") as tx:
                pass  # records what others moved, and finishes the refs
            count = len(tx.published.outside)
            yield f"Wrote the refs; recorded {count} changes that others made to them"
        if found:
            with repo.transaction("doctor: bring back what was lost", kind="doctor") as tx:
                bring_back(tx, found)
            if tx.published.operation is not None:
                yield "Brought back what is still known of the operation that cannot be read"
        if "view" in wanted:
            with repo.transaction("doctor: make the view consistent", kind="doctor") as tx:
                _normalise(tx)
            yield "Made the view consistent"
    finally:
        repo.index.close()


# The operation log.


def _mend_log(repository: Repository, examined: Examined, done: list[str]) -> Salvage:
    """Let the log go on from the newest operation that can be read; call it locked.

    Return what is known of the one that cannot be.
    """
    held, expected = _held(repository, OPERATION_REF)
    lost = OperationId(held or ROOT_OPERATION)
    newest = _newest(repository, lost, examined)
    found = (
        salvage(repository, lost)
        if lost != ROOT_OPERATION and (newest is None or newest.id != lost)
        else NOTHING
    )
    if newest is None:
        _drop_log(repository)
        remove_index_file(repository.path)
        done.append("No operation could be read: began a new log with what the refs show")
        return found
    if not found and newest.id != lost != ROOT_OPERATION and not _is_commit(repository, lost):
        found = written_since(repository, newest)
    edits = [RefEdit(OPERATION_REF, CommitId(newest.id), expected, breakable=True)]
    exported, expected = _held(repository, EXPORTED_REF)
    if exported is None or exported not in _log_before(repository, newest):
        edits.append(RefEdit(EXPORTED_REF, CommitId(newest.id), expected, breakable=True))
    update_refs(repository, edits)
    # Not before: whoever mends the log after we were killed needs what it remembers.
    remove_index_file(repository.path)
    done.append(f"The log goes on from operation {newest.id[:12]}: {newest.data.description}")
    return found


def _drop_log(repository: Repository) -> None:
    for name in (OPERATION_REF, EXPORTED_REF):
        drop_broken_ref(repository, name)
        value = read_ref(repository, name)
        if value is not None:
            update_refs(repository, [RefEdit(name, None, CommitId(value))])


def _held(repository: Repository, name: RefName) -> tuple[str | None, Expect]:
    """Return what one of our refs holds, and what an edit of it has to expect."""
    try:
        return read_ref(repository, name), Expect.ANY
    except CorruptRef:
        return None, Expect.UNREADABLE


def _packed(repository: Repository) -> str | None:
    """Return what is left of the log's ref where its loose file is nonsense; maybe far behind."""
    try:
        return find_packed(repository.path, OPERATION_REF)
    except CorruptRef:
        return None


def _newest(repository: Repository, lost: OperationId, examined: Examined) -> Operation | None:
    """Return the operation that the log goes on from: none that is torn, if possible.

    A torn one cannot read what it had itself written; what older ones wrote may be damaged,
    and going back further would not bring it back.
    """
    torn: Operation | None = None
    faults = ViewFaults(repository)
    for operation in _candidates(repository, lost, examined):
        if operation.view is None or faults.of(operation.view):
            continue
        if all(repository.exists(commit_id) for commit_id in operation.kept):
            return operation
        torn = torn or operation
    return torn


def _candidates(
    repository: Repository, lost: OperationId, examined: Examined
) -> Iterator[Operation]:
    """Yield the operations that the log may go on from, the best first."""
    rows = index_rows(repository, "SELECT id FROM operations ORDER BY seq DESC")
    ids = [lost, *(OperationId(row[0]) for row in rows)]
    before = parents_of_damaged(repository, lost, lambda _: None) if lost != ROOT_OPERATION else ()
    left = (_held(repository, EXPORTED_REF)[0], _packed(repository))
    ids += [*before, *(OperationId(one) for one in left if one)]
    if lost != ROOT_OPERATION:  # else nobody knows which of them were abandoned on purpose
        ids += [operation.id for operation in examined.lost]
        known = next((one for one in ids if _is_readable(repository, one)), None)
        ids = [*_after(known, examined.lost), *ids]
    for operation_id in dict.fromkeys(ids):
        try:
            yield read_operation(repository, operation_id)
        except CorruptOperation:
            continue


def _after(known: OperationId | None, lost: Iterable[Operation]) -> list[OperationId]:
    """Return the operations that go on from a known one, those after most others first.

    A copy made beside writers may have an index and a ref of different times, neither of the
    newest operation whose objects it has; and clocks do not tell which that is.
    """
    following: dict[OperationId, list[OperationId]] = {}
    for operation in lost:
        for parent in operation.data.parents:
            following.setdefault(parent, []).append(operation.id)
    far = distances([known], following) if known else {}
    newest_first = [one.id for one in lost if far.get(one.id)]
    return sorted(newest_first, key=far.__getitem__, reverse=True)


def _is_readable(repository: Repository, operation_id: OperationId) -> bool:
    try:
        read_operation(repository, operation_id)
    except CorruptOperation:
        return False
    return True


def _mend_gaps(repository: Repository, actor: Actor) -> Iterator[str]:
    """Take what cannot be read out of the log, wherever it goes on beyond it."""
    again = examine(repository, patience=0)  # the log may be another one by now
    if not again.damaged and not again.unkept:
        return
    lost = [one for operation in again.lost for one in _kept(repository, operation)]
    repo = Repo.open(repository.path, actor)
    try:
        mend(repo, Damage(again.damaged, again.unkept, tuple(lost)))
    finally:
        repo.index.close()
    if again.damaged:
        yield f"Took {len(again.damaged)} operations that cannot be read out of the log"
    if again.unkept:
        yield f"Noted again what {len(again.unkept)} operations keep alive"


def _is_commit(repository: Repository, operation_id: OperationId) -> bool:
    try:
        read_commit(repository, CommitId(operation_id))
    except ObjectError:
        return False
    return True


def _kept(repository: Repository, operation: Operation) -> Iterator[CommitId]:
    try:
        yield from kept_commits(repository, operation)
    except ObjectError:
        return


def _log_before(repository: Repository, operation: Operation) -> set[str]:
    seen: set[str] = set()
    pending = [operation.id]
    while pending:
        here = pending.pop()
        if here not in seen:
            seen.add(here)
            try:
                pending += read_operation(repository, here).data.parents
            except CorruptOperation:
                continue
    return seen


# Refs and the view.


def _mend_refs(repo: Repo) -> Iterator[str]:
    """Point refs that cannot be read, or at nothing, where the view has them.

    A session's goes to the newest commit that was written after that and nothing else shows.
    """
    left_behind = LeftBehind(repo.repository)
    broken: list[str] = []
    found = list_refs(repo.repository, "refs/", on_error=lambda error: broken.append(error.name))
    missing = [name for name, value in found.items() if not repo.repository.exists(value)]
    for ref in [*broken, *missing]:
        name = name_of(ref)
        if name is None:
            continue
        shown = first_side(get_row(repo.index, *name))
        if shown is not None and not repo.repository.exists(shown):
            continue
        later = left_behind.newest(name[1], shown) if name[0] == SESSIONS else None
        wanted = later or shown
        if wanted is None:
            continue
        expected = Expect.UNREADABLE if ref in broken else CommitId(found[RefName(ref)])
        try:
            update_refs(repo.repository, [RefEdit(RefName(ref), wanted, expected)])
        except RefConflict:
            continue  # somebody has just written it
        why = "the newest that was written there" if later else "where the view has it"
        yield f"Pointed {ref} at {wanted[:12]} again, {why}"


def _normalise(tx: Transaction) -> None:
    """Show what names stand on, and take away heads that others continue."""
    for part in (SESSIONS, WORKSPACES):
        for _, value in part_rows(tx.index, part):
            there = [c for c in target_commits(part, value) if tx.batch.repository.exists(c)]
            tx.add_heads([c for c in there if not _is_visible(tx, c)])
    heads = [CommitId(key) for key, _ in part_rows(tx.index, HEADS)]
    below = [p for head in heads for p in read_commit(tx.batch, head).parents]
    inner = ancestors(tx.batch.repository, below)
    edits, _ = change_heads(tx.index, [], [head for head in heads if head in inner])
    tx.edits.setdefault(HEADS, {}).update(edits)


def _is_visible(tx: Transaction, commit_id: CommitId) -> bool:
    row = tx.index.row(commit_id)
    return row is not None and bool(row.visible)
