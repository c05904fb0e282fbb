"""The store lock: one flock for a repository, re-entrant in a process, freed by the kernel.

The lock file is never removed. While the lock is held, the file may name the refs that its
holder is about to lock, one `<ref> <content>` on a line. So the next holder can tell the
lock files of a killed process of ours from those of a live git (`announce`, `left_behind`).
On network file systems flock is advisory at best; there git's own `<ref>.lock` is the
guarantee.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from store.errors import StoreLocked
from store.gitdir.durability import storage_errors
from store.gitdir.own_files import create_regular

_FIRST_WAIT = 0.0003
_LONGEST_WAIT = 0.002


class ProcessLock:
    """One process's hold on one lock file; share it through `process_lock`."""

    def __init__(self, path: str) -> None:
        """Remember the path; nothing is opened yet."""
        self.path = path
        self._threads = threading.RLock()
        self._depth = 0
        self._fd = -1
        self._announced = 0

    @property
    def fd(self) -> int:
        """The locked descriptor, to hand to a child that must keep the lock alive."""
        return self._fd

    @contextmanager
    def held(self, timeout: float) -> Iterator[bool]:
        """Hold the lock; yield whether this is the outermost hold of the process.

        Raises:
            StoreLocked: another process or thread kept it for `timeout` seconds.
            StorageFailure: the lock file cannot be created (read-only or full disk).
        """
        threads = self._threads
        if not threads.acquire(timeout=timeout):
            raise StoreLocked(self.path, timeout)
        try:
            if self._depth == 0:
                self._acquire(timeout)
            self._depth += 1
            try:
                yield self._depth == 1
            finally:
                if threads is self._threads:  # else: a forked child, which holds nothing
                    self._depth -= 1
                    if self._depth == 0:
                        self._release()
        finally:
            if threads is self._threads:
                threads.release()

    def announce(self, lines: list[str]) -> None:
        """Name locks that are about to be made; the names stay until the lock is released.

        Raises:
            StorageFailure: the disk is full.
        """
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
        with storage_errors(self.path):
            while data:
                written = os.pwrite(self._fd, data, self._announced)
                self._announced += written
                data = data[written:]

    @property
    def is_announced(self) -> bool:
        """Whether the file names anything."""
        return os.fstat(self._fd).st_size > 0

    def left_behind(self) -> list[tuple[str, str]]:
        """Return the (ref, content) pairs that a killed holder had announced."""
        size = os.fstat(self._fd).st_size
        if not size:
            return []
        text = os.pread(self._fd, size, 0).decode("utf-8", "surrogateescape")
        # Not splitlines: a name may hold U+2028 and the like.
        pairs = [line.partition(" ") for line in text.split("\n")]
        return [(name, content) for name, space, content in pairs if space]

    def keep_announcement(self) -> None:
        """Announce behind what a killed holder had announced, instead of over it."""
        self._announced = os.fstat(self._fd).st_size

    def forget_announcement(self) -> None:
        """Clear the announcement; nothing that it names may be left."""
        if self._announced or os.fstat(self._fd).st_size:
            os.ftruncate(self._fd, 0)
            self._announced = 0

    def drop_after_fork(self) -> None:
        """Close the descriptor in a forked child; the parent's lock stays."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._depth, self._announced = -1, 0, 0
        self._threads = threading.RLock()

    def _acquire(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        wait = _FIRST_WAIT
        with storage_errors(self.path):
            while (fd := try_lock_file(self.path)) is None:
                if time.monotonic() > deadline:
                    raise StoreLocked(self.path, timeout)
                time.sleep(wait * (0.5 + os.urandom(1)[0] / 256))
                wait = min(wait * 1.6, _LONGEST_WAIT)
        self._fd = fd

    def _release(self) -> None:
        fd, self._fd = self._fd, -1
        try:
            if self._announced:
                os.ftruncate(fd, 0)
        except OSError:
            pass  # what was written stays written; the next holder clears the announcement
        finally:
            self._announced = 0
            os.close(fd)


_locks: dict[str, ProcessLock] = {}
_guard = threading.Lock()


def process_lock(path: str) -> ProcessLock:
    """Return the process's one lock object for a lock file (an absolute real path)."""
    with _guard:
        return _locks.setdefault(path, ProcessLock(path))


def try_lock_file(path: str) -> int | None:
    """Open and flock a file without waiting; return its descriptor, None if it is locked."""
    fd = create_regular(os.path.dirname(path), path, os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
            return None
        raise
    return fd


@contextmanager
def flocked(path: str, operation: int) -> Iterator[bool]:
    """Hold a flock on a file or folder that exists; yield whether it could be had.

    It cannot be had where another process holds it, or where the file system has no locks.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        try:
            fcntl.flock(fd, operation)
            is_held = True
        except OSError:
            is_held = False
        yield is_held
    finally:
        os.close(fd)


def _forget_locks_after_fork() -> None:
    global _guard  # noqa: PLW0603 - the parent may have held it at the fork
    _guard = threading.Lock()
    for lock in _locks.values():
        lock.drop_after_fork()


os.register_at_fork(after_in_child=_forget_locks_after_fork)
