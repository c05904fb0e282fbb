"""Keeps a repository small: rolls up packs, packs refs, collects garbage.

Nothing here is needed for correctness, and nothing is lost: a roll-up keeps unreachable
objects, and `gc` prunes only those that are older than its grace time. All of it is best
effort beside concurrent writers. Only one process rolls up at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from store.errors import StoreError
from store.gitdir.durability import storage_errors, sync_folder
from store.gitdir.git_process import check_config, find_git, run_git
from store.gitdir.lock import try_lock_file
from store.gitdir.loose_ref import loose_names
from store.gitdir.staged_file import JOINING, clear_after_git
from store.maintenance.garbage import collect_garbage, write_commit_graph
from store.maintenance.pack_rollup import (
    free_packs,
    join_packs,
    join_small_packs,
    pack_folder,
    packs_within,
    remove_packs,
)
from store.repository.ref_pack import pack_refs
from store.repository.repository import Repository

MANY_PACKS = 32
TOO_MANY_PACKS = 44
MANY_LOOSE_REFS = 256
GRACE = "2.weeks.ago"
_ROLL_UP = ("repack", "--geometric=2", "-q", "-n")
_COMPACT = (*_ROLL_UP, "-f", "--window=50")
_WORTH_COMPACTING = 8


def count_packs(repository: Repository) -> int:
    """Return the number of packs, including those that are being written."""
    return len([1 for name in os.listdir(pack_folder(repository)) if name[-5:] == ".pack"])


def tidy(repository: Repository, *, new_ref: bool) -> None:
    """Roll up packs and pack refs if there are too many of them. Never fails.

    Call it after a write, without the store lock. `new_ref` says that a ref was created.
    """
    try:
        packs = count_packs(repository)
        if packs > MANY_PACKS:
            roll_up(repository, wait=packs > TOO_MANY_PACKS)
        if new_ref and _has_many_loose_refs(repository):
            pack_refs(repository)
    except (OSError, StoreError):
        return


def roll_up(repository: Repository, *, wait: bool = False) -> bool:
    """Join small packs with our own writer, then geometrically with git; tell whether it was done.

    While another process rolls up, this one does nothing, unless `wait`.
    """
    is_waiting = lambda: wait and count_packs(repository) > TOO_MANY_PACKS  # noqa: E731
    with _packs_locked(repository, is_waiting) as fd:
        if fd is None or (count_packs(repository) <= MANY_PACKS and not wait):
            return False
        joined = join_small_packs(repository, MANY_PACKS // 2)
        is_done = joined and count_packs(repository) <= MANY_PACKS
        if not is_done and not _roll_up_with_git(repository, fd):
            join_packs(repository)
    repository.refresh()
    return True


def compact(repository: Repository) -> bool:
    """Join small packs with git, which stores what is alike as differences; tell whether it was done.

    Many small writes to one session are mostly versions of the same trees, so this halves their
    room. Takes a tenth of a second for a hundred writes. Nothing is done for a few packs, without
    git, or while another process joins packs. Never fails.
    """
    try:
        check_config(repository.path)
        with _packs_locked(repository, lambda: False) as fd:
            if fd is None or count_packs(repository) < _WORTH_COMPACTING or find_git() is None:
                return False
            is_done = _roll_up_with_git(repository, fd, _COMPACT)
        repository.refresh()
    except (OSError, StoreError):
        return False
    return is_done


def _roll_up_with_git(repository: Repository, lock: int, words: tuple[str, ...] = _ROLL_UP) -> bool:
    """Let git join packs, and delete these once the joined one is durable; tell whether it could.

    git itself would delete them before it syncs the folder.
    """
    folder = pack_folder(repository)
    before = free_packs(folder)
    done = run_git(repository.path, words, pass_fds=[lock])
    if done is None or done.returncode:
        return False
    made = [stem for stem in free_packs(folder) if stem not in before]
    sync_folder(folder)
    remove_packs(folder, packs_within(folder, before, made))
    run_git(repository.path, ("prune-packed", "-q"), pass_fds=[lock])
    return True


@contextmanager
def _packs_locked(
    repository: Repository, is_waiting: Callable[[], bool] = lambda: True
) -> Iterator[int | None]:
    """Hold the lock for joining packs; yield its descriptor, None if another process has it."""
    path = os.path.join(repository.path, JOINING)
    with storage_errors(path):
        fd = try_lock_file(path)
        while fd is None and is_waiting():
            time.sleep(0.01)
            fd = try_lock_file(path)
    try:
        if fd is not None:
            clear_after_git(repository.path, fd)
        yield fd
    finally:
        if fd is not None:
            os.close(fd)


def gc(repository: Repository, *, prune: str = GRACE) -> bool:
    """Collect garbage; tell whether C git did it. Writers wait only for the end of it.

    `prune` is a date as git takes it: unreachable objects older than that are deleted.
    Without git all packs are joined into one and nothing is pruned.

    Raises:
        UntrustedConfig: git is not started with the repository's config.
        StoreLocked, StorageFailure: nothing is lost.
    """
    check_config(repository.path)
    pack_refs(repository)
    logs = os.path.isdir(os.path.join(repository.path, "logs"))
    # A process that joins packs must not run meanwhile: it would write again what is pruned.
    # It never waits for the store lock, which is taken after this one.
    with _packs_locked(repository) as lock:
        assert lock is not None
        if logs:
            run_git(repository.path, ("reflog", "expire", "--all"), pass_fds=[lock])
        if find_git() is None:
            join_packs(repository, every=True)
            return False
        is_done = collect_garbage(repository, prune, lock)
        write_commit_graph(repository, lock)
    return is_done


def _has_many_loose_refs(repository: Repository) -> bool:
    many = islice(loose_names(repository.path, "refs"), MANY_LOOSE_REFS, None)
    return next(many, None) is not None
