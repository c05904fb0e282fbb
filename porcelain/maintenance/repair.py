"""Repair the problems that `porcelain.maintenance.doctor` finds, where nothing is lost by it.

The log continues from the newest readable operation: the index remembers their order,
`refs/wj/exported` names one that the refs have shown, and others may descend from these. Where
there is none, a new log adopts the refs. Differences between the refs and that operation are then
recorded as changes from outside, and the rest of the damaged state is restored as far as it is known
(`recover_operation`). Older operations that cannot be read are removed from the log.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from porcelain.display import counted
from porcelain.errors import CorruptOperation
from porcelain.index.exported_refs import first_side
from porcelain.index.heads import change_heads
from porcelain.index.view_rows import get_row, part_rows
from porcelain.maintenance.abandon_operations import Damage, abandon
from porcelain.maintenance.check_git import remove_graphs
from porcelain.maintenance.check_log import Repair, read_view
from porcelain.maintenance.damage import (
    ViewFaults,
    parents_of_damaged,
    readable_ancestors,
    readable_operation,
)
from porcelain.maintenance.doctor import Examined, examine
from porcelain.maintenance.longest_path import distances
from porcelain.maintenance.recover_operation import (
    NOTHING,
    Recovered,
    is_visible,
    recover,
    restore_recovered,
    written_since,
)
from porcelain.maintenance.recover_session import UnreachableCommits, restore_sessions
from porcelain.maintenance.rescued import renew_rescued, rescue
from porcelain.model.actor import Actor
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import (
    EXPORTED_REF,
    OPERATION_REF,
    kept_commits,
)
from porcelain.model.view_value import HEADS, SESSIONS, WORKSPACES, target_commits
from porcelain.repo.repo import Repo
from porcelain.transaction.export_refs import name_of, ref_of
from porcelain.transaction.transaction import Transaction
from store.errors import CorruptRef, InvalidRefName, ObjectError, RefConflict
from store.gitdir.create import write_head
from store.gitdir.packed_refs import find_packed
from store.ids import CommitId, RefName
from store.index.database_file import remove_index_file
from store.maintenance.housekeeping import roll_up
from store.maintenance.leftovers import drop_broken_ref, index_fault, index_rows
from store.maintenance.permissions import make_private
from store.maintenance.quarantine import (
    ASIDE,
    put_aside_damaged,
    rebuild_index,
    salvage_packed_refs,
)
from store.objects.commit import read_commit
from store.objects.commit_walk import ancestors
from store.repository.ref_pack import pack_refs
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository


def repair(repository: Repository, actor: Actor, examined: Examined) -> list[str]:
    """Repair the problems found; return what was done, a sentence each.

    Changes to the view are recorded as operations. Examine again to see what is left.

    Raises:
        StoreLocked, StorageFailure: another process or the disk is in the way.
    """
    done: list[str] = []
    found = NOTHING
    with repository.locked():  # which clears the files that killed writers of ours left
        examined = _rebuild_indexes(repository, examined, done)
        wanted: set[Repair] = {finding.repair for finding in examined.findings}
        done += _repair_files(repository, examined, wanted)
        if wanted & {"log", "packed-refs"}:
            is_lost = "packed-refs" in wanted
            found = _repair_log(repository, actor, examined, done, are_refs_lost=is_lost)
        if "index" in wanted or index_fault(repository):
            remove_index_file(repository.path)
            done.append("Discarded the index; it is rebuilt")
    try:
        renew_rescued(repository, actor.clock() // 1000)
        done += _repair_view(repository, actor, wanted, found)
        if "gap" in wanted:
            done += _repair_gaps(repository, actor)
    except (CorruptOperation, ObjectError) as error:
        done.append(f"The rest cannot be repaired before this is: {error}")
    if "packs" in wanted and roll_up(repository, wait=True):
        done.append("Joined small packs")
    if "pack refs" in wanted and pack_refs(repository):
        done.append("Packed the refs")
    if "staging" in wanted:
        done.append("Removed the files that killed writers left")
    return done


def _rebuild_indexes(repository: Repository, examined: Examined, done: list[str]) -> Examined:
    """Rebuild damaged pack indexes; return what is found with these."""
    damaged = [one.object_id for one in examined.findings if one.repair == "pack index"]
    for path in damaged:
        name = os.path.relpath(path, repository.path)
        if rebuild_index(repository, path):
            done.append(f"Rebuilt the pack index {name}")
        else:
            done.append(f"The pack of {name} cannot be read either; it stays as it is")
    return examine(repository, patience=0) if damaged else examined


def _repair_files(repository: Repository, examined: Examined, wanted: set[Repair]) -> Iterator[str]:
    if "permissions" in wanted:
        make_private(repository)
        yield "Closed the repository to other users"
    if "objects" in wanted:
        damaged = [one.object_id for one in examined.findings if one.repair == "objects"]
        count = put_aside_damaged(repository, damaged)
        yield f"Put {counted(count, 'damaged object file')} aside, in {ASIDE}"
    if "head" in wanted:
        write_head(repository.path)
        yield "Let HEAD name the branch main, as in a new repository"
    if "commit graph" in wanted:
        remove_graphs(repository.path)
        yield "Removed the damaged commit-graph"
    if "sessions" in wanted:
        count = restore_sessions(repository)
        yield f"Gave {counted(count, 'session')} that no ref led to a name again"
    if "packed-refs" in wanted:
        count = salvage_packed_refs(repository)
        yield f"Put packed-refs aside, in {ASIDE}; kept {counted(count, 'ref')} of it"


def _repair_view(
    repository: Repository, actor: Actor, wanted: set[Repair], found: Recovered
) -> Iterator[str]:
    repo = Repo.open(repository.path, actor)
    try:
        if "refs" in wanted:
            yield from _repair_refs(repo)
        if wanted & {"refs", "export", "log"}:
            with repo.transaction(kind="doctor") as tx:
                pass  # records what others moved, and completes the refs
            changes = counted(len(tx.published.outside), "change")
            yield f"Wrote the refs; recorded {changes} that others made to them"
        if found:
            with repo.transaction("doctor: restore what was lost", kind="doctor") as tx:
                restore_recovered(tx, found)
            if tx.published.operation is not None:
                yield "Restored what is still known of the operation that cannot be read"
        if "view" in wanted:
            with repo.transaction("doctor: make the view consistent", kind="doctor") as tx:
                _normalise(tx)
            yield "Made the view consistent"
    finally:
        repo.index.close()


# The operation log.


def _repair_log(
    repository: Repository,
    actor: Actor,
    examined: Examined,
    done: list[str],
    *,
    are_refs_lost: bool,
) -> Recovered:
    """Let the log continue from the newest readable operation; call it locked.

    Where its ref was lost, the missing refs of sessions and tags were lost with it: they are
    restored. Return the recovered state of the operation that cannot be read.
    """
    held, expected = _held(repository, OPERATION_REF)
    are_refs_lost = are_refs_lost or (held is None and expected is Expect.ANY)
    lost = OperationId(held or ROOT_OPERATION)
    newest = _newest(repository, lost, examined)
    found = (
        recover(repository, lost)
        if lost != ROOT_OPERATION and (newest is None or newest.id != lost)
        else NOTHING
    )
    if newest is None:
        rescue(repository, actor.clock() // 1000)
        _drop_log(repository)
        remove_index_file(repository.path)
        done.append("No operation could be read: began a new log with what the refs show")
        return found
    if not found and newest.id != lost != ROOT_OPERATION and not _is_commit(repository, lost):
        found = written_since(repository, newest)
    if are_refs_lost:  # before the log's ref, so that a repair after we were killed does it too
        count = _restore_refs(repository, newest)
        if count:
            done.append(f"Restored {counted(count, 'ref')} of the newest view")
    edits = [RefEdit(OPERATION_REF, CommitId(newest.id), expected, breakable=True)]
    exported, expected = _held(repository, EXPORTED_REF)
    log = readable_ancestors(repository, [CommitId(newest.id)])
    rescue(repository, actor.clock() // 1000, log)
    if exported is None or exported not in log:
        edits.append(RefEdit(EXPORTED_REF, CommitId(newest.id), expected, breakable=True))
    update_refs(repository, edits)
    # Not before: a repair after we were killed needs what the index remembers.
    remove_index_file(repository.path)
    done.append(f"The log continues from operation {newest.id[:12]}: {newest.data.description}")
    return found


def _restore_refs(repository: Repository, operation: Operation) -> int:
    """Write the refs that an operation's view shows and that are missing; return how many."""
    edits = []
    for (part, key), value in read_view(repository, operation).items():
        ref, target = ref_of(part, key), first_side(value)
        if ref is None or target is None:
            continue
        try:
            is_missing = read_ref(repository, ref) is None
        except CorruptRef:
            continue  # `_repair_refs` looks for its newest position
        if is_missing and repository.exists(target):
            edits.append(RefEdit(ref, target, Expect.MISSING))
    try:
        update_refs(repository, edits)
    except InvalidRefName:  # of two names that cannot both be refs
        return sum(_try_edit(repository, edit) for edit in edits)
    return len(edits)


def _try_edit(repository: Repository, edit: RefEdit) -> bool:
    try:
        update_refs(repository, [edit])
    except InvalidRefName:
        return False
    return True


def _drop_log(repository: Repository) -> None:
    for name in (OPERATION_REF, EXPORTED_REF):
        drop_broken_ref(repository, name)
        value = read_ref(repository, name)
        if value is not None:
            update_refs(repository, [RefEdit(name, None, CommitId(value))])


def _held(repository: Repository, name: RefName) -> tuple[str | None, Expect]:
    """Return the value of one of our refs, and what an edit of it has to expect."""
    try:
        return read_ref(repository, name), Expect.ANY
    except CorruptRef:
        return None, Expect.UNREADABLE


def _packed(repository: Repository) -> str | None:
    """Return the packed value of the log's ref, which may be far behind, or None."""
    try:
        return find_packed(repository.path, OPERATION_REF)
    except CorruptRef:
        return None


def _newest(repository: Repository, lost: OperationId, examined: Examined) -> Operation | None:
    """Return the operation that the log continues from.

    If possible it is one whose own commits are all there. Damage to older commits does not
    matter: going back further would not recover them.
    """
    incomplete: Operation | None = None
    faults = ViewFaults(repository)
    for operation in _candidates(repository, lost, examined):
        if operation.view is None or faults.of(operation.view):
            continue
        if all(repository.exists(commit_id) for commit_id in operation.kept):
            return operation
        incomplete = incomplete or operation
    return incomplete


def _candidates(
    repository: Repository, lost: OperationId, examined: Examined
) -> Iterator[Operation]:
    """Yield the operations that the log may continue from, the best first."""
    rows = index_rows(repository, "SELECT id FROM operations ORDER BY seq DESC")
    ids = [lost, *(OperationId(row[0]) for row in rows)]
    before = parents_of_damaged(repository, lost, lambda _: None) if lost != ROOT_OPERATION else ()
    left = (_held(repository, EXPORTED_REF)[0], _packed(repository))
    ids += [*before, *(OperationId(one) for one in left if one)]
    # Operations that were abandoned and not yet collected may be among them, so these come last.
    inner = {parent for operation in examined.lost for parent in operation.data.parents}
    ids += sorted((one.id for one in examined.lost), key=inner.__contains__)
    if lost != ROOT_OPERATION:
        known = next((one for one in ids if readable_operation(repository, one)), None)
        ids = [*_after(known, examined.lost), *ids]
    found = (readable_operation(repository, one) for one in dict.fromkeys(ids))
    return filter(None, found)


def _after(known: OperationId | None, lost: Iterable[Operation]) -> list[OperationId]:
    """Return the operations that descend from a known one, the longest path first.

    In a copy made beside concurrent writers, the index and the ref may be of different times, both
    older than the newest operation in the copy; and clocks do not tell which one that is.
    """
    following: dict[OperationId, list[OperationId]] = {}
    for operation in lost:
        for parent in operation.data.parents:
            following.setdefault(parent, []).append(operation.id)
    far = distances([known], following) if known else {}
    newest_first = [one.id for one in lost if far.get(one.id)]
    return sorted(newest_first, key=far.__getitem__, reverse=True)


def _repair_gaps(repository: Repository, actor: Actor) -> Iterator[str]:
    """Remove operations that cannot be read from the log, where it continues below them."""
    again = examine(repository, patience=0)  # the log may be another one by now
    if not again.damaged and not again.unkept:
        return
    lost = [one for operation in again.lost for one in _kept(repository, operation)]
    repo = Repo.open(repository.path, actor)
    try:
        with repository.locked():
            rescue(repository, actor.clock() // 1000)
        abandon(repo, sorted(again.damaged), Damage(again.unkept, tuple(lost)))
    finally:
        repo.index.close()
    if again.damaged:
        yield f"Removed {counted(len(again.damaged), 'operation')} that cannot be read from the log"
    if again.unkept:
        yield f"Rebuilt the list of commits that {counted(len(again.unkept), 'operation')} kept alive"


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


# Refs and the view.


def _repair_refs(repo: Repo) -> Iterator[str]:
    """Point refs that cannot be read, or name a missing commit, at their position in the view.

    A session's ref goes to the newest unreachable commit that was written after that position.
    """
    unreachable = UnreachableCommits(repo.repository)
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
        later = unreachable.newest(name[1], shown) if name[0] == SESSIONS else None
        wanted = later or shown
        if wanted is None:
            continue
        expected = Expect.UNREADABLE if ref in broken else CommitId(found[RefName(ref)])
        try:
            update_refs(repo.repository, [RefEdit(RefName(ref), wanted, expected)])
        except RefConflict:
            continue  # somebody has just written it
        why = "the newest that was written there" if later else "its position in the view"
        yield f"Pointed {ref} at {wanted[:12]} again, {why}"


def _normalise(tx: Transaction) -> None:
    """Make positions of names visible, and hide heads that are ancestors of others."""
    for part in (SESSIONS, WORKSPACES):
        for _, value in part_rows(tx.index, part):
            there = [c for c in target_commits(part, value) if tx.batch.repository.exists(c)]
            tx.add_heads([c for c in there if not is_visible(tx, c)])
    heads = [CommitId(key) for key, _ in part_rows(tx.index, HEADS)]
    below = [p for head in heads for p in read_commit(tx.batch, head).parents]
    inner = set(ancestors(tx.batch.repository, below))
    edits = change_heads(tx.index, [], [head for head in heads if head in inner])
    tx.edits.setdefault(HEADS, {}).update(edits)
