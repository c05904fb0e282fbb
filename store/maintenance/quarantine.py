"""Objects whose bytes are damaged, put aside so that sound copies of them are found again.

libgit2 reads an object from the first pack that lists it, and gives up where that copy is
damaged, even if another pack has a sound one; git cannot repack such a pack at all. What can
be read of it is written into a new pack; the old files go to `<gitdir>/wj-damaged`, where
nothing looks and nothing is deleted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from store.errors import CorruptObject, ObjectError
from store.gitdir.git_process import run_git
from store.gitdir.staged_file import storage_errors
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository

ASIDE = "wj-damaged"


def put_aside_damaged(repository: Repository, damaged: Iterable[str]) -> int:
    """Put aside loose objects among `damaged` and packs with damage; return how many files.

    Sound objects of such a pack are in a new one before it goes. Takes the store lock.

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


def is_damaged(repository: Repository, object_id: str) -> bool:
    """Tell whether an object is there and its bytes are damaged, whatever they would say."""
    try:
        repository.read(object_id)
    except CorruptObject:
        return True
    except ObjectError:
        return False
    return False


def _put_aside_loose(repository: Repository, object_id: str) -> bool:
    path = os.path.join(repository.path, "objects", object_id[:2], object_id[2:])
    if not os.path.exists(path) or not is_damaged(repository, object_id):
        return False
    _move(repository, path, object_id)
    return True


def _put_aside_pack(repository: Repository, folder: str, stem: str) -> bool:
    path = os.path.join(folder, stem)
    checked = run_git(repository.path, ("verify-pack", f"{path}.idx"))
    if checked is None or not checked.returncode or os.path.exists(f"{path}.keep"):
        return False
    with open(f"{path}.idx", "rb") as file:
        ids = _ids_in(file.read())
    with ObjectBatch(repository) as batch:
        for object_id in ids:
            try:
                batch.add(*repository.read(object_id))
            except ObjectError:
                continue  # lost, unless another pack has it
        batch.flush()
        for suffix in (".idx", ".pack", ".rev", ".bitmap"):  # without its index none is seen
            if os.path.exists(path + suffix):
                _move(repository, path + suffix, stem + suffix)
        repository.refresh()
    return True


def _ids_in(index: bytes) -> list[str]:
    start = 8 + 256 * 4
    if index[:8] != b"\xfftOc\0\0\0\2":
        return []
    count = int.from_bytes(index[start - 4 : start], "big")
    return [index[start + 20 * at : start + 20 * at + 20].hex() for at in range(count)]


def _move(repository: Repository, path: str, name: str) -> None:
    folder = os.path.join(repository.path, ASIDE)
    with storage_errors(folder):
        os.makedirs(folder, exist_ok=True)
        os.replace(path, os.path.join(folder, name))
