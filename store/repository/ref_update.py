"""Compares and swaps refs, as git does: each write states the value that it expects.

A write creates `<ref>.lock`, compares, and renames the lock into place, synced; so a
concurrent git is safe. The lock is linked from a complete staged file and announced in the
store lock first, so a lock that a killed writer left is recognised and removed. libgit2 is
not used: it lists all refs to create one, and can lose other refs when it deletes a packed
one.

All edits of one call are checked before the first is applied. They are applied one by one:
each ref is atomic, but a reader or a power cut may see some of them only. As in git, one
call cannot delete `a` and create `a/b`: their locks exclude each other. A read follows a
link to another ref; a write replaces the link.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import partial
from typing import NamedTuple

from store.errors import (
    CorruptRef,
    InvalidRefName,
    NotDurable,
    ObjectError,
    ObjectNotFound,
    RefConflict,
    RefError,
    RefLocked,
    StorageFailure,
    StoreError,
)
from store.gitdir.durability import held_signals, storage_errors, sync_folder, unlink
from store.gitdir.loose_ref import loose_names, read_loose, remove_empty_folders
from store.gitdir.packed_refs import iterate_packed, remove_packed
from store.gitdir.ref_intent import forget_intent, record_intent
from store.gitdir.staged_file import StagedFile, stage_synced_ref
from store.ids import NULL_ID, CommitId, RefName, is_full_id
from store.repository import ref_lock
from store.repository.ref_lock import RefLock, packed_refs_locked
from store.repository.ref_name import check_ref_name
from store.repository.ref_read import read_ref
from store.repository.repository import Repository

_MANY = 50


class Expect(Enum):
    """Conditions on a ref before an edit, besides a given commit."""

    ANY = "any"
    MISSING = "missing"
    UNREADABLE = "unreadable"


class RefEdit(NamedTuple):
    """Set `name` to `new` (None deletes it) if it is as `expected`.

    `breakable` says that only we write this ref, so that a foreign lock on it that stays
    the same for 10 s is dead.
    """

    name: RefName
    new: CommitId | None
    expected: CommitId | Expect
    breakable: bool = False


def update_refs(
    repository: Repository,
    edits: Sequence[RefEdit],
    *,
    patience: float | None = None,
    landed: Callable[[str], bool] = lambda _: False,
    ready: StagedFile | None = None,
    together: bool = False,
) -> None:
    """Apply edits under the store lock and each ref's own; durable when this returns.

    All expectations are checked, with all locks held, before the first ref is written.
    `landed` tells which objects the caller has just written, so that they need no lookup.
    `ready` is the content of a single edit's ref, staged before a lock was taken. `together`
    makes it all or nothing: if this process is killed after the first, the next holder of the
    store lock applies the others.

    Raises:
        RefConflict: a ref is not as expected; nothing was changed.
        RefLocked: a foreign lock stays; nothing was changed.
        ObjectNotFound: a new target does not exist.
        InvalidRefName: git refuses the name, another ref's path excludes it, or two edits
            have it.
        CorruptRef: a ref cannot be read; only `Expect.UNREADABLE` overwrites it.
        StorageFailure: the disk is full or read-only.
        NotDurable: all edits were applied, but the disk failed to sync them.
    """
    _Update(repository, patience, landed, ready, together=together).apply(edits)


def update_possible_refs(
    repository: Repository,
    edits: Sequence[RefEdit],
    *,
    impatient: Container[RefName] = (),
    content_of: RefName | None = None,
) -> dict[RefName, StoreError]:
    """Apply the edits that are possible; return the error of each of the others.

    For refs that can be written again from other data: their contents are synced, so that none is
    ever torn, but not the folders that name them. A lock on one of the `impatient` refs is not
    waited for. Names that exclude each other by their paths may be deleted and created. With
    `content_of` the new value is that of this loose ref, whose file is linked.
    """
    skipped: dict[RefName, StoreError] = {}
    deletions = [edit for edit in edits if edit.new is None]
    creations = [edit for edit in edits if edit.new is not None]
    names = {edit.name for edit in deletions}, {edit.name for edit in creations}
    above = [{path for name in group for path in _paths_above(name)} for group in names]
    excluded = names[0] & above[1] or names[1] & above[0]
    for group in (deletions, creations) if excluded else (edits,):
        update = _Update(
            repository,
            skipped=skipped,
            impatient=impatient,
            content_of=content_of,
            lasting=False,
        )
        update.apply(group)
    return skipped


class _Update(NamedTuple):
    """One call: how long to wait, what is known to exist, which edits may be left out."""

    repository: Repository
    patience: float | None = None
    landed: Callable[[str], bool] = lambda _: False
    ready: StagedFile | None = None
    skipped: dict[RefName, StoreError] | None = None
    impatient: Container[RefName] = ()
    content_of: RefName | None = None
    lasting: bool = True
    together: bool = False

    def apply(self, edits: Sequence[RefEdit]) -> None:
        """Lock, check, write and sync."""
        ordered = sorted(self._possible(edits), key=lambda edit: edit.name)
        if not ordered:
            return
        repository = self.repository
        with repository.locked(), held_signals():
            repository.ask_git_to_sync()
            locks: dict[RefEdit, RefLock] = {}
            repository.lock_file.announce([f"{e.name} {e.new or NULL_ID}" for e in ordered])
            try:
                with self._deletion_file(ordered) as gone:
                    for edit in ordered:
                        with self._skipping(edit):
                            locks[edit] = self._lock(edit, gone, is_alone=len(ordered) == 1)
                read, pending = _reader(repository, len(locks)), dict[RefEdit, RefLock]()
                for edit, lock in locks.items():
                    with self._skipping(edit):
                        if _check(repository, edit, read):
                            pending[edit] = lock
                failures = self._apply(pending)
            finally:
                for lock in locks.values():
                    lock.release()
        if failures:
            first = failures[0]
            raise NotDurable(f"ref {edits[0].name!r}", first.path, first.reason) from first

    def _apply(self, locks: Mapping[RefEdit, RefLock]) -> list[StorageFailure]:
        if not self.together or len(locks) < 2:
            return _apply(self.repository, locks, self.lasting)
        lock_file = self.repository.lock_file
        olds = {edit: read_ref(self.repository, edit.name) for edit in locks}
        intents = [(e.name, e.new or NULL_ID, olds[e] or NULL_ID) for e in locks]
        record_intent(lock_file, [(str(name), new, old) for name, new, old in intents])
        # What a deleted ref held may be held by a created one, which comes first.
        created = {edit: lock for edit, lock in locks.items() if edit.new is not None}
        deleted = {edit: lock for edit, lock in locks.items() if edit.new is None}
        failures = _apply(self.repository, created, self.lasting)
        failures += _apply(self.repository, deleted, self.lasting)
        if not failures:
            forget_intent(lock_file)
        return failures

    def _possible(self, edits: Sequence[RefEdit]) -> Iterator[RefEdit]:
        names = set[RefName]()
        created = {edit.name for edit in edits if edit.new is not None}
        for edit in edits:
            with self._skipping(edit):
                _refuse_impossible(self.repository, edit, names, created, self.landed)
                names.add(edit.name)
                yield edit

    @contextmanager
    def _deletion_file(self, edits: Sequence[RefEdit]) -> Iterator[str]:
        """Yield the file that is linked as the lock of each deletion; it needs no sync."""
        if all(edit.new is not None for edit in edits):
            yield ""
            return
        staged = StagedFile(self.repository.path, ".ref", f"{NULL_ID}\n".encode(), 0o666)
        try:
            yield staged.path
        finally:
            staged.discard()

    def _lock(self, edit: RefEdit, gone: str, *, is_alone: bool) -> RefLock:
        gitdir = self.repository.path
        patience = ref_lock.LOCK_PATIENCE if self.patience is None else self.patience
        if edit.name in self.impatient:
            patience = 0
        lock = partial(RefLock, gitdir, edit.name, patience=patience, breakable=edit.breakable)
        if edit.new is None:
            return lock(gone)
        if self.content_of is not None and read_loose(gitdir, self.content_of) == edit.new:
            return lock(os.path.join(gitdir, self.content_of))
        staged = (self.ready if is_alone else None) or stage_synced_ref(gitdir, edit.new)
        try:
            return lock(staged.path)
        finally:
            staged.discard()

    @contextmanager
    def _skipping(self, edit: RefEdit) -> Iterator[None]:
        try:
            yield
        except (RefError, ObjectError) as error:
            if self.skipped is None:
                raise
            self.skipped[edit.name] = error


def _refuse_impossible(
    repository: Repository,
    edit: RefEdit,
    named: Container[RefName],
    created: set[RefName],
    landed: Callable[[str], bool],
) -> None:
    check_ref_name(edit.name)
    if not edit.name.startswith("refs/"):
        raise InvalidRefName(edit.name, "it does not begin with 'refs/'")
    if edit.name in named:
        raise InvalidRefName(edit.name, "it is named twice in one update")
    if edit.new is None:
        return
    if not created.isdisjoint(_paths_above(edit.name)):
        raise InvalidRefName(edit.name, "another ref's name is a part of its path")
    if landed(edit.new):
        return
    if not is_full_id(edit.new) or not repository.exists(edit.new):
        raise ObjectNotFound(edit.new)


def _reader(repository: Repository, count: int) -> Callable[[str], str | None]:
    """Return a function that reads refs; for many of them packed-refs is read once.

    Call it with the refs locked, so that no other program moves them from file to file.
    """
    if count < _MANY:
        return partial(read_ref, repository)
    packed = dict(iterate_packed(repository.path, "refs/"))

    def read(name: str) -> str | None:
        value = read_loose(repository.path, name)
        if value is not None and value.startswith("ref:"):
            return read_ref(repository, name)
        return packed.get(name) if value is None else value

    return read


def _check(repository: Repository, edit: RefEdit, read: Callable[[str], str | None]) -> bool:
    """Compare a ref with its expectation; tell whether there is anything to write."""
    try:
        actual = read(edit.name)
    except CorruptRef as error:
        if edit.expected is Expect.UNREADABLE and error.name == edit.name:
            return True
        raise
    if edit.expected is not Expect.ANY:
        wanted = None if edit.expected is Expect.MISSING else str(edit.expected)
        if actual != wanted:
            raise RefConflict(edit.name, wanted, actual)
    if actual is None and edit.new is not None:
        _refuse_collision(repository, edit.name)
    if actual is None and edit.new is None:
        return os.path.isfile(os.path.join(repository.path, edit.name))  # a broken link
    return actual != edit.new


def _paths_above(name: RefName) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:place]) for place in range(2, len(parts))]


def _refuse_collision(repository: Repository, name: RefName) -> None:
    below = next(iterate_packed(repository.path, f"{name}/"), None)
    if below is not None or next(loose_names(repository.path, name), None) is not None:
        raise InvalidRefName(name, "it is a part of another ref's path")
    for above in _paths_above(name):
        if read_ref(repository, above) is not None:
            raise InvalidRefName(name, "another ref's name is a part of its path")
    folder = os.path.join(repository.path, name)
    if os.path.isdir(folder):
        try:
            remove_empty_folders(folder)
        except OSError:
            raise RefLocked(name, f"what is in the folder {folder}") from None


def _apply(
    repository: Repository, locks: Mapping[RefEdit, RefLock], lasting: bool
) -> list[StorageFailure]:
    """Apply the edits and sync them; return the failures after which the edits are visible.

    If they need not be `lasting`, only packed-refs is synced before loose refs are removed.
    """
    gone = {edit.name: lock for edit, lock in locks.items() if edit.new is None}
    failures: list[StorageFailure] = []
    if gone:
        # packed-refs stays locked until the loose files are gone: a `git pack-refs` that had
        # read one of them would bring the ref back.
        with packed_refs_locked(repository):
            loose = [lock.path for lock in gone.values() if os.path.lexists(lock.path)]
            if remove_packed(repository.path, {*gone}) and (lasting or loose):
                _sync([repository.path], failures)
            for path in loose:
                with storage_errors(path):
                    unlink(path)
    for edit, lock in locks.items():
        if edit.new is not None:
            lock.commit()
    if lasting:
        _sync({os.path.dirname(lock.path) for lock in locks.values()}, failures)
    return failures


def _sync(folders: Iterable[str], failures: list[StorageFailure]) -> None:
    for folder in folders:
        try:
            sync_folder(folder)
        except StorageFailure as error:
            failures.append(error)
