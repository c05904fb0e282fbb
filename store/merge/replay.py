"""Replays a change on another base, and merges conversations.

A change is the difference between a commit's transcript and its parent's. A replay keeps the
new base's messages except those that the change removes, and inserts those that the change
adds: at the end, or between the messages where the change had them. Messages that both
changed differently become a conflict (`three_way`). The header is merged field by field; the
change's values win.

Most changes only append. They are replayed without reading the messages before them.
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
from store.merge import three_way
from store.merge.conflict_terms import Atom
from store.merge.conflicts import flatten, read_conflicts, to_atoms, with_conflicts
from store.objects.objects import ObjectReader, ObjectWriter, read_blob
from store.objects.tree import read_tree
from store.session.message import Message, message_ids
from store.session.session import Session
from store.session.tool_pairing import Pairing, Pairs, pawan_pairs, reach_back
from store.tree_layout.attachments import attachments_in, merged, with_attachments
from store.tree_layout.conflict_tree import conflicts_in
from store.tree_layout.layout import Layout, common_prefix, layout_of, read_session, write_session
from store.tree_layout.message_tree import common_ids, common_rows
from store.tree_layout.stored_messages import StoredMessages

_COUNTED = frozenset(("messages", "format"))
LINEAGE = frozenset(("id", "parent_id", "root_id", "branch_label", "branch_depth"))
"""The fields that identify a conversation; a merge has the first parent's."""


def replay(
    writer: ObjectWriter,
    tree: TreeId,
    old_base: TreeId | None,
    new_base: TreeId | None,
    pairing: Pairing = pawan_pairs,
) -> TreeId:
    """Return the tree that changes `new_base` as `tree` changes `old_base`.

    None is the empty transcript above all roots. Messages that the change adds are added even
    if the new base has them already. `pairing` matches tool calls with their results.
    """
    old_base, new_base = old_base or EMPTY_TREE, new_base or EMPTY_TREE
    if old_base == new_base or tree == EMPTY_TREE:
        return tree if old_base == new_base else new_base
    return _apply(_Task(writer, _read(writer, old_base), _read(writer, tree), pairing), new_base)


def merge_onto(
    writer: ObjectWriter, base: TreeId, ours: TreeId, theirs: TreeId, pairing: Pairing = pawan_pairs
) -> TreeId:
    """Return the tree of two merged conversations; id and lineage are those of `ours`.

    Messages that both sides added alike are in it once.
    """
    if theirs in (base, ours, EMPTY_TREE):
        return ours
    if ours in (base, EMPTY_TREE):
        return theirs if ours == EMPTY_TREE else _with_lineage(writer, ours, theirs)
    task = _Task(writer, _read(writer, base), _read(writer, theirs), pairing, merges=True)
    return _apply(task, ours)


class _Side(NamedTuple):
    """A stored conversation, with the trees of its conflicts and of its attachments."""

    tree: TreeId
    session: Session
    conflicts: TreeId | None
    attachments: TreeId | None

    @property
    def rows(self) -> Sequence[Message]:
        return self.session.messages

    @property
    def layout(self) -> Layout:
        return "native" if isinstance(self.session.messages, StoredMessages) else "single-file"


class _Task(NamedTuple):
    """A change to apply to another base: a replay, or a merge if `merges`."""

    writer: ObjectWriter
    before: _Side
    change: _Side
    pairing: Pairing
    merges: bool = False


def _read(reader: ObjectReader, tree: TreeId) -> _Side:
    root = read_tree(reader, tree) if tree != EMPTY_TREE else ()
    return _Side(tree, read_session(reader, tree), conflicts_in(root), attachments_in(root))


def _apply(task: _Task, new_base: TreeId) -> TreeId:
    ground = _read(task.writer, new_base)
    sides = (task.before.attachments, task.change.attachments, ground.attachments)
    tree = _with_messages(task, ground)
    return with_attachments(task.writer, tree, merged(task.writer, *sides))


def _with_messages(task: _Task, ground: _Side) -> TreeId:
    """Return the ground's tree with the messages and the header of the change."""
    added = None if task.merges else _only_added(task, ground)
    if added is not None:
        names = names_by_row(task.change.session.format, len(task.change.rows))[-len(added) :]
        tail = list(zip(added, names, strict=False))
        return _write(task, ground, _extended(task, ground, len(ground.rows), tail))
    known = _Messages(task, ground)
    before, ours, after = (known.atoms(side) for side in (task.before, ground, task.change))
    if task.merges:
        atoms = three_way.merge(before, ours, after, known.pairs_of)
    else:
        atoms = three_way.replay(before, after, ours, known.pairs_of)
    rows, conflicts = flatten(atoms)
    kept = common_ids(known.ids[ground.tree], rows)
    session = _extended(task, ground, kept, [known.message(blob) for blob in rows[kept:]])
    for blob in (blob for conflict in conflicts for term in conflict.terms for blob in term):
        task.writer.add("blob", known.message(blob)[0].raw)  # no object yet in a single file
    return with_conflicts(task.writer, _write(task, ground, session), conflicts)


def _only_added(task: _Task, ground: _Side) -> Sequence[Message] | None:
    """Return the messages of a change that only appends; None for any other change."""
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


class _Messages:
    """The messages of the conversations to be merged, by id."""

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
        """Return a conversation as a list for `three_way`."""
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
        """Return a message and the name of its format.

        A message that only a conflict holds is taken to have the conversation's last format.
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
    """Return the ground's first rows followed by others; headers and headline are merged."""
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
    """Return the number of rows that are messages, estimated where both sides did the same."""
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
    # In a conversation not begun all fields have defaults: a missing one was not removed.
    begun = task.before.tree != EMPTY_TREE
    removed = [key for key in old if key not in new and key not in kept] if begun else []
    return session.with_header(fields, remove=removed)


def _write(task: _Task, ground: _Side, session: Session) -> TreeId:
    if ground.tree == EMPTY_TREE:
        return write_session(task.writer, session, task.change.layout)
    return write_session(task.writer, session, ground.layout, ground.tree)


def _with_lineage(writer: ObjectWriter, ours: TreeId, theirs: TreeId) -> TreeId:
    """Return `theirs` with the id and lineage of `ours`."""
    session, header = read_session(writer, theirs), read_session(writer, ours).header
    fields = {key: header[key] for key in LINEAGE if key in header}
    removed = [key for key in LINEAGE if key in session.header and key not in header]
    session = session.with_header(fields, remove=removed)
    return write_session(writer, session, layout_of(writer, theirs), theirs)


def transcript_equals(reader: ObjectReader, one: TreeId, other: TreeId) -> bool:
    """Tell whether two trees hold the same messages; headers do not matter."""
    if one == other:
        return True
    rows = [read_session(reader, tree).rows for tree in (one, other)]
    return rows[0] == rows[1] == common_prefix(reader, one, other)


def starts_with(reader: ObjectReader, session: Session, tree: TreeId) -> bool:
    """Tell whether a session's messages begin with those of a tree.

    For a loaded session, messages in subtrees that both share are not compared.
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
