"""Read refs as files; `store.repository.ref_update` writes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from store.errors import CorruptRef
from store.gitdir.loose_ref import loose_names, read_loose
from store.ids import RefName

if TYPE_CHECKING:
    from store.repository.repository import Repository


def read_ref(repository: Repository, name: str) -> str | None:
    """Return the id that a ref holds, or None; links to other refs are followed.

    Of an annotated tag it is the tag's own id.

    Raises:
        CorruptRef: the file holds neither an id nor a link.
    """
    for _ in range(5):
        try:
            value = read_loose(repository.path, name)
            if value is None:
                # git packs a ref before it removes the loose file: read in this order, a
                # ref is always seen.
                from store.gitdir.packed_refs import find_packed

                return find_packed(repository.path, name)
        except ValueError:
            return None  # no file can have this name
        if not value.startswith("ref:"):
            return value
        target = value[4:].strip()
        if not target.startswith("refs/") or "/../" in target:
            raise CorruptRef(name, "it links to something that is no ref")
        name = target
    raise CorruptRef(name, "links to other refs go round in a circle")


def list_refs(
    repository: Repository,
    prefix: str,
    on_error: Callable[[CorruptRef], None] | None = None,
) -> dict[RefName, str]:
    """Return the refs that begin with `prefix` (a folder), in byte order of names.

    `on_error` is called with the error of each ref that cannot be read; without it the first
    error is raised. A damaged packed-refs always raises, since its refs are unknown.
    """
    folder = prefix.rstrip("/")
    loose: dict[str, str | None] = {}
    for name in loose_names(repository.path, folder):
        try:
            loose[name] = read_ref(repository, name)
        except CorruptRef as error:
            if on_error is None:
                raise
            on_error(error)
            loose[name] = None
    from store.gitdir.packed_refs import iterate_packed

    # Packed refs after loose ones: a ref that is packed meanwhile is seen twice, not never.
    found = dict(iterate_packed(repository.path, f"{folder}/"))
    if loose:
        found.update((name, value) for name, value in loose.items() if value is not None)
        for name in [name for name, value in loose.items() if value is None]:
            found.pop(name, None)
        found = dict(sorted(found.items(), key=lambda item: os.fsencode(item[0])))
    return cast("dict[RefName, str]", found)
