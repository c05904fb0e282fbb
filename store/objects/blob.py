"""Blobs: bytes with an id."""

from __future__ import annotations

from store.ids import BlobId
from store.objects.objects import ObjectReader, ObjectWriter, hash_object, read_kind


def blob_id(data: bytes) -> BlobId:
    """Return the id that `data` has as a blob, without storing it."""
    return BlobId(hash_object("blob", data))


def read_blob(reader: ObjectReader, id: BlobId) -> bytes:  # noqa: A002 - git's word
    """Return a blob's bytes."""
    return read_kind(reader, id, "blob")


def write_blob(writer: ObjectWriter, data: bytes) -> BlobId:
    """Stage a blob."""
    return BlobId(writer.add("blob", data))
