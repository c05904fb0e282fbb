"""Private folders for copies of agents' databases, in the system's folder for temporary files.

Each is locked by the process that uses it, so one that a killed process has left is known by its
free lock, and removed by the next process that needs one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PREFIX = "wj-database-"


@contextmanager
def private_folder() -> Iterator[str]:
    """Make a folder that only its owner may read, and remove it at the end of the block.

    Stale ones are removed first.

    Raises:
        OSError: it cannot be made.
    """
    remove_stale_folders()
    folder, handle = _made()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def remove_stale_folders() -> None:
    """Remove the folders of this user that no process has locked; those of others stay."""
    top = tempfile.gettempdir()
    try:
        names = [name for name in os.listdir(top) if name.startswith(_PREFIX)]
    except OSError:
        return
    for name in names:
        with suppress(OSError):  # one in use, another user's, or removed meanwhile
            _remove_if_stale(os.path.join(top, name))


def _made() -> tuple[str, int]:
    """Return a new folder and the descriptor that holds its lock."""
    while True:
        folder = tempfile.mkdtemp(prefix=_PREFIX)
        with suppress(FileNotFoundError):  # taken for a stale one before it was locked
            handle = _opened(folder)
            with suppress(OSError):  # no locks on a network's file system: it is never stale
                fcntl.flock(handle, fcntl.LOCK_EX)
            if os.path.isdir(folder):
                return folder, handle
            os.close(handle)


def _remove_if_stale(folder: str) -> None:
    handle = _opened(folder)
    try:
        if os.fstat(handle).st_uid == os.getuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def _opened(folder: str) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
