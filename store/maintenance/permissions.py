"""Who may read a repository: conversations hold secrets, and git alone leaves them readable.

git's `core.sharedRepository` says with whom a repository is shared. Without it only its owner
should be able to read it.
"""

from __future__ import annotations

import os
import stat

from store.gitdir.durability import storage_errors
from store.gitdir.own_files import open_regular
from store.repository.repository import Repository

_KEY = "core.sharedrepository"
_GROUP = ("group", "true", "yes", "on", "1")
_ALL = ("all", "world", "everybody", "umask", "2")


def open_to(repository: Repository) -> str:
    """Return who may read the repository against its settings; "" for nobody.

    The permissions of its folder decide: nobody gets past a folder that is closed.
    """
    open_bits = os.stat(repository.path).st_mode & ~_allowed(repository)
    if open_bits & stat.S_IRWXO:
        return "all users of this machine"
    return "the users of its group" if open_bits & stat.S_IRWXG else ""


def make_private(repository: Repository) -> None:
    """Take the permissions that the settings do not give from the folder and all in it.

    Without a setting the repository becomes its owner's alone, for git's new files, too.

    Raises:
        StorageFailure: a file belongs to another user.
    """
    allowed = _allowed(repository)
    with storage_errors(repository.path):
        _restrict(os.open(repository.path, os.O_RDONLY | os.O_CLOEXEC), allowed)
        for folder, _, files, fd in os.fwalk(repository.path):
            _restrict(os.dup(fd), allowed)
            for name in files:
                path = os.path.join(folder, name)
                try:
                    if stat.S_ISREG(os.lstat(path).st_mode):
                        _restrict(open_regular(path), allowed)
                except FileNotFoundError:
                    continue  # another process has just removed it
    if _KEY not in repository.config:
        repository.set_config({"core.sharedRepository": "0600"})


def _restrict(fd: int, allowed: int) -> None:
    try:
        mode = stat.S_IMODE(os.fstat(fd).st_mode)
        if mode & ~allowed & 0o077:
            os.fchmod(fd, mode & (allowed | ~0o077))
    finally:
        os.close(fd)


def _allowed(repository: Repository) -> int:
    """Return the permissions, as a mode, that the settings give to others and the owner."""
    value = repository.config.get(_KEY, "0600").lower()
    if value in _GROUP:
        return 0o7770
    if value in _ALL:
        return 0o7777
    try:
        files = int(value, 8) & 0o666
    except ValueError:
        files = 0o600
    return 0o7700 | files | (files >> 2 & 0o111)
