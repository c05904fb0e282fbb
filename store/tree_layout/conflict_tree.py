"""Conflicts of a conversation as git trees, beside its messages.

    conflicts/0012-37/0+/0000.json    the first row of what the transcript shows: ours
    conflicts/0012-37/1-/...          the base's
    conflicts/0012-37/2+/...          theirs; further terms follow in the same way

0012-37 is the row at which the conflict begins, numbered as in `messages`. A term without
rows is an empty blob, so the terms survive a tool that drops empty folders. The transcript
itself holds the first term, so a tool that knows nothing of conflicts sees a conversation.

A repository may come from an untrusted source: entries of any other form are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from store.ids import BlobId, TreeId
from store.objects.objects import ObjectReader, ObjectWriter, read_blob
from store.objects.tree import FILE, TREE, TreeEntry, read_tree, write_tree

CONFLICTS = "conflicts"

_PLACE = re.compile(r"(\d{4,12})-(\d\d)")
_TERM = re.compile(r"(\d{1,4})([+-])")
_ROW = re.compile(r"(\d{4,12})\.json")


class MessageConflict(NamedTuple):
    """A conflict about the rows from `start` on, which are those of the first term.

    The number of terms is odd. Each is the blob ids of its rows: added at even places (0 ours,
    2 theirs), removed at odd ones (1 the base).
    """

    start: int
    terms: tuple[tuple[BlobId, ...], ...]

    @property
    def stop(self) -> int:
        """The first row after the conflict; `start` where the transcript shows no row of it."""
        return self.start + len(self.terms[0])


def conflicts_in(root: Iterable[TreeEntry]) -> TreeId | None:
    """Return the tree of conflicts among the entries of a session's tree."""
    for entry in root:
        if entry.name == CONFLICTS and entry.mode == TREE:
            return TreeId(entry.id)
    return None


def decode_conflicts(reader: ObjectReader, tree: TreeId) -> tuple[MessageConflict, ...]:
    """Return the conflicts in a tree of them, in order and without overlaps.

    Raises:
        ObjectNotFound, CorruptObject: an object of a conflict is missing or damaged.
    """
    found = []
    for entry in read_tree(reader, tree):
        place = _PLACE.fullmatch(entry.name)
        if place is None or entry.mode != TREE or _place_name(_start(place)) != entry.name:
            continue
        terms = _decode_terms(reader, TreeId(entry.id))
        if terms is not None:
            found.append(MessageConflict(_start(place), terms))
    kept: list[MessageConflict] = []
    for conflict in sorted(found):
        if not kept or conflict.start >= max(kept[-1].stop, kept[-1].start + 1):
            kept.append(conflict)
    return tuple(kept)


def encode_conflicts(
    writer: ObjectWriter, conflicts: Sequence[MessageConflict]
) -> TreeEntry | None:
    """Stage conflicts with the messages of all their terms; None where there are none.

    Raises:
        ObjectNotFound: a message of a term is missing.
    """
    if not conflicts:
        return None
    entries = []
    for start, terms in conflicts:
        sides = [_encode_term(writer, number, rows) for number, rows in enumerate(terms)]
        entries.append(TreeEntry(_place_name(start), TREE, write_tree(writer, sides)))
    return TreeEntry(CONFLICTS, TREE, write_tree(writer, entries))


def remaining_conflicts(
    conflicts: Iterable[MessageConflict], old: Sequence[BlobId], new: Sequence[BlobId]
) -> tuple[MessageConflict, ...]:
    """Return the conflicts that an edited transcript keeps, at their places in it.

    They are the ones that lie wholly in the common beginning or the common end.
    """
    shared = min(len(old), len(new))
    start = next((n for n in range(shared) if old[n] != new[n]), shared)
    end = next((n for n in range(shared - start) if old[-1 - n] != new[-1 - n]), shared - start)
    kept = []
    for conflict in conflicts:
        if conflict.stop <= start:
            kept.append(conflict)
        elif conflict.start >= len(old) - end:
            kept.append(conflict._replace(start=conflict.start + len(new) - len(old)))
    return tuple(kept)


def _start(place: re.Match[str]) -> int:
    return int(place[1]) * 100 + int(place[2])


def _place_name(start: int) -> str:
    return f"{start // 100:04d}-{start % 100:02d}"


def _encode_term(writer: ObjectWriter, number: int, rows: Sequence[BlobId]) -> TreeEntry:
    name = f"{number}{'-' if number % 2 else '+'}"
    if not rows:
        return TreeEntry(name, FILE, writer.add("blob", b""))
    entries = [
        TreeEntry(f"{place:04d}.json", FILE, writer.add("blob", read_blob(writer, blob)))
        for place, blob in enumerate(rows)
    ]
    return TreeEntry(name, TREE, write_tree(writer, entries))


def _decode_terms(reader: ObjectReader, tree: TreeId) -> tuple[tuple[BlobId, ...], ...] | None:
    found: dict[int, tuple[BlobId, ...]] = {}
    for entry in read_tree(reader, tree):
        name = _TERM.fullmatch(entry.name)
        if name is None or (int(name[1]) % 2 == 1) != (name[2] == "-"):
            return None
        rows = _decode_rows(reader, TreeId(entry.id)) if entry.mode == TREE else ()
        if rows is None:
            return None
        found[int(name[1])] = rows
    count = len(found)
    if count < 3 or count % 2 == 0 or sorted(found) != list(range(count)):
        return None
    return tuple(found[number] for number in range(count))


def _decode_rows(reader: ObjectReader, tree: TreeId) -> tuple[BlobId, ...] | None:
    found: dict[int, BlobId] = {}
    for entry in read_tree(reader, tree):
        name = _ROW.fullmatch(entry.name)
        if name is None or entry.mode != FILE:
            return None
        found[int(name[1])] = BlobId(entry.id)
    if sorted(found) != list(range(len(found))):
        return None
    return tuple(found[number] for number in range(len(found)))
