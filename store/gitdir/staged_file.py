"""Files on their way into a repository, and the removal of those that killed writers left.

A staged file lies in `<gitdir>/wj-staging/`. Its writer holds a flock on it, so the holder of
the store lock can tell a live writer's file from a dead writer's. Between creating and
locking a file, the writer holds a shared flock on the folder.

A ref's lock file holds the content that the store lock's file announces for it. So does
`packed-refs.lock`, whose content means nothing to git.

A pack lands as `pack-X.keep`, `pack-X.pack`, `pack-X.idx`, in that order. The `.keep` holds
our mark, and its writer keeps it locked until a ref leads to the pack, so that a concurrent
`git gc` does not delete the pack. A marked `.keep` whose lock is free is removed, with its
pack if that has no index.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from store.errors import UnsafeRepository
from store.gitdir.durability import storage_errors, sync_file, unlink
from store.gitdir.lock import ProcessLock, flocked, try_lock_file
from store.gitdir.own_files import (
    check_folders,
    create_regular,
    is_regular,
    make_folder,
    read_regular,
)

STAGING = "wj-staging"
JOINING = (
    "rollup.lock"  # locked by the process that joins packs; not empty while git may leave a lock
)
KEEP_MARK = b"wajutsu: a write in progress\n"
_STAGED_NAME = re.compile(r"\d+-[0-9a-f]+\.[a-z-]+")
_OF_GIT = {
    "packed-refs": (".lock", ".new"),
    "gc.pid": (".lock",),
    "objects/info/commit-graph": (".lock",),
}
_own: set[str] = set()  # the files that this process has locked, which no sweep has to try
_KEEP_NAME = re.compile(r"pack-[0-9a-f]+\.keep")


@contextmanager
def staging_held(gitdir: str) -> Iterator[None]:
    """Keep sweeps away from files that are created inside the block, until each is locked.

    Raises:
        StorageFailure: there is no staging folder, and none can be made.
    """
    folder = os.path.join(gitdir, STAGING)
    with storage_errors(folder):
        make_folder(gitdir, STAGING)
        with flocked(folder, fcntl.LOCK_SH):
            yield


class StagedFile:
    """A new file in the staging folder, locked by this process until closed."""

    def __init__(
        self,
        gitdir: str,
        suffix: str,
        data: bytes = b"",
        mode: int = 0o444,
        *,
        is_held: bool = False,
    ) -> None:
        """Create and lock the file, and write `data` into it.

        `is_held` says that the caller is inside `staging_held`.

        Raises:
            StorageFailure: the disk is full or read-only; nothing is left behind.
        """
        self.path = f"{gitdir}/{STAGING}/{os.getpid()}-{os.urandom(6).hex()}{suffix}"
        with nullcontext() if is_held else staging_held(gitdir), storage_errors(self.path):
            self.fd = create_regular(gitdir, self.path, os.O_RDWR | os.O_EXCL, mode)
            with self._discarded_on_error():
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _own.add(self.path)
        self.write(data)

    def write(self, data: bytes) -> None:
        """Add to the content; a file that cannot take it is discarded."""
        with self._discarded_on_error(), storage_errors(self.path):
            view = memoryview(data)
            while view:
                view = view[os.write(self.fd, view) :]

    def sync(self) -> None:
        """Make the content durable; a file that cannot be made durable is discarded."""
        with self._discarded_on_error(), storage_errors(self.path):
            sync_file(self.fd)

    def move(self, target: str) -> None:
        """Rename it into place; the lock stays with it until `close`."""
        with self._discarded_on_error(), storage_errors(target):
            os.rename(self.path, target)
        _own.discard(self.path)
        _own.add(target)
        self.path = target

    def close(self) -> None:
        """Release the lock."""
        if self.fd >= 0:
            _own.discard(self.path)
            os.close(self.fd)
            self.fd = -1

    def discard(self) -> None:
        """Remove the file wherever it is now, and release the lock.

        Never fails: a later sweep removes a file that cannot be removed now.
        """
        if self.fd >= 0:
            try:
                os.unlink(self.path)
            except OSError:
                pass
            self.close()

    @contextmanager
    def _discarded_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.discard()
            raise


def stage_ref(gitdir: str, value: str, *, is_held: bool = False) -> StagedFile:
    """Stage the complete content of a ref, to be linked as its lock once it is synced."""
    return StagedFile(gitdir, ".ref", f"{value}\n".encode(), 0o666, is_held=is_held)


def stage_synced_ref(gitdir: str, value: str) -> StagedFile:
    """Stage the content of a ref, and sync it."""
    staged = stage_ref(gitdir, value)
    staged.sync()
    return staged


def is_marked_keep(path: str) -> bool:
    """Tell whether a `.keep` file is one of ours."""
    try:
        is_named = _KEEP_NAME.fullmatch(os.path.basename(path)) is not None
        return is_named and read_regular(path, len(KEEP_MARK) + 1) == KEEP_MARK
    except (OSError, UnsafeRepository):
        return False


def is_staged(path: str) -> bool:
    """Tell whether a file in the staging folder is one of ours."""
    return _STAGED_NAME.fullmatch(os.path.basename(path)) is not None and is_regular(path)


def sweep_staging(gitdir: str) -> None:
    """Remove what killed writers left in staging, and their marked `.keep` files.

    Call it with the store lock held. Files of live writers are left alone, and files that are
    not of our naming.
    """
    check_folders(gitdir, f"{STAGING}/")
    check_folders(gitdir, "objects/pack/")
    staging = os.path.join(gitdir, STAGING)
    for name in _listed(staging):
        path = f"{staging}/{name}"
        if path not in _own and is_staged(path):
            with flocked(staging, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_alone:
                if is_alone:
                    _remove_if_free(path)
    packs = os.path.join(gitdir, "objects", "pack")
    for name in _listed(packs):
        if not name.endswith(".keep"):
            continue
        path = f"{packs}/{name}"
        if path not in _own and is_marked_keep(path):
            _remove_if_free(path, unindexed_pack_of=path.removesuffix(".keep"))


def sweep_after_git(gitdir: str) -> None:
    """Remove the lock of a git that was killed while it wrote the commit-graph for us."""
    path = os.path.join(gitdir, JOINING)
    try:
        if not os.lstat(path).st_size:
            return
    except FileNotFoundError:
        return
    fd = try_lock_file(path)
    if fd is not None:
        try:
            clear_after_git(gitdir, fd)
        finally:
            os.close(fd)


def clear_after_git(gitdir: str, fd: int) -> None:
    """Remove what a killed git left; `fd` is the lock for joining packs, which git kept."""
    if os.fstat(fd).st_size:
        path = os.path.join(gitdir, "objects", "info", "commit-graph.lock")
        check_folders(gitdir, "objects/info/commit-graph.lock")
        if is_regular(path):
            unlink(path)
        os.ftruncate(fd, 0)


def sweep_locks(gitdir: str, lock: ProcessLock) -> None:
    """Remove the ref locks that a killed holder of the store lock had announced.

    A lock file is removed only if it holds exactly the announced content. Version 0.1.0 let
    git work under the store lock: the locks of that git, killed with it, are removed too.
    """
    for name, content in lock.left_behind():
        if name in _OF_GIT and content == "git":
            check_folders(gitdir, name)
            for suffix in _OF_GIT[name]:
                path = os.path.join(gitdir, f"{name}{suffix}")
                if is_regular(path):
                    unlink(path)
            continue
        if name != "packed-refs" and (not name.startswith("refs/") or "/../" in f"{name}/"):
            continue  # a received repository may hold any text
        path = os.path.join(gitdir, f"{name}.lock")
        try:
            check_folders(gitdir, name)
            found = read_regular(path, len(content) + 2)
        except (OSError, ValueError):
            continue
        if found == f"{content}\n".encode("utf-8", "surrogateescape"):
            unlink(path)


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _remove_if_free(path: str, *, unindexed_pack_of: str = "") -> None:
    """Remove a file that no live writer has locked, and the pack that it protects."""
    try:
        with flocked(path, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_free:
            if not is_free:
                return
            if unindexed_pack_of and not os.path.lexists(f"{unindexed_pack_of}.idx"):
                unlink(f"{unindexed_pack_of}.pack")
            unlink(path)
    except OSError:
        return
