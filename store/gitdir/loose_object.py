"""Loose objects, read without libgit2, which loops forever on one that was cut short.

A file that lost its end in a power cut sends libgit2 1.9 into an endless loop that Ctrl-C
does not end. So libgit2 reads packs only.

    objects/<2 hex digits>/<38>    zlib of: "<kind> <size>", NUL, content

Objects may also lie in other repositories' folders, named one a line in
`objects/info/alternates`.
"""

from __future__ import annotations

import os
import zlib
from hashlib import sha1
from typing import get_args

from store.errors import CorruptObject, UnsafeRepository
from store.gitdir.own_files import read_regular
from store.objects.objects import Kind

_KINDS: dict[bytes, Kind] = {kind.encode(): kind for kind in get_args(Kind)}
_DEEPEST = 5  # git's limit for alternates of alternates


def object_folders(gitdir: str) -> list[str]:
    """Return the repository's object folder, then those of its alternates."""
    found = [os.path.join(gitdir, "objects")]
    fresh = found
    for _ in range(_DEEPEST):
        fresh = [path for folder in fresh for path in _alternates(folder) if path not in found]
        found = list(dict.fromkeys(found + fresh))
    return found


def read_loose(folders: list[str], object_id: str) -> tuple[Kind, bytes] | None:
    """Return a loose object's kind and content, or None if no folder has it.

    Raises:
        CorruptObject: the file is damaged, or cannot be read.
    """
    for folder in folders:
        try:
            data = read_regular(os.path.join(folder, object_id[:2], object_id[2:]))
        except UnsafeRepository as error:
            raise CorruptObject(object_id, f"its file {error.reason}") from error
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise CorruptObject(object_id, os.strerror(error.errno or 0)) from error
        return _decode(data, object_id)
    return None


def _decode(data: bytes, object_id: str) -> tuple[Kind, bytes]:
    try:
        whole = zlib.decompress(data)
    except zlib.error as error:
        raise CorruptObject(object_id, f"its file is damaged: {error}") from error
    head, _, content = whole.partition(b"\0")
    kind = _KINDS.get(head.partition(b" ")[0])
    if kind is None or sha1(whole).hexdigest() != object_id:
        raise CorruptObject(object_id, "its file holds something else")
    return kind, content


def _alternates(folder: str) -> list[str]:
    try:
        data = read_regular(os.path.join(folder, "info", "alternates"))
    except OSError:
        return []
    lines = os.fsdecode(data).split("\n")
    paths = [line for line in lines if line and line[0] not in '#"']
    return [os.path.realpath(os.path.join(folder, path)) for path in paths]
