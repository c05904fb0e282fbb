"""Conversations with conflicts in them: from trees to lists of atoms, and back.

A conflict stands in the transcript as its first term. It counts only as long as the rows there
are those: whoever edited them, with whatever tool, has resolved it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from store.ids import EMPTY_TREE, BlobId, TreeId
from store.merge.conflict_terms import Atom, Conflict
from store.objects.objects import ObjectReader, ObjectWriter
from store.objects.tree import read_tree, write_tree
from store.tree_layout.conflict_tree import (
    CONFLICTS,
    MessageConflict,
    conflicts_in,
    decode_conflicts,
    encode_conflicts,
)
from store.tree_layout.layout import message_ids

__all__ = ["Flat", "MessageConflict", "flatten", "read_conflicts", "to_atoms", "with_conflicts"]


class Flat(NamedTuple):
    """A list of atoms as it is stored: every row, and the conflicts among them."""

    rows: list[BlobId]
    conflicts: tuple[MessageConflict, ...]


def read_conflicts(
    reader: ObjectReader, tree: TreeId, rows: Sequence[BlobId] | None = None
) -> tuple[MessageConflict, ...]:
    """Return the conflicts in a session's tree, in order; `rows` are its rows, where known.

    Entries that are none, and conflicts whose rows were edited, are passed over.

    Raises:
        InvalidSession: there is no session in the tree.
        ObjectNotFound, CorruptObject: objects of it are missing or contradict each other.
    """
    found = conflicts_in(read_tree(reader, tree)) if tree != EMPTY_TREE else None
    conflicts = decode_conflicts(reader, found) if found is not None else ()
    if not conflicts:
        return ()
    ids = message_ids(reader, tree) if rows is None else rows
    return tuple(
        conflict
        for conflict in conflicts
        if conflict.start <= len(ids)
        and tuple(ids[conflict.start : conflict.stop]) == conflict.terms[0]
    )


def with_conflicts(
    writer: ObjectWriter, tree: TreeId, conflicts: Sequence[MessageConflict]
) -> TreeId:
    """Stage a session's tree with these conflicts in place of those that it has.

    The first term of each is what the rows from its start are. Resolving one as it is shown is
    leaving it out.
    """
    entries = [entry for entry in read_tree(writer, tree) if entry.name != CONFLICTS]
    entry = encode_conflicts(writer, conflicts)
    before = conflicts_in(read_tree(writer, tree))
    if (entry.id if entry else None) == before:
        return tree
    return write_tree(writer, entries if entry is None else [*entries, entry])


def to_atoms(rows: Sequence[BlobId], conflicts: Sequence[MessageConflict]) -> list[Atom]:
    """Return a transcript as the list that `message_merge` works on."""
    atoms: list[Atom] = []
    place = 0
    for conflict in conflicts:
        atoms += rows[place : conflict.start]
        atoms.append(Conflict(conflict.terms))
        place = conflict.stop
    return [*atoms, *rows[place:]]


def flatten(atoms: Sequence[Atom]) -> Flat:
    """Return the rows that a list of atoms shows, and its conflicts."""
    rows: list[BlobId] = []
    conflicts = []
    for atom in atoms:
        if isinstance(atom, Conflict):
            terms = tuple(tuple(BlobId(str(one)) for one in term) for term in atom.terms)
            conflicts.append(MessageConflict(len(rows), terms))
            rows += terms[0]
        else:
            rows.append(BlobId(str(atom)))
    return Flat(rows, tuple(conflicts))
