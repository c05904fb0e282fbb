"""Find the rows of a conversation that were edited here, after they were recorded."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.index.view_rows import operation_rows, origins
from porcelain.model.operation import Operation
from porcelain.model.redacted_row import PLACEHOLDER
from store.ids import BlobId, CommitId, TreeId
from store.index.commit_index import Index
from store.objects.objects import ObjectReader
from store.session.message import message_ids
from store.session.session import Session
from store.tree_layout.layout import read_session
from store.tree_layout.message_tree import digest_chain

_RECORDING = ("import", "append", "save")
"""The kinds of operations whose new versions of a change add what an agent wrote."""


def edited_rows(
    reader: ObjectReader, index: Index, commit_id: CommitId, session: Session
) -> set[int]:
    """Return the places of rows that no command recorded as they are, and of redacted rows.

    `session` is the conversation of the commit.
    """
    ids = message_ids(session.messages)
    line = _Line(reader, index, ids)
    recorded = set[BlobId]()
    position = index.position(commit_id)
    while position:
        recorded |= line.recorded(position)
        if len(recorded) >= len(ids) and recorded.issuperset(ids):
            break
        position = index.parents(position)[0]
    mark = PLACEHOLDER.encode()
    return {
        place
        for place, message in enumerate(session.messages)
        if ids[place] not in recorded or mark in message.raw
    }


class _Line:
    """The changes of a conversation, whose rows have the ids `ids`.

    The index has the digest of each commit's transcript, so a commit that holds the beginning of
    the conversation is not read.
    """

    def __init__(self, reader: ObjectReader, index: Index, ids: Sequence[BlobId]) -> None:
        self._reader = reader
        self._index = index
        self._ids = ids
        self._digests = list(digest_chain(ids))
        self._operations: dict[int, Operation] = {}

    def recorded(self, position: int) -> set[BlobId]:
        """Return the rows that a change had at first, and that commands recorded in it later."""
        found = set[BlobId]()
        versions = [self._index.row_at(position).id]
        for version in versions:
            made = self._made_by(version)
            replaced = {one for each in made for one in each.data.predecessors[version]}
            versions += sorted(replaced.difference(versions))
            if not replaced:
                found |= self._added(version, self._parent(version))
            elif any(each.data.kind in _RECORDING for each in made):
                found |= self._added(version, *replaced)
        return found

    def _made_by(self, commit_id: CommitId) -> list[Operation]:
        places = origins(self._index, commit_id)
        for place in places:
            if place not in self._operations:
                (self._operations[place],) = operation_rows(self._index, "seq = ?", (place,))
        return [self._operations[place] for place in places]

    def _parent(self, commit_id: CommitId) -> CommitId | None:
        position = self._index.position(commit_id)
        parents = self._index.parents(position) if position else ()
        return self._index.row_at(parents[0]).id if parents and parents[0] else None

    def _added(self, commit_id: CommitId, *bases: CommitId | None) -> set[BlobId]:
        """Return the rows that a commit has and none of the others."""
        counts = [self._count(one) for one in bases]
        count = self._count(commit_id)
        if count is not None and None not in counts:
            return set(self._ids[max(filter(None, counts), default=0) : count])
        return self._rows(commit_id).difference(*(self._rows(one) for one in bases))

    def _count(self, commit_id: CommitId | None) -> int | None:
        """Return the number of rows of a commit that holds the beginning, None for another."""
        row = self._index.row(commit_id) if commit_id is not None else None
        if row is None or not row.rows:
            return 0
        is_beginning = row.rows <= len(self._ids) and row.digest == self._digests[row.rows - 1]
        return row.rows if is_beginning else None

    def _rows(self, commit_id: CommitId | None) -> set[BlobId]:
        row = self._index.row(commit_id) if commit_id is not None else None
        if row is None:
            return set()
        return set(message_ids(read_session(self._reader, TreeId(row.tree)).messages))
