"""The refs that a view is exported as: which names become refs, and their values."""

from __future__ import annotations

import os
import string
from collections.abc import Iterable, Sequence

from porcelain.index.view_rows import values_of
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from store.errors import InvalidRefName
from store.ids import CommitId
from store.index.commit_index import Index
from store.repository.ref_name import check_ref_name

Name = tuple[str, str]
"""Part and key of a value in the view."""
# A name of these characters alone can always be a ref, if it is not too long for a file's name.
_PLAIN = frozenset(string.ascii_letters + string.digits + "_-")
_SHORT = 200


def first_side(text: str | None) -> CommitId | None:
    """Return the commit that a value of the view is exported as: its first added side."""
    if text is None:
        return None
    if text.startswith(("tracked ", "untracked ")):
        text = text.partition(" ")[2]
    return next((term for term in parse_target(text)[::2] if term), None)


def exported_values(index: Index, names: Iterable[Name]) -> dict[Name, CommitId | None]:
    """Return the commits that the head view gives the refs of names; None if it gives none.

    Of names that cannot both be refs (`a` and `a/b`) the first in byte order has one. A name
    that git does not allow has none.
    """
    folders = {name: _folders(*name) for name in names}
    rows = values_of(index, {*folders, *(one for above in folders.values() for one in above)})
    values = {name: first_side(value) for name, value in rows.items()}
    found: dict[Name, CommitId | None] = {}
    for name, above in folders.items():
        value = values.get(name)
        taken = value is not None and any(map(values.get, above))
        found[name] = value if value is not None and not taken and _can_be_ref(*name) else None
    return found


def exported_value(index: Index, part: str, key: str) -> CommitId | None:
    """Return the commit that the head view gives a name's ref; see `exported_values`."""
    return exported_values(index, [(part, key)])[part, key]


def not_exported(index: Index) -> list[tuple[str, str]]:
    """Return the (part, name) pairs of the view that have no ref because of their names."""
    sql = (
        "SELECT part, key, value FROM view_rows INDEXED BY view_unusual WHERE part IN (?, ?) "
        "AND part <> 'heads' AND key GLOB '*[^A-Za-z0-9_-]*' ORDER BY part, key"
    )
    rows = index.query(sql, (SESSIONS, TAGS))
    return [
        (part, key)
        for part, key, value in rows
        if first_side(value) and exported_value(index, part, key) is None
    ]


def _folders(part: str, key: str) -> Sequence[Name]:
    """Return the names that would be folders in a name's path."""
    if "/" not in key:
        return ()
    pieces = key.split("/")
    return [(part, "/".join(pieces[:count])) for count in range(1, len(pieces))]


def _can_be_ref(part: str, key: str) -> bool:
    if len(key) <= _SHORT and _PLAIN.issuperset(key):
        return True
    try:
        check_ref_name(f"refs/{part}/{key}")
    except InvalidRefName:
        return False
    return True


def locked_refs(index: Index, gitdir: str) -> list[tuple[str, str]]:
    """Return the refs that another program's lock kept from being written, and the lock."""
    rows = index.query("SELECT name FROM unsettled ORDER BY name")
    locks = [(name, os.path.join(gitdir, f"{name}.lock")) for (name,) in rows]
    return [(name, lock) for name, lock in locks if os.path.exists(lock)]
