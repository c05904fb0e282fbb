"""Packs loose refs: writes them into packed-refs, and removes their files once that is durable.

git can do this too, but it removes the files before packed-refs has reached the disk: after a
power cut the refs may then be neither loose nor packed. So no git that we start packs refs.
"""

from __future__ import annotations

import os
from itertools import islice

from store.errors import CorruptRef, ObjectError
from store.gitdir.durability import held_signals, storage_errors, unlink
from store.gitdir.loose_ref import loose_names, prune_folders, read_loose
from store.gitdir.packed_refs import add_packed, packed_path
from store.gitdir.staged_file import StagedFile
from store.ids import NULL_ID
from store.repository.ref_lock import link_or_copy, packed_refs_locked
from store.repository.repository import Repository

_AT_ONCE = 1000  # refs whose files are removed under one hold of the locks
_NOT_SHARED = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")  # git never packs these


def pack_refs(repository: Repository) -> bool:
    """Pack the loose refs; False where packed-refs is damaged, which changes nothing.

    Objects are read before a lock is taken. The store lock is held to write packed-refs, and
    again for each 1,000 files.

    Raises:
        StoreLocked, RefLocked, StorageFailure: no ref is lost.
    """
    peeled = _peeled(repository)
    refs: dict[str, str] | None = None
    written = (0, 0, 0)
    while peeled and (refs is None or refs):
        with repository.locked(), held_signals(), packed_refs_locked(repository):
            if refs is None:
                refs = {n: v for n, v in _loose(repository).items() if v in peeled}
                try:
                    add_packed(repository.path, {n: (v, peeled[v]) for n, v in refs.items()})
                except CorruptRef:
                    return False
                written = _identity(repository)
            elif _identity(repository) != written:
                return True  # by another program, which may not have synced it: stop here
            _remove_files(repository, {name: refs.pop(name) for name in [*islice(refs, _AT_ONCE)]})
    return True


def _loose(repository: Repository) -> dict[str, str]:
    """Return the loose refs that can be packed, and the ids that they hold."""
    found = {}
    for name in loose_names(repository.path, "refs"):
        if not name.startswith(_NOT_SHARED):
            try:
                value = read_loose(repository.path, name)
            except CorruptRef:
                continue
            if value is not None and not value.startswith("ref:"):
                found[name] = value
    return found


def _peeled(repository: Repository) -> dict[str, str | None]:
    """Return the objects that loose refs name, and for tags the objects that these lead to."""
    peeled: dict[str, str | None] = {}
    for value in {*_loose(repository).values()}:
        try:
            kind, data = repository.read(value)
            target = None
            while kind == "tag":
                target = data[7:47].decode("ascii", "replace")
                kind, data = repository.read(target)
            peeled[value] = target
        except ObjectError:
            continue  # as in git: a ref to a missing object stays loose
    return peeled


def _remove_files(repository: Repository, refs: dict[str, str]) -> None:
    """Remove the files of refs that packed-refs holds, unless they have changed or are locked."""
    guard = StagedFile(repository.path, ".ref", f"{NULL_ID}\n".encode(), 0o666)
    try:
        repository.lock_file.announce([f"{name} {NULL_ID}" for name in refs])
        for name, value in refs.items():
            path = os.path.join(repository.path, name)
            try:
                link_or_copy(guard.path, f"{path}.lock")
            except OSError:
                continue  # another program is writing this ref
            with storage_errors(path):
                try:
                    if read_loose(repository.path, name) == value:
                        unlink(path)
                except CorruptRef:
                    pass
                finally:
                    unlink(f"{path}.lock")
            prune_folders(repository.path, name)
    finally:
        guard.discard()


def _identity(repository: Repository) -> tuple[int, int, int]:
    with storage_errors(repository.path):
        stat = os.stat(packed_path(repository.path))
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
