"""Lists every object: reachable or not, loose or packed, and those in staged packs.

A search that must prove an absence needs them all. git and libgit2 do not see staged packs,
so these are read here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from store.errors import ObjectError
from store.gitdir.loose_object import object_folders
from store.gitdir.own_files import open_regular
from store.gitdir.pack_file import read_index, read_pack
from store.gitdir.staged_file import STAGING, is_marked_keep
from store.objects.objects import hash_object
from store.repository.repository import Repository


def all_objects(repository: Repository) -> Iterator[tuple[str, str, bytes]]:
    """Yield (id, kind, bytes) of every object, in no order; an object may come twice.

    Damaged objects are left out.
    """
    repository.refresh()
    for object_id in repository.objects:
        try:
            kind, data = repository.read(object_id)
        except ObjectError:
            continue
        yield object_id, kind, data
    folder = os.path.join(repository.path, STAGING)
    for name in _listed(folder):
        if name.endswith(".pack"):
            yield from _staged(os.path.join(folder, name))


def pinned_objects(repository: Repository) -> Iterator[tuple[str, str]]:
    """Yield (id, where) of the objects that no garbage collection of this repository removes.

    These are in packs that another program marked with a `.keep`, and in alternates.
    """
    own, *lent = object_folders(repository.path)
    for name in _listed(os.path.join(own, "pack")):
        marked = os.path.join(own, "pack", name)
        if name.endswith(".keep") and not is_marked_keep(marked):
            for object_id in _pack_ids(f"{marked.removesuffix('.keep')}.idx"):
                yield object_id, os.path.join("objects", "pack", name)
    for folder in lent:
        for name in _listed(os.path.join(folder, "pack")):
            if name.endswith(".idx"):
                for object_id in _pack_ids(os.path.join(folder, "pack", name)):
                    yield object_id, folder
        for start in _listed(folder):
            if len(start) == 2:
                for rest in _listed(os.path.join(folder, start)):
                    yield start + rest, folder


def _pack_ids(path: str) -> Iterator[str]:
    try:
        with open(open_regular(path), "rb") as file:
            placed = read_index(file.read())
    except (OSError, ValueError):
        return
    for one in placed:
        yield one.id.hex()


def _listed(folder: str) -> list[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def _staged(path: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield the objects of a staged pack, up to its end or to the first incomplete one."""
    try:
        with open(open_regular(path), "rb") as file:
            data = file.read()
    except OSError:
        return
    try:
        for kind, content, _, _ in read_pack(data):
            yield hash_object(kind, content), kind, content
    except ValueError:
        return
