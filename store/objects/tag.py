"""Annotated tags: peeled to the object that they name, never written."""

from __future__ import annotations

from store.errors import CorruptObject
from store.ids import CommitId, is_full_id
from store.objects.objects import ObjectReader


def peel_to_commit(reader: ObjectReader, object_id: str) -> CommitId | None:
    """Return the commit that an id names, through any annotated tags; None for others.

    Raises:
        ObjectNotFound, CorruptObject
    """
    for _ in range(16):
        kind, data = reader.read(object_id)
        if kind == "commit":
            return CommitId(object_id)
        if kind != "tag":
            return None
        target = data[len(b"object ") : len(b"object ") + 40].decode("ascii", "replace")
        if not data.startswith(b"object ") or not is_full_id(target):
            raise CorruptObject(object_id, "a tag names no object")
        object_id = target
    raise CorruptObject(object_id, "tags are nested too deep")
