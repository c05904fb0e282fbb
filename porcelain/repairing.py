"""Mending what `porcelain.doctor` finds, as far as nothing is lost by it.

The log goes on from the newest operation that can still be read: the index remembers their
order, `refs/wj/exported` names one that the refs have shown. Where neither leads to one, the
refs themselves are adopted as at first. Whatever the refs show beyond that operation is then
recorded like any other change from outside.
"""

from __future__ import annotations

from collections.abc import Iterator

from porcelain.actor import Actor
from porcelain.doctor import Examined, Repair, ancestors, read_view
from porcelain.errors import CorruptOperation
from porcelain.git_refs import first_side, name_of
from porcelain.ids import OperationId
from porcelain.operation import Operation
from porcelain.operation_log import EXPORTED_REF, OPERATION_REF, head_operation, read_operation
from porcelain.repo import Repo
from porcelain.transaction import Transaction
from porcelain.view import HEADS, SESSIONS, WORKSPACES, target_commits
from porcelain.view_index import get_row, part_rows
from porcelain.visible_heads import change_heads
from store.commit import read_commit
from store.errors import ObjectError
from store.ids import CommitId, RefName
from store.index_file import remove_index_file
from store.inspection import drop_broken_ref, index_fault, index_rows
from store.maintenance import pack_refs, roll_up
from store.ref import Expect, RefEdit, list_refs, read_ref, update_refs
from store.repository import Repository


def repair(repository: Repository, actor: Actor, examined: Examined) -> list[str]:
    """Mend what was found; return what was done, a sentence each.

    What changes the view is an operation, or several. Examine again to see what is left.

    Raises:
        StoreLocked, StorageFailure: another process or the disk is in the way.
    """
    wanted: set[Repair] = {finding.repair for finding in examined.findings}
    done: list[str] = []
    with repository.locked():  # which clears what killed writers of ours left
        if "log" in wanted:
            done.append(_mend_log(repository))
        if "index" in wanted or index_fault(repository):
            remove_index_file(repository.path)
            done.append("Threw the index away; it is made anew")
    try:
        done += _mend_view(repository, actor, wanted)
    except (CorruptOperation, ObjectError) as error:
        done.append(f"The rest cannot be mended before this is: {error}")
    if "packs" in wanted and roll_up(repository, wait=True):
        done.append("Joined small packs")
    if "pack refs" in wanted and pack_refs(repository):
        done.append("Packed the refs")
    if "staging" in wanted:
        done.append("Cleared what killed writers left")
    return done


def _mend_view(repository: Repository, actor: Actor, wanted: set[Repair]) -> Iterator[str]:
    repo = Repo.open(repository.path, actor)
    try:
        if "refs" in wanted:
            yield from _mend_refs(repo)
        if wanted & {"refs", "export", "log"}:
            with repo.transaction(kind="doctor") as tx:
                pass  # records what others moved, and finishes the refs
            count = len(tx.published.outside)
            yield f"Wrote the refs; recorded {count} changes that others made to them"
        if "view" in wanted:
            with repo.transaction("doctor: make the view consistent", kind="doctor") as tx:
                _normalise(tx)
            yield "Made the view consistent"
    finally:
        repo.index.close()


# The operation log.


def _mend_log(repository: Repository) -> str:
    """Let the log go on from the newest operation that can be read; call it locked."""
    for name in (OPERATION_REF, EXPORTED_REF):
        drop_broken_ref(repository, name)
    newest = next(_candidates(repository), None)
    remove_index_file(repository.path)
    if newest is None:
        edits = [
            RefEdit(name, None, CommitId(value))
            for name in (OPERATION_REF, EXPORTED_REF)
            if (value := read_ref(repository, name)) is not None
        ]
        if edits:
            update_refs(repository, edits)
        return "No operation could be read: began a new log with what the refs show"
    edits = [RefEdit(OPERATION_REF, CommitId(newest.id), Expect.ANY, breakable=True)]
    exported = read_ref(repository, EXPORTED_REF)
    if exported is None or exported not in _log_before(repository, newest):
        edits.append(RefEdit(EXPORTED_REF, CommitId(newest.id), Expect.ANY, breakable=True))
    update_refs(repository, edits)
    return f"The log goes on from operation {newest.id[:12]}: {newest.data.description}"


def _candidates(repository: Repository) -> Iterator[Operation]:
    """Yield the operations that the log may go on from, the best first."""
    remembered = index_rows(repository, "SELECT id FROM operations ORDER BY seq DESC")
    ids = [row[0] for row in remembered]
    exported = read_ref(repository, EXPORTED_REF)
    current = head_operation(repository)
    for operation_id in dict.fromkeys([current, *ids, exported]):
        if operation_id is None:
            continue
        try:
            operation = read_operation(repository, OperationId(operation_id))
        except CorruptOperation:
            continue
        if operation.view is not None and _is_whole(repository, operation):
            yield operation


def _is_whole(repository: Repository, operation: Operation) -> bool:
    """Tell whether an operation's view can be read, and the commits that it names."""
    try:
        for (part, key), value in read_view(repository, operation).items():
            named = [CommitId(key)] if part == HEADS else target_commits(part, value)
            for commit_id in named:
                read_commit(repository, commit_id)
    except (ObjectError, ValueError):
        return False
    return True


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
    """Point refs that cannot be read, or at nothing, where the view has them."""
    broken: list[str] = []
    found = list_refs(repo.repository, "refs/", on_error=lambda error: broken.append(error.name))
    missing = [name for name, value in found.items() if not repo.repository.exists(value)]
    for ref in [*broken, *missing]:
        name = name_of(ref)
        wanted = first_side(get_row(repo.index, *name)) if name is not None else None
        if wanted is None or not repo.repository.exists(wanted):
            continue
        drop_broken_ref(repo.repository, ref)
        update_refs(repo.repository, [RefEdit(RefName(ref), wanted, Expect.ANY)])
        yield f"Pointed {ref} at {wanted[:12]} again, where the view has it"


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
