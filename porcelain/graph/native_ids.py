"""Find commits by the ids that agents gave to their conversations and rows.

A conversation id stands for the tip of its session; without a session, for the only visible head
of the conversation. A row id stands for the commit that adds the row: the rows of every source
are in the index by the hash of their id, and a row is the same blob in its source and in the
changes, so that commit is found by trees alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from porcelain.errors import AmbiguousNativeId
from porcelain.graph.visible_versions import visible_version
from porcelain.index.source_rows import indexed_versions, put_rows, rows_called
from porcelain.index.view_rows import get_row, part_rows
from porcelain.model.source import Source, SourceKey
from porcelain.model.stored_source import StoredSource, read_source
from porcelain.model.view_value import IMPORTS, SESSIONS, parse_target
from porcelain.transcript.format_table import format_named
from porcelain.transcript.formats import keyed_rows
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, BlobId, CommitId, TreeId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow
from store.tree_layout.layout import message_ids

_OF = "conversation IN (SELECT id FROM conversations WHERE native = ?)"
_HEADS = (
    f"SELECT pos FROM commits AS own WHERE visible = 1 AND {_OF} AND NOT EXISTS (SELECT 1 FROM edges "
    f"JOIN commits ON pos = child WHERE parent = own.pos AND visible = 1 AND {_OF}) "
    "ORDER BY pos DESC"
)
_LIKE_AN_ID = re.compile(r"(?=.*\d)[\w.-]{8,}")
_TIPS = (
    f"SELECT pos FROM commits WHERE visible = 1 AND {_OF} AND EXISTS (SELECT 1 FROM view_rows "
    "WHERE part = ? AND value = lower(hex(commits.id))) ORDER BY pos DESC"
)


def position_by_native_id(index: Index, native_id: str) -> int | None:
    """Return the commit that an agent's id of a conversation or row stands for, or None.

    Raises:
        AmbiguousNativeId: several sessions, or heads without a session, hold the conversation.
    """
    rows = index.query(_TIPS, (native_id, SESSIONS)) or [
        (head,) for head in heads_of(index, native_id)
    ]
    if len(rows) > 1:
        raise AmbiguousNativeId(native_id, [index.row_at(pos).id[:12] for (pos,) in rows])
    if rows:
        position: int = rows[0][0]
        return position
    return _of_source(index, native_id) or position_by_row_id(index, native_id)


def _of_source(index: Index, native_id: str) -> int | None:
    """Return the tip of the session to which a file under this id was imported, as by `resume`."""
    for key, text in part_rows(index, IMPORTS):
        if native_id in key:
            source = Source.of(text)
            if SourceKey.of(key, source).native_id == native_id:
                target = parse_target(get_row(index, SESSIONS, source.session))
                if len(target) == 1 and target[0] is not None:
                    return index.position(target[0])
    return None


def conversations(index: Index, native_id: str) -> set[int]:
    """Return the index's rows of a conversation: one for each state of what is known about it."""
    rows = index.query("SELECT id FROM conversations WHERE native = ?", (native_id,))
    return {row for (row,) in rows}


def heads_of(index: Index, native_id: str) -> list[int]:
    """Return the visible commits of an agent's conversation that none of it continues, falling."""
    return [position for (position,) in index.query(_HEADS, (native_id, native_id))]


def position_by_row_id(index: Index, native_id: str) -> int | None:
    """Return the visible commit that adds the row with an agent's id, or None.

    Rows of sources that are not in the index yet are put there.

    Raises:
        AmbiguousNativeId: several commits add rows with this id.
    """
    if _LIKE_AN_ID.fullmatch(native_id) is None:
        return None
    _index_sources(index)
    found = dict.fromkeys(_positions(index, native_id))
    if not found:
        for original in dict.fromkeys(originals_of(index, native_id)):
            found |= dict.fromkeys(_positions(index, original))
    if len(found) > 1:
        raise AmbiguousNativeId(native_id, [index.row_at(pos).id[:12] for pos in found])
    return next(iter(found), None)


def _positions(index: Index, native_id: str) -> Iterator[int]:
    """Yield the visible commits that add a row with this id, of each source that has one."""
    for key, numbers in rows_called(index, native_id).items():
        text = get_row(index, IMPORTS, key)
        source = None if text is None else Source.of(text)
        rows = None if source is None else _rows(index, source)
        if source is None or rows is None:
            continue
        name = SourceKey.of(key, source)
        blobs = list(_called(rows, name.format, native_id, numbers))
        for tip in _tips(index, source, name.native_id):
            position = _adding(index, tip, blobs)
            if position is not None:
                yield position
                break


def originals_of(index: Index, native_id: str) -> Iterator[str]:
    """Yield the ids of the stored rows that an agent copied under this id."""
    for key, text in part_rows(index, IMPORTS):
        source = Source.of(text)
        rows = _rows(index, source)
        for number, copied in rows.copied.items() if rows is not None else ():
            if rows is None or not any(native_id in patch.text for patch in copied.patches):
                continue
            format_ = SourceKey.of(key, source).format
            original = _id_of(format_, rows.session.messages[number].raw)
            if original is not None and _id_of(format_, rows.raw(number)) == native_id:
                yield original


def _id_of(format_: str, raw: bytes) -> str | None:
    try:
        return format_named(format_).read_row(raw).native_id
    except InvalidSession:
        return None


def _index_sources(index: Index) -> None:
    """Put the rows of sources into the index that are not there yet."""
    known = indexed_versions(index)
    for key, text in part_rows(index, IMPORTS):
        source = Source.of(text)
        if source.stored is None or known.get(key) == source.stored:
            continue
        if SourceKey.of(key, source).is_container:
            continue  # each row is in the source of its conversation
        rows = _rows(index, source)
        if rows is not None:
            raws = (message.raw for message in rows.session.messages)
            found = keyed_rows(SourceKey.of(key, source).format, raws)
            put_rows(index, key, source.stored, found)


def _rows(index: Index, source: Source) -> StoredSource | None:
    """Return the rows of a source; None where there are none, or they cannot be read."""
    if source.stored is None:
        return None
    try:
        return read_source(index.repository, source.stored)
    except (InvalidSession, ObjectError):
        return None


def _called(
    rows: StoredSource, format_: str, native_id: str, numbers: list[int]
) -> Iterator[BlobId]:
    """Yield the blobs of those numbered rows that have the id; the index knows only hashes."""
    for number in numbers:
        if number < rows.session.rows:
            message = rows.session.messages[number]
            if _id_of(format_, message.raw) == native_id:
                yield message.blob_id


def _tips(index: Index, source: Source, native_id: str) -> Iterator[CommitId]:
    """Yield the commits in whose lines a source's rows may be, the most likely first."""
    imported = visible_version(index, source.commit)
    if imported is not None:
        yield imported
    target = parse_target(get_row(index, SESSIONS, source.session))
    yield from (side for side in target[::2] if side is not None)
    for position in heads_of(index, native_id):
        yield index.row_at(position).id


def _adding(index: Index, tip: CommitId, blobs: list[BlobId]) -> int | None:
    """Return the first commit of a tip's line that has one of these rows."""
    row = index.row(tip)
    if row is None or row.tree == EMPTY_TREE or not blobs:
        return None
    try:
        ids = message_ids(index.repository, TreeId(row.tree))
    except (InvalidSession, ObjectError):
        return None
    place = min((ids.index(blob) for blob in blobs if blob in ids), default=None)
    return None if place is None else commit_adding(index, row, place)


def commit_adding(index: Index, tip: CommitRow, place: int) -> int:
    """Return the first commit of a tip's line that has the row at a place, counted from 0."""
    row = tip
    while True:
        above = index.parents(row.pos)[:1]
        parent = index.row_at(above[0]) if above and above[0] else None
        if parent is None or (parent.rows or 0) <= place:
            return row.pos
        row = parent
