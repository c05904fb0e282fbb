"""Staged writes: a transaction's objects land as one fsynced pack, or not at all.

Objects are staged in a dict, their ids hashed here; an abandoned batch leaves nothing. A
staged object is always written, even when the repository has it: it may lie in a pack
that a `git gc` beside us is about to drop. What is taken over from a base tree or commit
is never added, so it costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO

from store.gitdir.pack_file import write_pack
from store.gitdir.staged_file import (
    KEEP_MARK,
    StagedFile,
    held_signals,
    stage_ref,
    storage_errors,
    sync_folder,
)
from store.objects.objects import Kind, hash_object
from store.repository.repository import Repository

MAX_OBJECTS = 50_000
MAX_BYTES = 256 * 1024 * 1024


class ObjectBatch:
    """A set of objects to be written together.

    A context manager: leaving it lets go of the landed packs, so whatever must survive a
    collector has to be reachable from a ref by then.
    """

    def __init__(self, repository: Repository) -> None:
        """Start an empty batch; nothing touches the disk before `flush`."""
        self.repository = repository
        self._staged: dict[str, tuple[Kind, bytes]] = {}
        self._landed: dict[str, tuple[Kind, bytes]] = {}
        self._landed_ids: set[str] = set()
        self._size = 0
        self._keeps: list[StagedFile] = []
        self._refs: dict[str, StagedFile] = {}

    def __enter__(self) -> ObjectBatch:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forget what was not flushed and release what was."""
        self.release()

    @property
    def staged(self) -> int:
        """How many objects wait to be flushed."""
        return len(self._staged)

    @property
    def staged_bytes(self) -> int:
        """How many bytes wait to be flushed, before compression."""
        return self._size

    def add(self, kind: Kind, data: bytes) -> str:
        """Stage an object; flushes by itself at 50,000 objects or 256 MiB."""
        object_id = hash_object(kind, data)
        if object_id not in self._staged and object_id not in self._landed_ids:
            self._staged[object_id] = (kind, data)
            self._size += len(data)
            if len(self._staged) >= MAX_OBJECTS or self._size >= MAX_BYTES:
                self.flush()
                self._landed.clear()
        return object_id

    def read(self, object_id: str) -> tuple[Kind, bytes]:
        """Return a staged object, else one of the repository."""
        found = self._staged.get(object_id) or self._landed.get(object_id)
        return found if found is not None else self.repository.read(object_id)

    def holds(self, object_id: str) -> bool:
        """Tell whether this batch has staged or landed the object."""
        return object_id in self._staged or object_id in self._landed_ids

    def flush(self) -> None:
        """Write everything staged as one pack, durable when this returns.

        The pack is complete and readable, but no ref names it yet; a marked, locked
        `.keep` protects it until `release`.

        Raises:
            StorageFailure: the disk is full or read-only; nothing is left behind.
        """
        if not self._staged:
            return
        with held_signals():
            self._keeps.append(land_pack(self.repository.path, self._write))
        self._landed.update(self._staged)
        self._landed_ids.update(self._staged)
        self._staged = {}
        self._size = 0

    def _write(self, file: BinaryIO) -> bytes:
        objects = ((i, kind, data) for i, (kind, data) in self._staged.items())
        return write_pack(file, len(self._staged), objects)

    def prepare_ref(self, value: str) -> None:
        """Stage and sync the content of a ref that will be moved to `value`.

        Done before the store lock is taken, so that others need not wait for the disk.
        """
        self._refs[value] = stage_ref(self.repository.path, value)

    def prepared_ref(self, value: str) -> StagedFile | None:
        """Hand over what was prepared for a ref at `value`, if anything was."""
        return self._refs.pop(value, None)

    def release(self) -> None:
        """Drop what is still staged, and the protection of what has landed.

        The batch is empty afterwards: what had landed would be written again.
        """
        self._staged, self._landed, self._landed_ids = {}, {}, set()
        self._size = 0
        refs, self._refs = self._refs, {}
        for staged in refs.values():
            staged.discard()
        keeps, self._keeps = self._keeps, []
        for keep in keeps:
            keep.discard()


def land_pack(gitdir: str, write: Callable[[BinaryIO], bytes]) -> StagedFile:
    """Land a pack durably; return its `.keep`, to be discarded once a ref leads to the objects.

    `write` writes the pack and returns the bytes of its index.

    Raises:
        StorageFailure: the disk is full or read-only; nothing is left behind.
    """
    folder = os.path.join(gitdir, "objects", "pack")
    files: list[StagedFile] = []
    if not os.path.isdir(folder):  # a copy by a tool that leaves empty folders out
        with storage_errors(folder):
            os.makedirs(folder, exist_ok=True)
    try:
        keep = _staged(gitdir, ".keep", KEEP_MARK, files)
        pack = _staged(gitdir, ".pack", b"", files)
        with storage_errors(pack.path), open(pack.fd, "wb", closefd=False) as file:
            index = write(file)
        idx = _staged(gitdir, ".idx", index, files)
        pack.sync()
        idx.sync()
        # A random name: under one that depends on the content, a repack that is about to
        # delete an equal older pack would delete this one.
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
    return keep


def _staged(gitdir: str, suffix: str, data: bytes, files: list[StagedFile]) -> StagedFile:
    file = StagedFile(gitdir, suffix)
    files.append(file)
    file.write(data)
    return file
