"""Find the rows of a conversation that were edited here, after they were recorded."""

from __future__ import annotations

from collections.abc import Iterator

from porcelain.graph.evolution import replaced_by
from porcelain.model.redacted_row import PLACEHOLDER
from store.ids import BlobId, CommitId, TreeId
from store.index.commit_index import Index
from store.objects.objects import ObjectReader
from store.session.message import message_ids
from store.session.session import Session
from store.tree_layout.layout import read_session


def edited_rows(
    reader: ObjectReader, index: Index, commit_id: CommitId, session: Session
) -> set[int]:
    """Return the places of rows that no change had when it was recorded, and of redacted rows.

    `session` is the conversation of the commit.
    """
    ids = message_ids(session.messages)
    firsts = list(_first_versions(index, commit_id))
    recorded = set(ids) if all(old == new for old, new in firsts) else set[BlobId]()
    for first, _ in firsts:
        if recorded.issuperset(ids):
            break
        recorded |= _added(reader, index, first)
    mark = PLACEHOLDER.encode()
    return {
        place
        for place, message in enumerate(session.messages)
        if ids[place] not in recorded or mark in message.raw
    }


def _first_versions(index: Index, commit_id: CommitId) -> Iterator[tuple[CommitId, CommitId]]:
    """Yield the first versions of each change of a line, and its present one; newest first."""
    position = index.position(commit_id)
    while position:
        here = index.row_at(position).id
        versions = [here]
        for version in versions:
            replaced = replaced_by(index, version)
            versions += sorted(replaced.difference(versions))
            if not replaced:
                yield version, here
        position = index.parents(position)[0]


def _added(reader: ObjectReader, index: Index, commit_id: CommitId) -> set[BlobId]:
    """Return the rows that a commit has and its first parent has not."""
    position = index.position(commit_id)
    if position is None:
        return set()
    parent = next(iter(index.parents(position)), 0)
    return _rows(reader, index, position) - _rows(reader, index, parent)


def _rows(reader: ObjectReader, index: Index, position: int) -> set[BlobId]:
    if not position:
        return set()
    tree = TreeId(index.row_at(position).tree)
    return set(message_ids(read_session(reader, tree).messages))
