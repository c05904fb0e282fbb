"""The changes of sessions that the index has seen: the newest 10,000.

A token is a place in this log. It is good for one build of the index; a place that the log has
dropped, or that another build of the index has given, is too old.
"""

from __future__ import annotations

import os
from typing import Literal, NamedTuple

from store.errors import TokenExpired
from store.ids import CommitId
from store.index.commit_index import Index
from store.repository.ref_name import SESSIONS


class Change(NamedTuple):
    """A change of a session; `token` is the place behind it.

    `old` and `new` are what its ref held, None where there was no session.
    """

    kind: Literal["created", "moved", "deleted"]
    name: str
    old: CommitId | None
    new: CommitId | None
    token: str


def present_token(index: Index) -> str:
    """Return the place behind all that has happened; call it after `Index.refresh`."""
    return f"{_build(index)}-{_last(index)}"


def changes_since(index: Index, token: str, limit: int) -> list[Change]:
    """Return what came behind a token, oldest first; call it after `Index.refresh`.

    Raises:
        TokenExpired: the log does not go back that far.
    """
    build, _, text = token.partition("-")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    first = index.query("SELECT min(seq) FROM session_log")[0][0] or 1
    if build != _build(index) or not first - 1 <= number <= _last(index):
        raise TokenExpired(token)
    sql = "SELECT seq, name, old, new FROM session_log WHERE seq > ? ORDER BY seq LIMIT ?"
    return [_change(build, *row) for row in index.query(sql, (number, limit))]


def _change(build: str, seq: int, name: str, old: str | None, new: str | None) -> Change:
    kind: Literal["created", "moved", "deleted"]
    kind = "created" if old is None else "deleted" if new is None else "moved"
    before, after = old and CommitId(old), new and CommitId(new)
    return Change(kind, name[len(SESSIONS) :], before or None, after or None, f"{build}-{seq}")


def _build(index: Index) -> str:
    sql = "SELECT value FROM meta WHERE key = 'session_log'"
    rows = index.query(sql)
    if not rows:
        with index.writing() as connection:
            values = ("session_log", os.urandom(8).hex())
            connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", values)
        rows = index.query(sql)
    return str(rows[0][0])


def _last(index: Index) -> int:
    return index.query("SELECT max(seq) FROM session_log")[0][0] or 0
