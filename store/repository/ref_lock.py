"""Locks refs as git does: `<ref>.lock` beside a ref, `packed-refs.lock` for the packed ones.

A lock is linked from a complete staged file, so that the next holder of the store lock recognises
one that a killed writer left.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from store.errors import (
    InvalidRefName,
    RefLocked,
    StorageFailure,
)
from store.gitdir.durability import storage_errors, sync_folder, unlink
from store.gitdir.loose_ref import prune_folders, remove_empty_folders
from store.gitdir.own_files import check_folders, make_folder, open_regular
from store.gitdir.staged_file import StagedFile
from store.ids import RefName
from store.repository.repository import Repository

LOCK_PATIENCE = 1.0
BREAK_AFTER = 10.0
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


class RefLock:
    """A ref's lock file, `<ref>.lock`, with the ref's new content."""

    def __init__(
        self, gitdir: str, name: RefName, complete: str, patience: float, *, breakable: bool
    ) -> None:
        """Link the complete staged content as the lock.

        Raises:
            RefLocked, InvalidRefName, StorageFailure: see `update_refs`.
        """
        self.path = f"{gitdir}/{name}"
        self.lock = f"{self.path}.lock"
        self._gitdir = gitdir
        self._name = name
        self._breakable = breakable
        self._held = False
        check_folders(gitdir, name)
        self._link(complete, patience)
        self._held = True

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
            prune_folders(self._gitdir, self._name)

    def _link(self, complete: str, patience: float) -> None:
        start = since = time.monotonic()
        longest = 2 * BREAK_AFTER if self._breakable else patience
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
            found, now = _inode(self.lock), time.monotonic()
            if found != seen:
                seen, since = found, now
            if self._breakable and found and now - since > BREAK_AFTER:
                unlink(self.lock)
                seen = 0
            elif found and now - start > longest:
                raise RefLocked(self._name, self.lock)
            elif found:
                time.sleep(wait * (0.5 + os.urandom(1)[0] / 256))
                wait = min(wait * 1.5, 0.05)

    def _make_folder(self, complete: str) -> None:
        folder = os.path.dirname(self.path)
        if not os.path.exists(complete):
            raise StorageFailure(complete, os.strerror(errno.ENOENT))
        try:
            make_folder(self._gitdir, os.path.dirname(self._name))
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
        return InvalidRefName(self._name, "another ref's name is a part of its path")


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


def lock_inode(gitdir: str, name: RefName) -> int:
    """Return the inode of the lock on a ref; 0 if there is none."""
    return _inode(os.path.join(gitdir, f"{name}.lock"))


def _inode(path: str) -> int:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return 0
