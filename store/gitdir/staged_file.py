"""Files on their way into a repository, and clearing those of killed writers.

A staged file lies in `<gitdir>/wj-staging/` and its writer holds an flock on it, so that
whoever holds the store lock can tell a live writer's file from a dead one's. Between
creating a file and locking it, a writer holds a shared flock on the folder itself.

The lock of a ref that we are writing holds what the store lock's file announces for it;
so does `packed-refs.lock`, whose content means nothing to git.

A pack lands as `pack-X.keep`, `pack-X.pack`, `pack-X.idx`, in that order. The `.keep` is
marked as ours and stays locked until the writer has published, so that a `git gc` beside
us takes nothing; one whose lock is free is removed, with its pack if that has no index.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from store.errors import StorageFailure
from store.gitdir.lock import ProcessLock

STAGING = "wj-staging"
KEEP_MARK = b"wajutsu: a write in progress\n"
PACKING = "git"
_OF_GIT = {
    "packed-refs": (".lock", ".new"),
    "gc.pid": (".lock",),
    "objects/info/commit-graph": (".lock",),
}
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)


class StagedFile:
    """A new file in the staging folder, locked by this process until closed."""

    def __init__(self, gitdir: str, suffix: str, mode: int = 0o444) -> None:
        """Create and lock the file.

        Raises:
            StorageFailure: the folder cannot be written.
        """
        folder = os.path.join(gitdir, STAGING)
        self.path = os.path.join(folder, f"{os.getpid()}-{os.urandom(6).hex()}{suffix}")
        with storage_errors(folder), _folder_shared(folder):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self.fd = os.open(self.path, flags, mode)
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.discard()
                raise

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        with storage_errors(self.path):
            view = memoryview(data)
            while view:
                view = view[os.write(self.fd, view) :]

    def sync(self) -> None:
        """Make the content durable."""
        with storage_errors(self.path):
            sync_file(self.fd)

    def move(self, target: str) -> None:
        """Rename it into place; the lock stays with it until `close`."""
        with storage_errors(target):
            os.rename(self.path, target)
        self.path = target

    def close(self) -> None:
        """Let go of the lock."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def discard(self) -> None:
        """Remove the file wherever it is now, and let go of it.

        Never fails: what cannot be removed is removed by a later sweep.
        """
        if self.fd >= 0:
            try:
                os.unlink(self.path)
            except OSError:
                pass
            self.close()


def stage_ref(gitdir: str, value: str) -> StagedFile:
    """Stage the complete, synced content of a ref, to be linked as its lock."""
    staged = StagedFile(gitdir, ".ref", 0o666)
    try:
        staged.write(f"{value}\n".encode())
        staged.sync()
    except BaseException:
        staged.discard()
        raise
    return staged


def sync_file(fd: int) -> None:
    """Make a file's content survive a power cut (fsync; F_FULLFSYNC where it exists)."""
    if _FULL_SYNC is not None:
        try:
            fcntl.fcntl(fd, _FULL_SYNC)
        except OSError:
            pass  # not every file system on that system has it
        else:
            return
    os.fsync(fd)


def sync_folder(path: str) -> None:
    """Make a folder's entries survive a power cut."""
    with storage_errors(path):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            sync_file(fd)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise  # some network file systems cannot sync a folder; all others must
        finally:
            os.close(fd)


@contextmanager
def storage_errors(path: str) -> Iterator[None]:
    """Turn the system's refusals inside the block into `StorageFailure`."""
    try:
        yield
    except OSError as error:
        raise StorageFailure(path, os.strerror(error.errno or 0)) from error


@contextmanager
def held_signals() -> Iterator[None]:
    """Hold interrupts back, so that a few milliseconds of writing are not cut in two.

    Python runs signal handlers in the main thread only, whichever thread the system gave
    the signal to; so they are put off there, and in other threads nothing is to do.
    """
    import signal

    came: list[int] = []
    before = {}
    try:
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            handler = signal.getsignal(wanted)
            if handler is not None and handler != signal.SIG_IGN:
                signal.signal(wanted, lambda number, _: came.append(number))
                before[wanted] = handler
    except ValueError:
        pass  # not the main thread: no handler runs here
    try:
        yield
    finally:
        for held, handler in before.items():
            signal.signal(held, handler)
        for number in came:
            signal.raise_signal(number)


def sweep_staging(gitdir: str) -> None:
    """Remove what killed writers left in staging and their marked `.keep` files.

    Call it with the store lock held. Files of live writers are left alone.
    """
    staging = os.path.join(gitdir, STAGING)
    for name in _listed(staging):
        with _folder_exclusive(staging) as alone:
            if alone:
                _remove_if_free(os.path.join(staging, name))
    packs = os.path.join(gitdir, "objects", "pack")
    for name in _listed(packs):
        if name.endswith(".keep"):
            _release_keep(os.path.join(packs, name[: -len(".keep")]))


def sweep_locks(gitdir: str, lock: ProcessLock) -> None:
    """Remove the ref locks that a killed holder of the store lock had announced.

    A lock file goes only if it holds exactly the announced content. What a git has left that
    we ran goes too; in its way, a later one would give up.
    """
    for name, content in lock.left_behind():
        if name in _OF_GIT and content == PACKING:
            # A git that we ran had our own lock open until it ended: these are a dead one's.
            for suffix in _OF_GIT[name]:
                _unlink(os.path.join(gitdir, f"{name}{suffix}"))
            continue
        if name not in _OF_GIT and (not name.startswith("refs/") or "/../" in f"{name}/"):
            continue  # a received repository may hold any text
        path = os.path.join(gitdir, f"{name}.lock")
        try:
            with open(path, "rb") as file:
                found = file.read(len(content) + 2)
        except (OSError, ValueError):
            continue
        if found == f"{content}\n".encode("utf-8", "surrogateescape"):
            _unlink(path)
    lock.forget_announcement()


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _remove_if_free(path: str) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _unlink(path)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def _release_keep(stem: str) -> None:
    keep = f"{stem}.keep"
    try:
        with open(keep, "rb") as file:
            if file.read(len(KEEP_MARK) + 1) != KEEP_MARK:
                return
    except OSError:
        return
    if not os.path.exists(f"{stem}.idx"):
        # The writer died, or is, between the two renames: only a free lock says which.
        try:
            fd = os.open(keep, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.exists(f"{stem}.idx"):
                _unlink(f"{stem}.pack")
        except OSError:
            return
        finally:
            os.close(fd)
    _remove_if_free(keep)


@contextmanager
def _folder_shared(folder: str) -> Iterator[None]:
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
        yield
    finally:
        os.close(fd)


@contextmanager
def _folder_exclusive(folder: str) -> Iterator[bool]:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except OSError:
            alone = False  # a writer is at it, or the file system cannot lock a folder
        yield alone
    finally:
        os.close(fd)
