"""Keeping a repository small and sound: roll-up of packs, packing of refs, gc, verify.

None of it is needed for correctness, and none of it loses anything: a roll-up keeps
objects that nothing reaches, and `gc` prunes only those older than its grace time. All of
it is best effort beside writers; only one process rolls up at a time.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from store.errors import CorruptRef, InvalidSession, ObjectError, StorageFailure, StoreError
from store.gitdir.git_process import find_git, run_git
from store.gitdir.lock import try_lock_file
from store.gitdir.staged_file import PACKING, storage_errors
from store.ids import CommitId, TreeId
from store.maintenance.pack_rollup import free_packs, join_small_packs, remove_packs
from store.objects.commit import decode_commit
from store.objects.tree import GITLINK, decode_tree
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import list_refs
from store.repository.repository import Repository
from store.tree_layout.layout import read_session

MANY_PACKS = 32
TOO_MANY_PACKS = 44
MANY_LOOSE_REFS = 256
GRACE = "2.weeks.ago"
_LOCKED_BY_GC = ("packed-refs", "gc.pid", "objects/info/commit-graph")
_ROLL_UP = ("repack", "--geometric=2", "-d", "-q", "-n")


class Problem(NamedTuple):
    """Something that `verify` found: which object or ref, and what is wrong with it."""

    name: str
    reason: str


def count_packs(repository: Repository) -> int:
    """Return how many packs the repository has, those being written included."""
    return sum(name.endswith(".pack") for name in os.listdir(_pack_folder(repository)))


def tidy(repository: Repository, *, new_ref: bool) -> None:
    """Do what has become due after a write: roll up packs, pack refs. Never fails.

    Call it without the store lock. `new_ref` says that a ref was created.
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
    """Join small packs, the smallest by ourselves, else geometrically; tell whether it was done.

    Another process that is at it makes this one leave it, unless `wait`.
    """
    fd = _lock_packs(repository, lambda: wait and count_packs(repository) > TOO_MANY_PACKS)
    if fd is None:
        return False
    try:
        if count_packs(repository) <= MANY_PACKS and not wait:
            return False
        joined = join_small_packs(repository, MANY_PACKS // 2)
        if not joined or count_packs(repository) > MANY_PACKS:
            done = run_git(repository.path, _ROLL_UP, pass_fds=[fd])
            if done is None or done.returncode:
                _join_packs(repository)
    finally:
        os.close(fd)
    repository.refresh()
    return True


def _lock_packs(repository: Repository, is_waiting: Callable[[], bool]) -> int | None:
    """Return the locked file of who joins packs; None where somebody has it for too long."""
    path = os.path.join(repository.path, "rollup.lock")
    with storage_errors(path):
        fd = try_lock_file(path)
        while fd is None and is_waiting():
            time.sleep(0.01)
            fd = try_lock_file(path)
    return fd


def pack_refs(repository: Repository) -> bool:
    """Pack loose refs through C git, under the store lock; False where there is no git."""
    if find_git() is None:
        return False
    with repository.locked():
        repository.lock_file.announce([f"packed-refs {PACKING}"])
        # git holds our lock's descriptor: should we be killed, it is not free before git ends.
        done = run_git(
            repository.path, ("pack-refs", "--all", "--prune"), pass_fds=[repository.lock_file.fd]
        )
    return done is not None and done.returncode == 0


def gc(repository: Repository, *, prune: str = GRACE) -> bool:
    """Collect garbage under the store lock; tell whether C git did it.

    `prune` is git's date: unreachable objects older than it go. Without git all packs are
    joined into one and nothing is pruned.

    Raises:
        StoreLocked, StorageFailure: nothing is lost, whether git gave up or we did.
    """
    # Always in this order: who joins packs never waits for the store lock.
    with repository.locked(), _alone_with_packs(repository):
        # As in `pack_refs`: what a killed git leaves of its locks may go once ours is free.
        repository.lock_file.announce([f"{name} {PACKING}" for name in _LOCKED_BY_GC])
        arguments = ("gc", "-q", f"--prune={prune}", "--no-cruft")
        done = run_git(repository.path, arguments, pass_fds=[repository.lock_file.fd])
        if done is not None and done.returncode:
            without = ("gc", "-q", f"--prune={prune}")  # a git that knows no cruft packs
            done = run_git(repository.path, without, pass_fds=[repository.lock_file.fd])
        if done is None:
            _join_packs(repository, every=True)
    repository.refresh()
    full = os.strerror(errno.ENOSPC)
    if done is not None and done.returncode and full.encode() in done.stderr:
        raise StorageFailure(os.path.join(repository.path, "objects"), full)
    return done is not None and done.returncode == 0


@contextmanager
def _alone_with_packs(repository: Repository) -> Iterator[None]:
    """Let nobody join packs meanwhile, who would land again what is being pruned."""
    fd = _lock_packs(repository, lambda: True)
    try:
        yield
    finally:
        if fd is not None:
            os.close(fd)


def verify(repository: Repository) -> Iterator[Problem]:
    """Read everything that the refs reach and yield what is wrong; nothing is changed.

    Sessions must be well-formed; objects are read whole, so libgit2 checks their hashes.
    """
    problems: list[Problem] = []
    try:
        refs = list_refs(
            repository, "refs/", on_error=lambda e: problems.append(Problem(e.name, str(e)))
        )
    except CorruptRef as error:  # packed-refs: nothing says which refs it held
        yield Problem(error.name, str(error))
        return
    yield from problems
    sessions = [value for name, value in refs.items() if name.startswith("refs/sessions/")]
    yield from _verify_objects(repository, refs.values())
    for commit_id in dict.fromkeys(sessions):
        yield from verify_session(repository, CommitId(commit_id))


def _verify_objects(repository: Repository, starts: Iterable[str]) -> Iterator[Problem]:
    pending = list(dict.fromkeys(starts))
    seen = set(pending)
    while pending:
        object_id = pending.pop()
        try:
            kind, data = repository.read(object_id)
            found = list(_named_by(kind, data, object_id))
        except ObjectError as error:
            yield Problem(object_id, str(error))
            continue
        fresh = [name for name in found if name not in seen]
        seen.update(fresh)
        pending += fresh


def _named_by(kind: str, data: bytes, object_id: str) -> Iterator[str]:
    if kind == "commit":
        commit = decode_commit(data, object_id)
        yield commit.tree
        yield from commit.parents
    elif kind == "tree":
        for entry in decode_tree(data, object_id):
            if entry.mode != GITLINK:
                yield entry.id
    elif kind == "tag":
        yield data[7:47].decode("ascii", "replace")


def verify_session(repository: Repository, commit_id: CommitId) -> Iterator[Problem]:
    """Read the session of a commit, every message of it, and yield what is wrong."""
    try:
        commit = decode_commit(repository.read(commit_id)[1], commit_id)
        session = read_session(repository, TreeId(commit.tree))
        for message in session.messages:
            if session.format == "pawan":
                _ = message.value
    except (InvalidSession, ObjectError) as error:
        yield Problem(commit_id, str(error))


def _join_packs(repository: Repository, *, every: bool = False) -> None:
    """Join packs with our own writer: the small ones, or all; reachable or not."""
    folder = _pack_folder(repository)
    free = free_packs(folder)
    free.sort(key=lambda stem: os.path.getsize(os.path.join(folder, f"{stem}.pack")))
    chosen = free if every else free[: max(2, len(free) - 4)]
    if len(chosen) < 2:
        return
    with ObjectBatch(repository) as batch:
        for stem in chosen:
            for object_id in _ids_in(os.path.join(folder, f"{stem}.idx")):
                kind, data = repository.read(object_id)
                batch.add(kind, data)
        batch.flush()
        remove_packs(folder, chosen)


def _ids_in(index_path: str) -> Iterator[str]:
    with open(index_path, "rb") as file:
        data = file.read()
    count = int.from_bytes(data[8 + 255 * 4 : 8 + 256 * 4], "big")
    start = 8 + 256 * 4
    for place in range(count):
        yield data[start + 20 * place : start + 20 * place + 20].hex()


def _pack_folder(repository: Repository) -> str:
    return os.path.join(repository.path, "objects", "pack")


def _has_many_loose_refs(repository: Repository) -> bool:
    total = 0
    pending = [os.path.join(repository.path, "refs")]
    while pending and total <= MANY_LOOSE_REFS:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        total += 1
        except FileNotFoundError:
            continue
    return total > MANY_LOOSE_REFS
