"""Moves damaged objects out of the way, so that sound copies of them are found again.

libgit2 reads an object from the first pack that lists it. Where that copy is damaged it
gives up, even if another pack has a sound one; git cannot repack such a pack at all. The
objects of the pack that can be read are written into a new pack. The old files are moved
to `<gitdir>/wj-damaged`, where nothing reads or deletes them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from store.errors import CorruptObject, ObjectError
from store.gitdir.durability import storage_errors, sync_folder, unlink
from store.gitdir.git_process import run_git
from store.gitdir.own_files import check_folders, is_regular, make_folder, read_regular
from store.gitdir.pack_file import index_of_pack, read_index
from store.gitdir.packed_refs import add_packed, packed_path
from store.gitdir.staged_file import StagedFile
from store.ids import is_full_id
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_lock import packed_refs_locked
from store.repository.repository import Repository

ASIDE = "wj-damaged"


def put_aside_damaged(repository: Repository, damaged: Iterable[str]) -> int:
    """Move away damaged packs, and loose objects among `damaged`; return how many there were.

    The sound objects of such a pack are in a new one before it is moved. Takes the store lock.

    Raises:
        StoreLocked, StorageFailure
    """
    with repository.locked():
        count = sum(_put_aside_loose(repository, object_id) for object_id in damaged)
        folder = os.path.join(repository.path, "objects", "pack")
        with storage_errors(folder):
            stems = sorted(n[:-4] for n in os.listdir(folder) if n.endswith(".idx"))
        for stem in stems:
            count += _put_aside_pack(repository, folder, stem)
    repository.refresh()
    return count


def salvage_packed_refs(repository: Repository) -> int:
    """Put a damaged packed-refs aside; keep its readable refs to existing objects; return how many.

    Call it with the store lock held.

    Raises:
        RefLocked, StorageFailure
    """
    path = packed_path(repository.path)
    with packed_refs_locked(repository):
        with storage_errors(path), open(path, "rb") as file:
            lines = [line.decode("utf-8", "surrogateescape") for line in file.read().split(b"\n")]
        refs: dict[str, tuple[str, str | None]] = {}
        for line in lines[:-1]:  # the last one was cut short
            object_id, _, name = line.partition(" ")
            if is_full_id(object_id) and name.startswith("refs/") and repository.exists(object_id):
                refs[name] = object_id, None
        _move(repository, path, "packed-refs")
        add_packed(repository.path, refs, peeled=False)
    return len(refs)


def rebuild_index(repository: Repository, path: str) -> bool:
    """Rebuild a damaged pack index from its pack; tell whether that could be done.

    Takes the store lock. C git reads packs with deltas; without it only packs that `store`
    has written can be read.

    Raises:
        StoreLocked, StorageFailure
    """
    pack = f"{path.removesuffix('.idx')}.pack"
    with repository.locked():
        try:
            index = index_of_pack(read_regular(pack))
        except (OSError, ValueError):
            index = _index_by_git(repository, pack)
        if not index:
            return False
        staged = StagedFile(repository.path, ".idx", index)
        staged.sync()
        _move(repository, path, os.path.basename(path))
        staged.move(path)
        staged.close()
        sync_folder(os.path.dirname(path))
    repository.refresh()
    return path not in repository.objects.faults


def _index_by_git(repository: Repository, pack: str) -> bytes:
    staged = StagedFile(repository.path, ".idx")
    try:
        target = f"{staged.path}.new"
        done = run_git(repository.path, ("index-pack", "-o", target, pack))
        if done is None or done.returncode:
            return b""
        with storage_errors(target), open(target, "rb") as file:
            return file.read()
    finally:
        with storage_errors(staged.path):
            unlink(f"{staged.path}.new")
            unlink(f"{staged.path}.rev")
        staged.discard()


def is_damaged(repository: Repository, object_id: str) -> bool:
    """Tell whether an object is there and its bytes are damaged."""
    try:
        repository.read(object_id)
    except CorruptObject:
        return True
    except ObjectError:
        return False
    return False


def _put_aside_loose(repository: Repository, object_id: str) -> bool:
    name = f"objects/{object_id[:2]}/{object_id[2:]}"
    path = os.path.join(repository.path, name)
    check_folders(repository.path, name)
    if not is_regular(path) or not is_damaged(repository, object_id):
        return False
    _move(repository, path, object_id)
    return True


def _put_aside_pack(repository: Repository, folder: str, stem: str) -> bool:
    path = os.path.join(folder, stem)
    checked = run_git(repository.path, ("verify-pack", f"{path}.idx"))
    if checked is None or not checked.returncode or os.path.exists(f"{path}.keep"):
        return False
    try:
        with open(f"{path}.idx", "rb") as file:
            ids = [one.id.hex() for one in read_index(file.read())]
    except ValueError:
        ids = []
    with ObjectBatch(repository) as batch:
        for object_id in ids:
            try:
                batch.add(*repository.read(object_id))
            except ObjectError:
                continue  # it is lost, unless another pack has it
        batch.flush()
        for suffix in (".idx", ".pack", ".rev", ".bitmap"):  # without its index no pack is read
            if os.path.exists(path + suffix):
                _move(repository, path + suffix, stem + suffix)
        repository.refresh()
    return True


def _move(repository: Repository, path: str, name: str) -> None:
    folder = os.path.join(repository.path, ASIDE)
    with storage_errors(folder):
        make_folder(repository.path, ASIDE)
        os.replace(path, os.path.join(folder, name))
