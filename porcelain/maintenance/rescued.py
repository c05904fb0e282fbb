"""Keep what an operation ref named before a repair, for 30 days under `refs/wj/rescued/`.

A repair of a copy that is still arriving lets the log continue from an older operation; the newer ones
may come later. A rescued operation that is complete is named by its ref. Of another one, the ref names
a commit with the readable parts of it: whole trees and blobs as `<id>`, and commits and trees that
name missing objects as bytes in `<id>.commit` and `<id>.tree`. When the rest has arrived, the
operation is put together again.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from porcelain.maintenance.damage import ViewFaults, history_fault, readable_heads
from porcelain.model.ids import OperationId
from porcelain.model.operation_store import EXPORTED_REF, OPERATION_REF, replica_heads, replica_ref
from store.errors import CorruptRef, ObjectError
from store.ids import CommitId, RefName, TreeId, is_full_id
from store.objects.commit import Commit, Signature, read_commit, write_commit
from store.objects.objects import Kind, ObjectReader
from store.objects.tree import FILE, GITLINK, TREE, TreeEntry, read_tree, write_tree
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository

RESCUED = "refs/wj/rescued/"
_SECONDS = 30 * 24 * 60 * 60
_KEEPER = Signature("wajutsu", "wajutsu@localhost", 0)
_MESSAGE = "rescued\n"
_MOST_PARENTS = 256
_KINDS: dict[str, Kind] = {"commit": "commit", "tree": "tree"}


class Rescued(NamedTuple):
    """A rescued operation: its ref, when it was rescued in seconds, its id, and the ref's value."""

    ref: RefName
    time: int
    operation: OperationId
    value: CommitId

    @property
    def is_complete(self) -> bool:
        """Whether all of the operation was there when it was looked at last."""
        return str(self.value) == self.operation


def rescued_operations(repository: Repository) -> list[Rescued]:
    """Return all rescued operations, the oldest first."""
    try:
        refs = list_refs(repository, RESCUED, on_error=lambda _: None)
    except CorruptRef:
        return []  # of packed-refs, which nothing can be read from
    found = []
    for name, value in refs.items():
        time, _, operation = name.removeprefix(RESCUED).partition("-")
        if time.isdecimal() and len(time) < 16 and is_full_id(operation):
            found.append(Rescued(name, int(time), OperationId(operation), CommitId(value)))
    return sorted(found, key=lambda one: one.time)


def rescue(repository: Repository, now: int, log: Container[str] = ()) -> None:
    """Keep what the operation refs name beside a `log`; `now` is in seconds. Call it locked.

    The refs of copies' own logs go then; the next command makes this copy's again.

    Raises:
        StorageFailure, RefLocked: nothing has changed.
    """
    known = {one.operation for one in rescued_operations(repository)}
    own = replica_ref(repository)
    for ref in (OPERATION_REF, EXPORTED_REF, *([own] if own is not None else ())):
        try:
            value = read_ref(repository, ref)
        except CorruptRef:
            continue
        if value is not None and value not in known and value not in log:
            _rescue(repository, OperationId(value), now, log)
            known.add(OperationId(value))
    for ref, head in replica_heads(repository).items():
        if head not in log:
            update_refs(repository, [RefEdit(ref, None, CommitId(head))])


def _rescue(repository: Repository, operation: OperationId, now: int, log: Container[str]) -> None:
    """Let a ref keep an operation, or what can be read of it."""
    with ObjectBatch(repository) as batch:
        target = CommitId(operation)
        if not _is_complete(batch, operation):
            target = _stage_parts(batch, operation, log)
            batch.flush()
        name = RefName(f"{RESCUED}{now}-{operation}")
        update_refs(repository, [RefEdit(name, target, Expect.MISSING)])


def renew_rescued(repository: Repository, now: int) -> None:
    """Let refs name operations that have become complete, and drop those older than 30 days.

    Raises:
        StoreLocked, StorageFailure, RefLocked
    """
    for one in rescued_operations(repository):
        if now - one.time > _SECONDS:
            update_refs(repository, [RefEdit(one.ref, None, one.value)])
        elif not one.is_complete:
            with ObjectBatch(repository) as batch:
                for kind, data in _objects(batch, one.value):
                    batch.add(kind, data)
                if _is_complete(batch, one.operation):
                    batch.flush()
                    target = CommitId(one.operation)
                    update_refs(repository, [RefEdit(one.ref, target, one.value)])


def _is_complete(reader: ObjectReader, operation: OperationId) -> bool:
    """Tell whether an operation and all before it can be read, with their views."""
    faults, pending, seen = ViewFaults(reader), [CommitId(operation)], {CommitId(operation)}
    if history_fault(reader, CommitId(operation), set()):
        return False
    while pending:
        commit = read_commit(reader, pending.pop())
        if not _is_operation(reader, commit):
            continue  # a commit that is kept alive: its own history was read above
        if faults.of_tree(commit.tree):
            return False
        fresh = [parent for parent in commit.parents if parent not in seen]
        seen.update(fresh)
        pending += fresh
    return True


def _is_operation(reader: ObjectReader, commit: Commit) -> bool:
    try:
        return any(entry.name == "operation.json" for entry in read_tree(reader, commit.tree))
    except (ObjectError, ValueError):
        return True  # unknown, and so not complete


class _Parts:
    """Collects what can be read of operations, as entries of one tree."""

    def __init__(self, batch: ObjectBatch) -> None:
        self.entries: dict[str, TreeEntry] = {}
        self._batch = batch
        self._faults = ViewFaults(batch)

    def add_bytes(self, object_id: str, kind: Kind) -> None:
        """Keep an object as the bytes that it is made of, since it names missing ones."""
        name = f"{object_id}.{kind}"
        blob = self._batch.add("blob", self._batch.read(object_id)[1])
        self.entries[name] = TreeEntry(name, FILE, blob)

    def add_tree(self, tree: TreeId) -> None:
        """Keep a tree, or all in it that can be read."""
        if tree in self.entries or f"{tree}.tree" in self.entries:
            return
        if not self._faults.of_tree(tree):
            self.entries[tree] = TreeEntry(tree, TREE, tree)
            return
        try:
            self.add_bytes(tree, "tree")
            below = read_tree(self._batch, tree)
        except (ObjectError, ValueError):
            return
        for entry in below:
            if entry.mode == TREE:
                self.add_tree(TreeId(entry.id))
            elif entry.mode != GITLINK and self._batch.repository.exists(entry.id):
                self.entries[entry.id] = TreeEntry(entry.id, FILE, entry.id)


def _stage_parts(batch: ObjectBatch, operation: OperationId, log: Container[str]) -> CommitId:
    """Stage a commit with what can be read of an operation and those before it, down to `log`."""
    parts = _Parts(batch)
    parents: list[CommitId] = []
    pending, seen = [CommitId(operation)], {CommitId(operation)}
    while pending:
        here = pending.pop()
        try:
            commit = read_commit(batch, here)
        except ObjectError:
            continue
        if here in log or not _is_operation(batch, commit):
            parents.append(here)
            continue
        parts.add_bytes(here, "commit")
        parts.add_tree(commit.tree)
        fresh = [parent for parent in commit.parents if parent not in seen]
        seen.update(fresh)
        pending += fresh
    kept = tuple(readable_heads(batch, parents[:_MOST_PARENTS]))
    tree = write_tree(batch, parts.entries.values())
    return write_commit(batch, Commit(tree, kept, _KEEPER, _KEEPER, _MESSAGE))


def _objects(reader: ObjectReader, parts: CommitId) -> Iterator[tuple[Kind, bytes]]:
    """Yield the commits and trees that are kept as bytes."""
    try:
        for entry in read_tree(reader, read_commit(reader, parts).tree):
            kind = _KINDS.get(entry.name.partition(".")[2])
            if kind is not None:
                yield kind, reader.read(entry.id)[1]
    except ObjectError:
        return
