"""Collects garbage beside writers: the store lock is held only to take the old packs away.

    1  pack all that refs reach into new packs; unpack young unreachable objects; sync
    2  list the unreachable loose objects that are old enough to go
    3  under the store lock: copy what refs reach only since step 1, then delete the old packs
       and the listed objects

Step 1 and 2 are git's and take minutes in a large repository. Writers go on meanwhile: their
packs are new ones, which no step deletes. A ref that was moved to an old object has it copied.
Killed anywhere, this leaves no more than packs whose objects are in other packs, too.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress

from store.errors import ObjectError, StorageFailure
from store.gitdir.durability import storage_errors, sync_file, sync_folder, unlink
from store.gitdir.git_process import run_git
from store.gitdir.own_files import open_regular
from store.gitdir.pack_file import read_index
from store.ids import is_full_id
from store.maintenance.pack_rollup import free_packs, pack_folder, remove_packs
from store.maintenance.verify import named_by
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import list_refs
from store.repository.repository import Repository

_REACHABLE = ("--all", "--reflog", "--indexed-objects", "--keep-true-parents", "--local")
_FORM = ("--honor-pack-keep", "--non-empty", "--delta-base-offset", "-q")


def collect_garbage(repository: Repository, prune: str, lock: int) -> bool:
    """Collect with C git; tell whether it could. Call it holding the lock for joining packs.

    `lock` is that lock's descriptor, which git keeps open. `prune` is a date as git takes it.

    Raises:
        StoreLocked, StorageFailure: nothing is lost.
    """
    folder = pack_folder(repository)
    old = free_packs(folder)
    before = set(_refs(repository).values())
    base = os.path.join(folder, f"pack-{os.urandom(20).hex()}")
    young = () if prune == "now" else (f"--unpack-unreachable={prune}",)
    packed = _git(repository, ("pack-objects", *_REACHABLE, *_FORM, *young, base), lock)
    if packed is None:
        return False
    stems = [f"{os.path.basename(base)}-{line}" for line in packed.split()]
    for stem in stems:
        for suffix in (".pack", ".idx"):
            _sync(os.path.join(folder, stem + suffix))
    sync_folder(folder)
    listed = _git(repository, ("prune", "--dry-run", f"--expire={prune}"), lock)
    if listed is None:
        return False
    doomed = [line.split(" ")[0] for line in listed.splitlines()]
    repository.refresh()
    with repository.locked(), ObjectBatch(repository) as batch:
        kept = _copy_fresh(batch, set(_refs(repository).values()) - before, stems)
        batch.flush()
        remove_packs(folder, old)
        for object_id in doomed:
            if is_full_id(object_id) and object_id not in kept:
                with suppress(OSError):
                    objects = os.path.join(repository.path, "objects")
                    unlink(os.path.join(objects, object_id[:2], object_id[2:]))
    repository.refresh()
    _git(repository, ("update-server-info",), lock)  # the lists that a plain web server shows
    # Not before the old packs are gone: they hold what has just been unpacked.
    return _git(repository, ("prune-packed", "-q"), lock) is not None


def write_commit_graph(repository: Repository, lock: int) -> None:
    """Let git write the commit-graph, which it reads commits from; none may name what is gone."""
    info = os.path.join(repository.path, "objects", "info")
    with storage_errors(info):
        os.pwrite(lock, b"commit-graph\n", 0)  # for `sweep_after_git`, should we be killed
    _git(repository, ("commit-graph", "write", "--reachable"), lock)
    with storage_errors(info):
        os.ftruncate(lock, 0)
    if os.path.exists(os.path.join(info, "commit-graph")):
        _sync(os.path.join(info, "commit-graph"))
        sync_folder(info)


def _copy_fresh(batch: ObjectBatch, fresh: Iterable[str], stems: Iterable[str]) -> set[str]:
    """Stage what `fresh` tips lead to, as far as the new packs do not hold it; return the ids.

    Most of it is in packs that writers have landed meanwhile, but not all: a ref may have been
    moved to an object that nothing had reached.
    """
    folder = pack_folder(batch.repository)
    packed: set[str] = set()
    for stem in stems:
        with open(open_regular(os.path.join(folder, f"{stem}.idx")), "rb") as file:
            packed.update(one.id.hex() for one in read_index(file.read()))
    pending = [object_id for object_id in fresh if object_id not in packed]
    seen = set(pending)
    while pending:
        object_id = pending.pop()
        try:
            kind, data = batch.repository.read(object_id)
            found = [one for one in named_by(kind, data, object_id) if one not in packed]
        except ObjectError:
            continue  # missing or damaged before
        batch.add(kind, data)
        pending += [one for one in found if one not in seen]
        seen.update(found)
    return seen


def _refs(repository: Repository) -> dict[str, str]:
    refs = list_refs(repository, "refs/", on_error=lambda _: None)
    return {str(name): value for name, value in refs.items()}


def _git(repository: Repository, arguments: tuple[str, ...], lock: int) -> str | None:
    done = run_git(repository.path, arguments, pass_fds=[lock])
    if done is not None and not done.returncode:
        return done.stdout.decode("utf-8", "replace")
    full = os.strerror(errno.ENOSPC)
    if done is not None and full.encode() in done.stderr:
        raise StorageFailure(os.path.join(repository.path, "objects"), full)
    return None


def _sync(path: str) -> None:
    with storage_errors(path):
        fd = open_regular(path)
        try:
            sync_file(fd)
        finally:
            os.close(fd)
