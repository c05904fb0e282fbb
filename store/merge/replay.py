"""Replaying a change elsewhere: what a transcript adds to its base, added to another base.

A change is what a commit adds to its parent's transcript, or removes from it. Replaying
keeps the new base's messages, less those that the change removes, and adds its own: at the
end, or where the change had put them between others. What both changed differently becomes a
conflict of just those messages (`message_merge`). The header is merged field by field, the
change's own values win.

A change that only adds at the end, as most do, is added without a look at what is before.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from store.document.json_scanner import decode_text
from store.document.json_spacing import compact
from store.document.row_format import PAWAN, name_at, names_by_row
from store.ids import EMPTY_TREE, BlobId, TreeId
from store.merge.conflicts import flatten, read_conflicts, to_atoms, with_conflicts
from store.merge.three_way import Atom, merge
from store.merge.three_way import replay as replay_atoms
from store.objects.objects import ObjectReader, ObjectWriter, read_blob
from store.objects.tree import read_tree
from store.session.message import Message, message_ids
from store.session.session import Session
from store.session.tool_pairing import Pairing, Pairs, PairsOf, pawan_pairs, reach_back
from store.tree_layout.conflict_tree import conflicts_in
from store.tree_layout.layout import Layout, common_prefix, layout_of, read_session, write_session
from store.tree_layout.message_tree import StoredMessages, common_ids, common_rows

__all__ = ["LINEAGE", "merge_onto", "replay", "starts_with", "transcript_equals"]

_COUNTED = frozenset(("messages", "format"))
LINEAGE = frozenset(("id", "parent_id", "root_id", "branch_label", "branch_depth"))
"""The fields that say which conversation it is: of a merge they are the first parent's."""


def replay(
    writer: ObjectWriter,
    tree: TreeId,
    old_base: TreeId | None,
    new_base: TreeId | None,
    pairing: Pairing = pawan_pairs,
) -> TreeId:
    """Return the tree that changes `new_base` as `tree` changes `old_base`.

    None is the empty transcript above all roots. All that the change adds is added, once more
    where the new base has it already. `pairing` tells tool calls and their results.
    """
    old_base, new_base = old_base or EMPTY_TREE, new_base or EMPTY_TREE
    if old_base == new_base or tree == EMPTY_TREE:
        return tree if old_base == new_base else new_base
    return _apply(_Task(writer, _read(writer, old_base), _read(writer, tree), pairing), new_base)


def merge_onto(
    writer: ObjectWriter, base: TreeId, ours: TreeId, theirs: TreeId, pairing: Pairing = pawan_pairs
) -> TreeId:
    """Return the tree of two merged conversations: ours, and what theirs has beyond the base.

    What both added alike is there once. Id and lineage are ours.
    """
    if theirs in (base, ours, EMPTY_TREE):
        return ours
    if ours in (base, EMPTY_TREE):
        return theirs if ours == EMPTY_TREE else _led(writer, ours, theirs)
    task = _Task(writer, _read(writer, base), _read(writer, theirs), pairing, merges=True)
    return _apply(task, ours)


class _Side(NamedTuple):
    """A conversation as it is stored; `conflicts` names the tree of them."""

    tree: TreeId
    session: Session
    conflicts: TreeId | None

    @property
    def rows(self) -> Sequence[Message]:
        return self.session.messages

    @property
    def layout(self) -> Layout:
        return "native" if isinstance(self.session.messages, StoredMessages) else "single-file"


class _Task(NamedTuple):
    """What is to be done to another base."""

    writer: ObjectWriter
    before: _Side
    change: _Side
    pairing: Pairing
    merges: bool = False


def _read(reader: ObjectReader, tree: TreeId) -> _Side:
    found = conflicts_in(read_tree(reader, tree)) if tree != EMPTY_TREE else None
    return _Side(tree, read_session(reader, tree), found)


def _apply(task: _Task, new_base: TreeId) -> TreeId:
    ground = _read(task.writer, new_base)
    added = None if task.merges else _only_added(task, ground)
    if added is not None:
        names = names_by_row(task.change.session.format, len(task.change.rows))[-len(added) :]
        tail = list(zip(added, names, strict=False))
        return _write(task, ground, _extended(task, ground, len(ground.rows), tail))
    known = _Known(task, ground)
    before, after = known.atoms(task.before), known.atoms(task.change)
    how = merge if task.merges else _replay_onto
    rows, conflicts = flatten(how(before, known.atoms(ground), after, known.pairs_of))
    kept = common_ids(known.ids[ground.tree], rows)
    session = _extended(task, ground, kept, [known.message(blob) for blob in rows[kept:]])
    for blob in (blob for conflict in conflicts for term in conflict.terms for blob in term):
        task.writer.add("blob", known.message(blob)[0].raw)  # in one file they are no objects yet
    return with_conflicts(task.writer, _write(task, ground, session), conflicts)


def _replay_onto(
    before: Sequence[Atom], ours: Sequence[Atom], after: Sequence[Atom], pairs_of: PairsOf
) -> list[Atom]:
    return replay_atoms(before, after, ours, pairs_of)


def _only_added(task: _Task, ground: _Side) -> Sequence[Message] | None:
    """Return what the change adds, if that is all it does, and nothing stands in its way."""
    before, change = task.before, task.change
    if before.conflicts != change.conflicts or before.session.rows > change.session.rows:
        return None
    start = before.session.rows
    if _shared_rows(before.rows, change.rows) != start:
        return None
    added = [change.rows[row] for row in range(start, len(change.rows))]
    back = reach_back(added, before.rows, task.pairing)
    if back > len(ground.rows):
        return None
    same = (ground.rows[-1 - n] == before.rows[-1 - n] for n in range(back))
    return added if all(same) else None


def _shared_rows(ours: Sequence[Message], theirs: Sequence[Message]) -> int:
    if not ours:
        return 0
    if isinstance(ours, StoredMessages) and isinstance(theirs, StoredMessages):
        return common_rows(ours.source, theirs.source)
    return common_ids(message_ids(ours), message_ids(theirs))


class _Known:
    """The messages of the conversations that are merged, by id."""

    def __init__(self, task: _Task, ground: _Side) -> None:
        self._task = task
        self._usual = ground if len(ground.rows) else task.change
        self._places: dict[BlobId, tuple[_Side, int]] = {}
        self._pairs: dict[object, Pairs] = {}
        self.ids: dict[TreeId, list[BlobId]] = {}
        for side in (task.before, task.change, ground):
            ids = self.ids[side.tree] = message_ids(side.rows)
            self._places.update((blob, (side, row)) for row, blob in enumerate(ids))

    def atoms(self, side: _Side) -> list[Atom]:
        """Return a conversation as a list for `message_merge`."""
        ids = self.ids[side.tree]
        if side.conflicts is None:
            return [*ids]
        return to_atoms(ids, read_conflicts(self._task.writer, side.tree, ids))

    def pairs_of(self, blob: object) -> Pairs:
        """Return the calls and results of a message."""
        if blob not in self._pairs:
            self._pairs[blob] = self._task.pairing(self.message(BlobId(str(blob)))[0])
        return self._pairs[blob]

    def message(self, blob: BlobId) -> tuple[Message, str]:
        """Return a message and its format's name.

        What only a conflict holds is taken to be of the conversation's last format.
        """
        found = self._places.get(blob)
        if found is not None:
            side, row = found
            return side.rows[row], name_at(side.session.format, row)
        raw = read_blob(self._task.writer, blob)
        usual = self._usual.session
        name = name_at(usual.format, len(usual.messages))
        loose = usual.parts.lines is None and compact(decode_text(raw)).encode() != raw
        return Message(raw, verbatim=loose), name


def _extended(
    task: _Task, ground: _Side, kept: int, tail: Sequence[tuple[Message, str]]
) -> Session:
    """Return the ground's first rows with others behind them, headers and headline merged."""
    change, before = task.change.session, task.before.session
    begun = ground.tree != EMPTY_TREE
    session = ground.session if begun else change
    if not begun or kept < session.rows:
        session = session.with_messages(session.messages[: kept if begun else 0])
    for name, run in groupby(tail, key=itemgetter(1)):
        session = session.appended([message for message, _ in run], format=name)
    if session.format != PAWAN:
        added = change.title if change.title != before.title or not begun else ""
        count = _count(session, change, before, ground.session)
        session = session.with_headline(title=added or None, message_count=count)
    return _merge_headers(session, task) if begun else session


def _count(session: Session, change: Session, before: Session, ground: Session) -> int:
    """Return how many rows are messages; where both sides did the same that is a guess."""
    own, rows = change.message_count - before.message_count, session.rows - ground.rows
    if rows != change.rows - before.rows:
        own = max(min(own, rows), min(rows, 0))
    return max(0, min(session.rows, ground.message_count + own))


def _merge_headers(session: Session, task: _Task) -> Session:
    old, new = task.before.session.header, task.change.session.header
    kept = _COUNTED | LINEAGE if task.merges else _COUNTED
    fields = {
        key: value
        for key, value in new.items()
        if key not in kept and (key not in old or old[key] != value)
    }
    # A conversation not begun has every field at its default: that another lacks one says nothing.
    begun = task.before.tree != EMPTY_TREE
    removed = [key for key in old if key not in new and key not in kept] if begun else []
    return session.with_header(fields, remove=removed)


def _write(task: _Task, ground: _Side, session: Session) -> TreeId:
    if ground.tree == EMPTY_TREE:
        return write_session(task.writer, session, task.change.layout)
    return write_session(task.writer, session, ground.layout, ground.tree)


def _led(writer: ObjectWriter, ours: TreeId, theirs: TreeId) -> TreeId:
    """Return theirs under the id and lineage of ours."""
    session, header = read_session(writer, theirs), read_session(writer, ours).header
    fields = {key: header[key] for key in LINEAGE if key in header}
    removed = [key for key in LINEAGE if key in session.header and key not in header]
    session = session.with_header(fields, remove=removed)
    return write_session(writer, session, layout_of(writer, theirs), theirs)


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
