"""Git objects as kind and bytes: their ids, and the protocols for reading and writing them.

All other code uses an `ObjectReader` (a repository, or a batch that looks at its own staged
objects first) and an `ObjectWriter` (a batch), never libgit2.
"""

from __future__ import annotations

from hashlib import sha1
from typing import Literal, Protocol

from store.errors import WrongObjectKind
from store.ids import BlobId

_LARGE = 1024 * 1024

Kind = Literal["commit", "tree", "blob", "tag"]

_HEADS: dict[Kind, bytes] = {
    "commit": b"commit %d\0",
    "tree": b"tree %d\0",
    "blob": b"blob %d\0",
    "tag": b"tag %d\0",
}


class ObjectReader(Protocol):
    """Reads whole objects by full id."""

    def read(self, object_id: str) -> tuple[Kind, bytes]:
        """Return kind and content.

        Raises:
            ObjectNotFound: nothing has this id.
            CorruptObject: it is there but cannot be read.
        """
        ...


class ObjectWriter(ObjectReader, Protocol):
    """Stages objects; a staged object can be read back at once."""

    def add(self, kind: Kind, data: bytes) -> str:
        """Stage an object and return its id; durable only once the batch has landed."""
        ...

    def holds(self, object_id: str) -> bool:
        """Tell whether the object was added here; of one that is elsewhere it may tell no."""
        ...

    def needs_version(self, version: int) -> None:
        """Say that only this version of the repository, or a later one, may hold the objects."""
        ...


def hash_object(kind: Kind, data: bytes) -> str:
    """Return the id that git gives to `data` as an object of `kind`."""
    if len(data) < _LARGE:
        return sha1(_HEADS[kind] % len(data) + data).hexdigest()
    digest = sha1(_HEADS[kind] % len(data))
    digest.update(data)  # without a copy of it
    return digest.hexdigest()


def blob_id(data: bytes) -> BlobId:
    """Return the id that `data` has as a blob, without storing it."""
    return BlobId(hash_object("blob", data))


def read_kind(reader: ObjectReader, object_id: str, kind: Kind) -> bytes:
    """Return the content of an object that must be of `kind`.

    Raises:
        WrongObjectKind: it is of another kind.
    """
    actual, data = reader.read(object_id)
    if actual != kind:
        raise WrongObjectKind(object_id, kind, actual)
    return data


def read_blob(reader: ObjectReader, id: BlobId) -> bytes:  # noqa: A002 - git's word
    """Return a blob's bytes."""
    return read_kind(reader, id, "blob")


class Scratch:
    """An `ObjectWriter` that keeps new objects in memory and reads all others from a reader."""

    def __init__(self, reader: ObjectReader, *, keeps: bool = True) -> None:
        """Read other objects from `reader`; without `keeps`, added ones get an id and are dropped."""
        self._reader = reader
        self._keeps = keeps
        self._made: dict[str, tuple[Kind, bytes]] = {}

    def add(self, kind: Kind, data: bytes) -> str:
        """Keep an object in memory and return its id."""
        object_id = hash_object(kind, data)
        if self._keeps:
            self._made[object_id] = (kind, data)
        return object_id

    def holds(self, object_id: str) -> bool:
        """Tell whether the object is in memory here."""
        return object_id in self._made

    def needs_version(self, version: int) -> None:
        """Do nothing: these objects are never stored."""

    def read(self, object_id: str) -> tuple[Kind, bytes]:
        """Return kind and content; errors as the reader's."""
        return self._made.get(object_id) or self._reader.read(object_id)
