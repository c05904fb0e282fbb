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

import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from typing import NamedTuple

from store.errors import (
    CorruptRef,
    InvalidRefName,
    NotDurable,
    ObjectNotFound,
    RefConflict,
    RefLocked,
    StorageFailure,
)
from store.gitdir.durability import held_signals, storage_errors, sync_folder, unlink
from store.gitdir.loose_ref import loose_names, prune_folders, remove_empty_folders
from store.gitdir.own_files import check_folders, make_folder, open_regular
from store.gitdir.packed_refs import iterate_packed, remove_packed
from store.gitdir.staged_file import StagedFile, stage_ref
from store.ids import NULL_ID, CommitId, RefName, is_full_id
from store.repository.ref_name import check_ref_name
from store.repository.ref_read import read_ref
from store.repository.repository import Repository

LOCK_PATIENCE = 1.0
BREAK_AFTER = 10.0
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


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
    patience: float = LOCK_PATIENCE,
    landed: Callable[[str], bool] = lambda _: False,
    ready: StagedFile | None = None,
) -> None:
    """Apply edits under the store lock and each ref's own; durable when this returns.

    All expectations are checked, with all locks held, before the first ref is written.
    `landed` tells which objects the caller has just written, so that they need no lookup.
    `ready` is the content of a single edit's ref, staged before a lock was taken.

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
    _refuse_impossible(repository, edits, landed)
    ordered = sorted(edits, key=lambda edit: edit.name)
    with repository.locked(), held_signals():
        repository.ask_git_to_sync()
        locks: list[_RefLock] = []
        repository.lock_file.announce([f"{e.name} {e.new or NULL_ID}" for e in ordered])
        try:
            for edit in ordered:
                file = ready if edit.new is not None and len(ordered) == 1 else None
                locks.append(_RefLock(repository, edit, patience, file))
            pending = [lock for lock in locks if _check(repository, lock.edit)]
            failures = _apply(repository, pending)
        finally:
            for lock in locks:
                lock.release()
    if failures:
        first = failures[0]
        raise NotDurable(f"ref {edits[0].name!r}", first.path, first.reason) from first


def _refuse_impossible(
    repository: Repository, edits: Sequence[RefEdit], landed: Callable[[str], bool]
) -> None:
    names = {check_ref_name(edit.name) for edit in edits}
    created = {edit.name for edit in edits if edit.new is not None}
    for edit in edits:
        if not edit.name.startswith("refs/"):
            raise InvalidRefName(edit.name, "it does not begin with 'refs/'")
        if edit.name not in names:
            raise InvalidRefName(edit.name, "it is named twice in one update")
        names.remove(edit.name)
        if edit.new is None:
            continue
        if not created.isdisjoint(_paths_above(edit.name)):
            raise InvalidRefName(edit.name, "another ref's name is a part of its path")
        if landed(edit.new):
            continue
        if not is_full_id(edit.new) or not repository.exists(edit.new):
            raise ObjectNotFound(edit.new)


class _RefLock:
    """A ref's lock file, `<ref>.lock`, with the ref's new content."""

    def __init__(
        self, repository: Repository, edit: RefEdit, patience: float, ready: StagedFile | None
    ) -> None:
        self.edit = edit
        self.path = os.path.join(repository.path, edit.name)
        self.lock = f"{self.path}.lock"
        self._gitdir = repository.path
        self._held = False
        check_folders(repository.path, edit.name)
        staged = ready or stage_ref(repository.path, edit.new or NULL_ID)
        try:
            self._link(staged.path, patience)
            self._held = True
        finally:
            staged.discard()

    def commit(self) -> None:
        """Rename the lock into place."""
        with storage_errors(self.path):
            try:
                os.rename(self.lock, self.path)
            except IsADirectoryError:
                remove_empty_folders(self.path)
                os.rename(self.lock, self.path)
        self._held = False

    def release(self) -> None:
        """Remove the lock if it is still there, and the folders made for it.

        Never fails: the next holder of the store lock removes a lock that cannot be removed now.
        """
        if self._held:
            self._held = False
            try:
                unlink(self.lock)
            except OSError:
                return
            prune_folders(self._gitdir, self.edit.name)

    def _link(self, complete: str, patience: float) -> None:
        start = since = time.monotonic()
        longest = 2 * BREAK_AFTER if self.edit.breakable else patience
        seen, wait = 0, 0.001
        while True:
            try:
                link_or_copy(complete, self.lock)
            except FileExistsError:
                pass
            except FileNotFoundError:
                self._make_folder(complete)  # another process may prune it at once
                start = time.monotonic()
                continue
            except NotADirectoryError:
                raise self._collision() from None
            except OSError as error:
                raise StorageFailure(self.lock, os.strerror(error.errno or 0)) from error
            else:
                return
            inode, now = _inode(self.lock), time.monotonic()
            if inode != seen:
                seen, since = inode, now
            if self.edit.breakable and inode and now - since > BREAK_AFTER:
                unlink(self.lock)
                seen = 0
            elif inode and now - start > longest:
                raise RefLocked(self.edit.name, self.lock)
            elif inode:
                time.sleep(wait * (0.5 + os.urandom(1)[0] / 256))
                wait = min(wait * 1.5, 0.05)

    def _make_folder(self, complete: str) -> None:
        folder = os.path.dirname(self.path)
        if not os.path.exists(complete):
            raise StorageFailure(complete, os.strerror(errno.ENOENT))
        try:
            make_folder(self._gitdir, os.path.dirname(self.edit.name))
        except (NotADirectoryError, FileExistsError):
            raise self._collision() from None
        except FileNotFoundError:
            return  # another process pruned a folder meanwhile: `_link` tries again
        except OSError as error:
            raise StorageFailure(folder, os.strerror(error.errno or 0)) from error
        while len(folder) > len(self._gitdir):
            folder = os.path.dirname(folder)
            if os.path.isdir(folder):  # else a concurrent git pruned it: `_link` tries again
                sync_folder(folder)

    def _collision(self) -> InvalidRefName:
        return InvalidRefName(self.edit.name, "another ref's name is a part of its path")


def _check(repository: Repository, edit: RefEdit) -> bool:
    """Compare a ref with its expectation; tell whether there is anything to write."""
    try:
        actual = read_ref(repository, edit.name)
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


def _apply(repository: Repository, locks: list[_RefLock]) -> list[StorageFailure]:
    """Apply the edits and sync them; return the failures after which the edits are visible."""
    deletions = [lock for lock in locks if lock.edit.new is None]
    folders = {os.path.dirname(lock.path) for lock in locks}
    failures: list[StorageFailure] = []
    if deletions:
        # packed-refs stays locked until the loose files are gone: a `git pack-refs` that had
        # read one of them would bring the ref back.
        with packed_refs_locked(repository):
            if remove_packed(repository.path, {lock.edit.name for lock in deletions}):
                _sync([repository.path], failures)
            for lock in deletions:
                with storage_errors(lock.path):
                    unlink(lock.path)
    for lock in locks:
        if lock.edit.new is not None:
            lock.commit()
    _sync(folders, failures)
    return failures


def _sync(folders: Iterable[str], failures: list[StorageFailure]) -> None:
    for folder in folders:
        try:
            sync_folder(folder)
        except StorageFailure as error:
            failures.append(error)


@contextmanager
def packed_refs_locked(repository: Repository) -> Iterator[None]:
    """Hold `packed-refs.lock`; call it with the store lock held.

    The next holder of the store lock removes a lock that cannot be removed at the end.

    Raises:
        RefLocked, StorageFailure: another program keeps it, or it cannot be created.
    """
    lock = os.path.join(repository.path, "packed-refs.lock")
    token = os.urandom(16).hex()
    guard = StagedFile(repository.path, ".packed-refs-lock", f"{token}\n".encode())
    try:
        repository.lock_file.announce([f"packed-refs {token}"])
        _take_packed_lock(guard.path, lock)
    finally:
        guard.discard()
    try:
        yield
    finally:
        with suppress(OSError):
            unlink(lock)


def _take_packed_lock(complete: str, lock: str) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE * 3
    while True:
        try:
            return link_or_copy(complete, lock)
        except FileExistsError:
            if time.monotonic() > deadline:
                raise RefLocked("packed-refs", lock) from None
            time.sleep(0.005)
        except OSError as error:
            raise StorageFailure(lock, os.strerror(error.errno or 0)) from error


def link_or_copy(complete: str, lock: str) -> None:
    """Create a lock file with the content of a staged file.

    Raises:
        OSError: the lock exists, or cannot be created.
    """
    try:
        os.link(complete, lock)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        fd = open_regular(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with open(fd, "wb") as target, open(complete, "rb") as source:
                os.fchmod(fd, os.fstat(source.fileno()).st_mode & 0o777)
                target.write(source.read())
                target.flush()
                os.fsync(target.fileno())
        except BaseException:
            unlink(lock)
            raise


def _inode(path: str) -> int:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return 0
