"""Writes a transaction's objects as one durable pack, or none of them.

Objects are staged in a dict; a batch that is dropped leaves nothing. A staged object is
always written, even when the repository has it: it may lie in a pack that a concurrent
`git gc` is about to delete. Objects of a base tree or commit are named by their ids and not
staged again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, Self

from store.gitdir.durability import held_signals, storage_errors, sync_folder
from store.gitdir.own_files import make_folder
from store.gitdir.pack_file import write_pack
from store.gitdir.staged_file import KEEP_MARK, StagedFile, stage_ref, staging_held
from store.objects.compact_map import CompactMap
from store.objects.objects import Kind, hash_object
from store.repository.repository import FIRST_VERSION, Repository

MAX_OBJECTS = 20_000
MAX_BYTES = 32 * 1024 * 1024


class ObjectBatch:
    """A set of objects that are written together.

    It is a context manager. Its end removes the protection of the landed packs, so objects
    that must survive a garbage collection have to be reachable from a ref by then.
    """

    def __init__(self, repository: Repository) -> None:
        """Start an empty batch; nothing touches the disk before `flush`."""
        self.repository = repository
        self._staged: dict[str, tuple[Kind, bytes]] = {}
        self._landed: dict[str, tuple[Kind, bytes]] = {}
        self._landed_ids: set[str] = set()
        self._earlier = CompactMap(20)  # the ids that landed before those
        self._size = 0
        self._keeps: list[StagedFile] = []
        self._refs: dict[str, StagedFile] = {}
        self._version = FIRST_VERSION

    def __enter__(self) -> Self:
        """Return the batch."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the batch."""
        self.release()

    @property
    def staged(self) -> int:
        """The number of objects that wait to be flushed."""
        return len(self._staged)

    @property
    def staged_bytes(self) -> int:
        """The number of bytes that wait to be flushed, before compression."""
        return self._size

    def add(self, kind: Kind, data: bytes) -> str:
        """Stage an object; flush all at 20,000 objects or 32 MiB, and drop them from memory."""
        object_id = hash_object(kind, data)
        if not self.holds(object_id):
            self._staged[object_id] = (kind, data)
            self._size += len(data)
            if len(self._staged) >= MAX_OBJECTS or self._size >= MAX_BYTES:
                self.flush()
                self._landed.clear()
                for landed in self._landed_ids:
                    self._earlier[bytes.fromhex(landed)] = 1
                self._landed_ids.clear()
        return object_id

    def read(self, object_id: str) -> tuple[Kind, bytes]:
        """Return an object of the batch or of the repository."""
        found = self._staged.get(object_id) or self._landed.get(object_id)
        return found if found is not None else self.repository.read(object_id)

    def holds(self, object_id: str) -> bool:
        """Tell whether this batch has staged or landed the object."""
        if object_id in self._staged or object_id in self._landed_ids:
            return True
        return bool(self._earlier) and bytes.fromhex(object_id) in self._earlier

    @property
    def version(self) -> int:
        """The version that the repository has or will have once this batch is written."""
        return max(self._version, self.repository.version)

    @property
    def needed_version(self) -> int:
        """The lowest version of a repository that may hold what is staged here."""
        return self._version

    def needs_version(self, version: int) -> None:
        """Say that older versions cannot read what is staged here: `flush` raises the version."""
        self._version = max(self._version, version)

    def flush(self, ref: str = "") -> None:
        """Write all staged objects as one pack, which is durable when this returns.

        No ref leads to the pack yet; a marked, locked `.keep` protects it until `release`. The
        repository has the version that the objects need. `ref` is the new value of a ref that
        will lead to them: its file is staged and synced with the pack, so that other processes
        do not wait for the disk once the store lock is taken.

        Raises:
            StorageFailure: the disk is full or read-only; nothing is left behind.
            StoreLocked: the version has to be raised, and another process keeps the store lock.
        """
        self.repository.require_version(self._version)
        if not self._staged:
            return
        with held_signals():
            landed = land_pack(self.repository.path, self._write, ref)
            self._keeps.append(landed.keep)
            if landed.ref is not None:
                self._refs[ref] = landed.ref
        self._landed.update(self._staged)
        self._landed_ids.update(self._staged)
        self._staged = {}
        self._size = 0

    def _write(self, file: BinaryIO) -> bytes:
        objects = ((i, kind, data) for i, (kind, data) in self._staged.items())
        return write_pack(file, len(self._staged), objects)

    def prepared_ref(self, value: str) -> StagedFile | None:
        """Hand over the file that was staged for a ref with this new value, or None."""
        return self._refs.pop(value, None)

    def release(self) -> None:
        """Drop the staged objects, and the protection of the landed packs.

        The batch is empty afterwards: an object that had landed would be written again.
        """
        self._staged, self._landed, self._landed_ids = {}, {}, set()
        self._earlier = CompactMap(20)
        self._size = 0
        refs, self._refs = self._refs, {}
        for staged in refs.values():
            staged.discard()
        keeps, self._keeps = self._keeps, []
        for keep in keeps:
            keep.discard()


class Landed(NamedTuple):
    """The file that protects a landed pack until a ref leads to it, and the ref's content if wanted."""

    keep: StagedFile
    ref: StagedFile | None


def land_pack(gitdir: str, write: Callable[[BinaryIO], bytes], ref: str = "") -> Landed:
    """Land a pack durably; its `.keep` is to be discarded once a ref leads to the objects.

    `write` writes the pack and returns the bytes of its index. With `ref` the content of a ref
    of this value is staged and synced as well.

    Raises:
        StorageFailure: the disk is full or read-only; nothing is left behind.
    """
    folder = os.path.join(gitdir, "objects", "pack")
    files: list[StagedFile] = []
    with storage_errors(folder):  # some tools leave empty folders out of a copy
        make_folder(gitdir, "objects/pack")
    try:
        with staging_held(gitdir):
            files.append(keep := StagedFile(gitdir, ".keep", KEEP_MARK, is_held=True))
            files.append(pack := StagedFile(gitdir, ".pack", is_held=True))
            files.append(idx := StagedFile(gitdir, ".idx", is_held=True))
            files += [stage_ref(gitdir, ref, is_held=True)] if ref else []
        with storage_errors(pack.path), open(pack.fd, "wb", closefd=False) as file:
            index = write(file)
        idx.write(index)
        for staged in files[1:]:
            staged.sync()
        # A random name: if it depended on the content, a repack that is about to delete an
        # equal older pack would delete this one.
        stem = os.path.join(folder, f"pack-{os.urandom(20).hex()}")
        keep.move(f"{stem}.keep")
        pack.move(f"{stem}.pack")
        idx.move(f"{stem}.idx")
        sync_folder(folder)
    except BaseException:
        for staged in reversed(files):
            staged.discard()
        raise
    pack.close()
    idx.close()
    return Landed(keep, files[3] if ref else None)
