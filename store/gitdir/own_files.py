"""The files and folders of a repository: never links, FIFOs or devices; their permissions.

A repository that was received may hold anything. A link in place of the lock file would make a
command truncate another file, and a FIFO would make it wait forever. So each file that is
read, written or deleted is a regular file in real folders of the repository. Only the path of
the repository itself may lead through links.

New files and folders have the permissions of the repository's folder: in a private one they are
private, in one that a group shares the group may write them.
"""

from __future__ import annotations

import errno
import os
import stat

from store.errors import UnsafeRepository

_FOLDERS = (
    *("objects", "objects/info", "objects/info/commit-graphs", "objects/pack", "info"),
    *("refs", "refs/heads", "refs/remotes", "refs/sessions", "refs/tags", "refs/wj"),
    *("wj-damaged", "wj-staging"),
)
_FILES = (
    *("HEAD", "commondir", "config", "config.toml", "config.worktree", "info/grafts"),
    *("objects/info/alternates", "objects/info/commit-graph", "objects/pack/multi-pack-index"),
    *("packed-refs", "rollup.lock", "shallow", "store.lock"),
)
_INDEX = tuple(
    f"store-index.{name}{suffix}"
    for name in ("sqlite", "text")
    for suffix in ("", "-journal", "-shm", "-wal")
)
_FEW = 4096  # bytes that one read returns
_HOOKS = "hooks"  # never run by us, and often links
_KINDS = {
    stat.S_IFREG: "a regular file",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
}


def check_layout(gitdir: str) -> None:
    """Check the known files and folders of a repository, without opening any.

    Raises:
        UnsafeRepository: one of them is of another kind.
    """
    for name in _FOLDERS:
        _check(os.path.join(gitdir, name), stat.S_IFDIR)
    for name in _FILES:
        _check(os.path.join(gitdir, name), stat.S_IFREG)
    for name in _INDEX:  # in place of a folder it is in memory
        _check(os.path.join(gitdir, name), stat.S_IFREG, stat.S_IFDIR)


def foreign_part(gitdir: str) -> str:
    """Return the repository, or else its first part, that belongs to another user; "" for none.

    Parts may belong to root, and to anybody in a folder that others may write: it is shared.
    """
    own = os.stat(gitdir)
    if own.st_uid != os.geteuid():
        return gitdir
    for name in () if own.st_mode & stat.S_IWGRP else ("objects", "refs", "config"):
        path = os.path.join(gitdir, name)
        try:
            if os.lstat(path).st_uid not in (own.st_uid, 0):
                return path
        except OSError:
            continue
    return ""


def check_packs(folder: str) -> None:
    """Check the files of a folder of packs, which libgit2 opens.

    Raises:
        UnsafeRepository: one of them is not a regular file.
    """
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False):
                    _check(entry.path, stat.S_IFREG)
    except (FileNotFoundError, NotADirectoryError):
        return


def check_tree(gitdir: str) -> None:
    """Check all files and folders of a repository before another program works on them.

    Raises:
        UnsafeRepository: one of them is neither a regular file nor a real folder.
    """
    waiting = [gitdir]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name == _HOOKS and folder == gitdir:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif not entry.is_file(follow_symlinks=False):
                        _check(entry.path, stat.S_IFREG)
        except FileNotFoundError:
            continue  # another process has just removed it


def check_folders(gitdir: str, name: str) -> None:
    """Check the folders that lead from the repository to the file called `name`.

    A missing folder is fine, and so is a file in place of one: no file can be below it.

    Raises:
        UnsafeRepository: one of them is a link or the like.
    """
    path = gitdir
    for part in name.split("/")[:-1]:
        path = f"{path}/{part}"
        _check(path, stat.S_IFDIR, stat.S_IFREG)


def make_folder(gitdir: str, name: str) -> str:
    """Create a folder of the repository where it is missing, and return its path.

    Its permissions are those of the repository's folder.

    Raises:
        UnsafeRepository: a link or the like is in its place.
        OSError: it cannot be created.
    """
    check_folders(gitdir, f"{name}/")
    whole = os.path.join(gitdir, name)
    path = gitdir
    for part in () if os.path.isdir(whole) else name.split("/"):
        path = os.path.join(path, part)
        allowed = stat.S_IMODE(os.stat(gitdir).st_mode)
        try:
            os.mkdir(path, allowed)
        except FileExistsError:
            if not os.path.isdir(path):
                raise
        else:
            if allowed & stat.S_IWGRP:
                os.chmod(path, allowed)
    return whole


def create_regular(gitdir: str, path: str, flags: int, mode: int = 0o666) -> int:
    """Open a regular file of the repository, created where it is missing.

    It gets no permission that the repository's folder does not give, whatever the umask. Where
    the group may write the folder, it gets all of these.

    Raises:
        UnsafeRepository, OSError: as `open_regular`.
    """
    given = os.stat(gitdir).st_mode
    allowed = mode & given
    fd = open_regular(path, flags | os.O_CREAT, allowed)
    if given & stat.S_IWGRP:
        found = os.fstat(fd)
        if stat.S_IMODE(found.st_mode) != allowed and found.st_uid == os.geteuid():
            os.fchmod(fd, allowed)
    return fd


def is_regular(path: str) -> bool:
    """Tell whether there is a regular file at a path, itself and not behind a link."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def open_regular(path: str, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
    """Open a regular file; return its descriptor. Never follows a link, never waits.

    Raises:
        UnsafeRepository: a link, a FIFO or the like is in its place.
        OSError: as `os.open`.
    """
    try:
        fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    except OSError:
        _check(path, stat.S_IFREG, stat.S_IFDIR)
        raise
    kind = os.fstat(fd).st_mode
    if not stat.S_ISREG(kind):
        os.close(fd)
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        raise _unsafe(path, stat.S_IFMT(kind), stat.S_IFREG)
    return fd


def read_regular(path: str, size: int = -1) -> bytes:
    """Return the bytes of a regular file, at most `size`; errors as `open_regular`."""
    fd = open_regular(path)
    if not 0 <= size <= _FEW:
        with open(fd, "rb") as file:
            return file.read(size)
    try:
        return os.read(fd, size)
    finally:
        os.close(fd)


def _check(path: str, *wanted: int) -> None:
    try:
        kind = stat.S_IFMT(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return  # it is missing, which its user reports where it matters
    if kind not in wanted:
        raise _unsafe(path, kind, wanted[0])


def _unsafe(path: str, kind: int, wanted: int) -> UnsafeRepository:
    found = _KINDS.get(kind, "a device")
    hint = "if somebody else made this repository, they may mean harm"
    return UnsafeRepository(path, f"is {found}, but has to be {_KINDS[wanted]}", hint)
