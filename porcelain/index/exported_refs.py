"""The refs that a view is exported as: which names become refs, and their values."""

from __future__ import annotations

import os

from porcelain.index.view_rows import get_row
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from store.errors import InvalidRefName
from store.ids import CommitId
from store.index.commit_index import Index
from store.repository.ref_name import check_ref_name


def first_side(text: str | None) -> CommitId | None:
    """Return the commit that a value of the view is exported as: its first added side."""
    if text is None:
        return None
    if text.startswith(("tracked ", "untracked ")):
        text = text.partition(" ")[2]
    return next((term for term in parse_target(text)[::2] if term), None)


def exported_value(index: Index, part: str, key: str) -> CommitId | None:
    """Return the commit that the head view gives a name's ref; None if it has no ref.

    Of names that cannot both be refs (`a` and `a/b`) the first in byte order has one. A name
    that git does not allow has none.
    """
    value = first_side(get_row(index, part, key))
    if value is None or not _can_be_ref(part, key):
        return None
    pieces = key.split("/")
    for count in range(1, len(pieces)):
        if first_side(get_row(index, part, "/".join(pieces[:count]))) is not None:
            return None
    return value


def not_exported(index: Index) -> list[tuple[str, str]]:
    """Return the (part, name) pairs of the view that have no ref because of their names."""
    # A name of letters, digits, `_` and `-` alone can always be a ref.
    sql = (
        "SELECT part, key, value FROM view_rows INDEXED BY view_unusual WHERE part IN (?, ?) "
        "AND key GLOB '*[^A-Za-z0-9_-]*' ORDER BY part, key"
    )
    rows = index.query(sql, (SESSIONS, TAGS))
    return [
        (part, key)
        for part, key, value in rows
        if first_side(value) and exported_value(index, part, key) is None
    ]


def _can_be_ref(part: str, key: str) -> bool:
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
