"""Replaying a change elsewhere: what a transcript adds to its base, added to another base.

A change is what a commit adds to its parent's transcript, or removes from it. Replaying
keeps the new base's messages, less those that the change removes, and adds its own: at the
end, or where the change had put them between others. The header is merged field by field,
the change's own values win.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from store.ids import EMPTY_TREE, BlobId, TreeId
from store.layout import common_prefix, layout_of, read_session, write_session
from store.message import Message, message_ids
from store.message_tree import StoredMessages, common_rows
from store.objects import ObjectReader, ObjectWriter
from store.session import Session

_COUNTED = frozenset(("messages", "format"))


def replay(
    writer: ObjectWriter, tree: TreeId, old_base: TreeId | None, new_base: TreeId | None
) -> TreeId:
    """Return the tree that changes `new_base` as `tree` changes `old_base`.

    None is the empty transcript above all roots.
    """
    if old_base == new_base or tree == EMPTY_TREE:
        return tree if old_base == new_base else new_base or EMPTY_TREE
    change = read_session(writer, tree)
    before = read_session(writer, old_base) if old_base else None
    hunk = _hunk(before.messages if before else (), change.messages)
    if new_base is None or new_base == EMPTY_TREE:
        return write_session(writer, change.with_messages(hunk.added), layout_of(writer, tree))
    ground = read_session(writer, new_base)
    session = _apply(hunk, ground, change)
    if hunk.added:
        session = session.with_headline(
            title=change.title or None,
            message_count=_count(session, change, before, ground),
        )
    session = _merge_headers(session, before, change)
    return write_session(writer, session, layout_of(writer, new_base), base=new_base)


class _Hunk(NamedTuple):
    """What a change replaces: behind `before` it removes some messages and adds others.

    `after` says how many messages follow, which it leaves alone.
    """

    before: list[BlobId]
    removed: Sequence[Message]
    added: Sequence[Message]
    after: int


def _hunk(old: Sequence[Message], new: Sequence[Message]) -> _Hunk:
    mine, theirs = message_ids(old), message_ids(new)
    start = _shared(mine, theirs)
    after = _shared(mine[start:][::-1], theirs[start:][::-1])
    return _Hunk(mine[:start], old[start : len(old) - after], new[start : len(new) - after], after)


def _apply(hunk: _Hunk, ground: Session, change: Session) -> Session:
    """Return the ground's session with the hunk's messages replaced."""
    formats = {m for m in (ground.format, change.format) if isinstance(m, str)}
    rows = list(ground.messages) if hunk.removed or hunk.after else []
    wanted = message_ids(hunk.removed)
    ids = message_ids(rows)
    place = _place(ids, hunk.before, wanted) if hunk.after else len(rows)
    if hunk.after and ids[place : place + len(wanted)] == wanted:
        del rows[place : place + len(wanted)]
    else:
        place = _remove_last(rows, wanted, place)
    if hunk.after and len(formats) == 1:
        return ground.with_messages([*rows[:place], *hunk.added, *rows[place:]])
    kept = ground.with_messages(rows) if wanted else ground
    if not hunk.added:
        return kept
    name = change.format if isinstance(change.format, str) else change.format[-1][0]
    return kept.appended(hunk.added, format=name if len(formats) > 1 else None)


def _place(ids: list[BlobId], before: list[BlobId], wanted: list[BlobId]) -> int:
    """Return where in another conversation the place behind `before` is, as near as can be."""
    start = len(before)
    if ids[:start] == before:
        return start
    for place in range(len(ids) - len(wanted), -1, -1):
        if wanted and ids[place : place + len(wanted)] == wanted:
            return place
    for place in range(len(ids), 0, -1):
        if ids[place - 1] == before[-1]:
            return place
    return min(start, len(ids))


def _remove_last(rows: list[Message], wanted: Sequence[str], place: int) -> int:
    """Remove the last message of each wanted id; return `place`, as far as rows are left.

    From the end, and one for one: an answer that was given twice is removed once.
    """
    left = list(wanted)
    for number in range(len(rows) - 1, -1, -1):
        if rows[number].blob_id in left:
            left.remove(rows[number].blob_id)
            del rows[number]
            place -= number < place
    return min(place, len(rows))


def _shared(ours: Sequence[str], theirs: Sequence[str]) -> int:
    count = 0
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            break
        count += 1
    return count


def _count(session: Session, change: Session, before: Session | None, ground: Session) -> int:
    own = change.message_count - (before.message_count if before else 0)
    return max(0, min(session.rows, ground.message_count + own))


def _merge_headers(session: Session, before: Session | None, change: Session) -> Session:
    old = before.header if before else {}
    fields = {
        key: value
        for key, value in change.header.items()
        if key not in _COUNTED and (key not in old or old[key] != value)
    }
    removed = [key for key in old if key not in change.header and key not in _COUNTED]
    return session.with_header(fields, remove=removed)


def transcript_equals(reader: ObjectReader, one: TreeId, other: TreeId) -> bool:
    """Tell whether two trees hold the very same messages, whatever their headers."""
    if one == other:
        return True
    rows = [read_session(reader, tree).rows for tree in (one, other)]
    return rows[0] == rows[1] == common_prefix(reader, one, other)


def starts_with(reader: ObjectReader, session: Session, tree: TreeId) -> bool:
    """Tell whether a session's messages begin with those that a tree holds.

    Of a session that was loaded only what its tree and this one do not share is looked at.
    """
    stored = read_session(reader, tree)
    mine, theirs = session.messages, stored.messages
    if len(theirs) > len(mine):
        return False
    start = 0
    if isinstance(mine, StoredMessages) and isinstance(theirs, StoredMessages):
        kept = min(mine.keep, len(theirs))
        if common_rows(mine.source, theirs.source) < kept:
            return False
        start = kept
    rest = [theirs[number].blob_id for number in range(start, len(theirs))]
    return rest == [mine[number].blob_id for number in range(start, len(theirs))]
