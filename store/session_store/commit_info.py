"""CommitInfo: what listings and writes return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from store.ids import CommitId

NO_FIELDS: Mapping[str, object] = {}


class CommitInfo(NamedTuple):
    """One stored snapshot.

    `short_id` is the shortest unique prefix, at least 8 digits. `name` is the session that
    is at this commit (the one that was written or listed, else the first), or None.
    `session_id` is the document's own id. `headers` are the extra commit headers. `timestamp` is
    in seconds since the epoch, `timestamp_ms` the same time in milliseconds. `problem` says why
    its conversation cannot be read; "" if it can. `fields` are those members of its document
    that the store was opened with.
    """

    id: CommitId
    short_id: str
    name: str | None
    session_id: str
    headers: tuple[tuple[str, str], ...]
    message: str
    timestamp: int
    message_count: int
    model: str
    parents: tuple[CommitId, ...]
    problem: str = ""
    timestamp_ms: int = 0
    fields: Mapping[str, object] = NO_FIELDS

    def __hash__(self) -> int:
        """Hash what names it; the fields may hold lists."""
        return hash((self.id, self.name))


class Place(NamedTuple):
    """The position of a session: the id in its ref, and the commit that this id names."""

    raw: str
    id: CommitId
