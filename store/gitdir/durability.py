"""Durable writes: syncing, errors of the disk, and signals that wait for a write to end."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` wraps it in enums, which take longer
import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from store.errors import StorageFailure

_HELD = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)


def sync_file(fd: int) -> None:
    """Make a file's content survive a power cut (F_FULLFSYNC where the system has it)."""
    if _FULL_SYNC is not None:
        try:
            fcntl.fcntl(fd, _FULL_SYNC)
        except OSError:
            pass  # not every file system there supports it
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
                raise  # only some network file systems cannot sync a folder
        finally:
            os.close(fd)


def unlink(path: str) -> None:
    """Remove a file; do nothing where it is missing."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


class storage_errors:  # noqa: N801 - read as a verb: `with storage_errors(path)`
    """Turns each OSError inside the block into a `StorageFailure` that names `path`.

    A class, since a generator would cost every write a tenth of its time.
    """

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        """Name `path` in the failure."""
        self.path = path

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Raise a failure in place of an OSError."""
        if isinstance(error, OSError):
            raise StorageFailure(self.path, os.strerror(error.errno or 0)) from error


@contextmanager
def held_signals() -> Iterator[None]:
    """Deliver SIGINT, SIGTERM and SIGHUP only after the block, so that no write is cut in two.

    Python runs signal handlers in the main thread only; in other threads there is nothing
    to do.
    """
    came: list[int] = []
    before = {}
    try:
        for wanted in _HELD:
            handler = _signal.getsignal(wanted)
            if handler is not None and handler != _signal.SIG_IGN:
                _signal.signal(wanted, lambda number, _: came.append(number))
                before[wanted] = handler
    except ValueError:
        pass  # not the main thread
    try:
        yield
    finally:
        for held, handler in before.items():
            _signal.signal(held, handler)
        for number in came:
            _signal.raise_signal(number)
