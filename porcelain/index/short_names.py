"""Short forms of sessions' names that are UUIDs, as agents name their conversations.

`8b1c3e7f-2f7a-4f55-9a30-6f1a0c1d2e3f` is shown as `8b1c3e7f`, its copy with `-2` at its end as
`8b1c3e7f-2`. Where that is the short form of several names, or the beginning of a commit id, more
digits are shown.
"""

from __future__ import annotations

import re

from porcelain.model.view_value import SESSIONS
from store.index.commit_index import Index

# Compiled by `re` when they are first needed: most commands meet no such name.
_DIGIT = "[0-9a-f]"
_UUID = rf"({_DIGIT}{{8}}(?:-{_DIGIT}{{4}}){{3}}-{_DIGIT}{{12}})((?:-[0-9]{{1,4}})?)"
_SHORT = rf"({_DIGIT}{{8}}[0-9a-f-]*?)(?:-[0-9]{{1,4}})?"
_LEAST = 8
_UUID_LENGTH = 36
_MOST = 200


def short_name(index: Index, name: str) -> str:
    """Return the short form of a name that is a UUID, any other name as it is."""
    found = _parts(name)
    if found is None:
        return name
    uuid, number = found[1], found[2]
    rivals = [other for other in _beginning_with(index, uuid[:_LEAST]) if other != name]
    for length in range(_LEAST, len(uuid)):
        short = uuid[:length] + number
        if uuid[length - 1] == "-" or any(_is_short_for(short, other) for other in rivals):
            continue
        if not _begins_commit(index, short):
            return short
    return name


def names_short_for(index: Index, short: str) -> list[str]:
    """Return the names of which a text is a short form."""
    if not re.fullmatch(_SHORT, short):
        return []
    names = _beginning_with(index, short[:_LEAST])
    return [name for name in names if _is_short_for(short, name)]


def _parts(name: str) -> re.Match[str] | None:
    """Match a name that is a UUID, with the number behind it, or None."""
    if len(name) < _UUID_LENGTH or name[_LEAST] != "-":
        return None
    return re.fullmatch(_UUID, name)


def _is_short_for(short: str, name: str) -> bool:
    found = _parts(name)
    if found is None or len(short) < _LEAST or not short.endswith(found[2]):
        return False
    head = short[: len(short) - len(found[2])]
    return len(head) >= _LEAST and found[1].startswith(head)


def _beginning_with(index: Index, digits: str) -> list[str]:
    sql = "SELECT key FROM view_rows WHERE part = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
    return [name for (name,) in index.query(sql, (SESSIONS, digits, digits + "~", _MOST))]


def _begins_commit(index: Index, digits: str) -> bool:
    if "-" in digits:
        return False
    low, high = (bytes.fromhex(digits.ljust(40, end)) for end in "0f")
    sql = "SELECT 1 FROM commits WHERE id BETWEEN ? AND ? LIMIT 1"
    return bool(index.query(sql, (low, high)))
