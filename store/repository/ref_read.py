"""Reading one ref, as a file; `store.repository.ref_update` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import CorruptRef
from store.gitdir.loose_ref import read_loose

if TYPE_CHECKING:
    from store.repository.repository import Repository


def read_ref(repository: Repository, name: str) -> str | None:
    """Return the id a ref holds (links between refs followed), or None.

    An annotated tag's own id is returned, not what it points to.

    Raises:
        CorruptRef: the file holds neither an id nor a link.
    """
    for _ in range(5):
        try:
            value = read_loose(repository.path, name)
            if value is None:
                # git packs first and removes the loose file after: looked at in this
                # order, a ref is always seen.
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
