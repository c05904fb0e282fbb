"""All or nothing for several refs: what a writer is about to do, synced in the file of the lock.

    intent <ref> <new id> <old id>    one line for each ref; zeros stand for no ref
    intended <number of lines>

The lines are written when all refs are locked and checked. From then on the refs move, by their
writer or, if that is killed, by the next holder of the lock. A ref that is not at its old id is
left: it was moved already, or by plain git since.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from store.errors import RefLocked
from store.gitdir.durability import storage_errors, sync_file, sync_folder, unlink
from store.gitdir.lock import ProcessLock
from store.gitdir.loose_ref import read_loose, remove_empty_folders
from store.gitdir.own_files import check_folders, make_folder
from store.gitdir.packed_refs import find_packed, remove_packed
from store.gitdir.staged_file import stage_synced_ref, sweep_after_git, sweep_locks, sweep_staging
from store.ids import NULL_ID, is_full_id

Intent = tuple[str, str, str]
"""A ref, its new id and its old one."""

_LINE, _END = "intent", "intended"


def record_intent(lock: ProcessLock, intents: Sequence[Intent]) -> None:
    """Write what is about to be done; durable when this returns. It is the point of no return.

    Raises:
        StorageFailure: the disk is full; nothing is to be done.
    """
    lines = [" ".join((_LINE, *intent)) for intent in intents]
    lock.announce([*lines, f"{_END} {len(lines)}"])
    with storage_errors(lock.path):
        sync_file(lock.fd)


def finish_killed_writers(gitdir: str, lock: ProcessLock) -> None:
    """Complete or remove what killed writers of ours left; call it as the new holder of the lock.

    Raises:
        StorageFailure, RefLocked
    """
    with storage_errors(gitdir):
        sweep_locks(gitdir, lock)
        if lock.is_announced:
            complete_intent(gitdir, lock)
            lock.forget_announcement()
        sweep_staging(gitdir)
        sweep_after_git(gitdir)


def complete_intent(gitdir: str, lock: ProcessLock) -> None:
    """Do what a killed holder of the lock had begun; call it holding the lock.

    Raises:
        RefLocked: another program holds one of the refs; the next holder tries again.
    """
    pairs = lock.left_behind()
    intents = [tuple(content.split(" ")) for name, content in pairs if name == _LINE]
    if not intents or (_END, str(len(intents))) not in pairs:
        return
    lock.keep_announcement()
    for intent in intents:
        if len(intent) == 3 and intent[0].startswith("refs/") and "/../" not in f"{intent[0]}/":
            ref, new, old = intent
            if is_full_id(new) and is_full_id(old):
                _complete(gitdir, lock, ref, new, old)


def forget_intent(lock: ProcessLock) -> None:
    """Clear it when all is done, so that a power cut brings none of it back."""
    lock.forget_announcement()
    with storage_errors(lock.path):
        sync_file(lock.fd)


def _complete(gitdir: str, lock: ProcessLock, ref: str, new: str, old: str) -> None:
    check_folders(gitdir, ref)
    path = os.path.join(gitdir, ref)
    if _value(gitdir, ref) != old:
        return
    if new != NULL_ID and os.path.isdir(path):
        remove_empty_folders(path)
    with storage_errors(path):
        make_folder(gitdir, os.path.dirname(ref))
        with _locked(ref, f"{path}.lock", new):
            if _value(gitdir, ref) != old:
                return
            if new == NULL_ID:
                token = os.urandom(16).hex()
                lock.announce([f"packed-refs {token}"])
                with _locked("packed-refs", os.path.join(gitdir, "packed-refs.lock"), token):
                    if remove_packed(gitdir, {ref}):
                        sync_folder(gitdir)
                    if os.path.lexists(path):
                        unlink(path)
            else:
                staged = stage_synced_ref(gitdir, new)
                staged.move(path)
                staged.close()
        sync_folder(os.path.dirname(path))


def _value(gitdir: str, ref: str) -> str:
    return read_loose(gitdir, ref) or find_packed(gitdir, ref) or NULL_ID


@contextmanager
def _locked(ref: str, path: str, content: str) -> Iterator[None]:
    """Hold a lock file with announced content, so that the next holder removes what is left."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise RefLocked(ref, path) from None
    try:
        os.write(fd, f"{content}\n".encode())
        yield
    finally:
        os.close(fd)
        unlink(path)
