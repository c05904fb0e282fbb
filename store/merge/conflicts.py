"""Conversations with conflicts: read from trees as lists of atoms, and written back.

The transcript shows a conflict as the rows of its first term. If these rows are edited, with
any tool, the conflict is resolved and no longer counts.
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


class Flat(NamedTuple):
    """A list of atoms in its stored form: all rows, and the conflicts among them."""

    rows: list[BlobId]
    conflicts: tuple[MessageConflict, ...]


def read_conflicts(
    reader: ObjectReader, tree: TreeId, rows: Sequence[BlobId] | None = None
) -> tuple[MessageConflict, ...]:
    """Return the conflicts in a session's tree, in order; `rows` are its rows, if known.

    Invalid entries, and conflicts whose rows were edited, are skipped.

    Raises:
        InvalidSession: the tree holds no session.
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
    """Stage a session's tree with these conflicts instead of those that it has.

    The first term of each conflict equals the rows from its start on. A conflict that is left
    out is resolved as it is shown.
    """
    found = read_tree(writer, tree)
    entries = [entry for entry in found if entry.name != CONFLICTS]
    entry = encode_conflicts(writer, conflicts)
    if (entry.id if entry else None) == conflicts_in(found):
        return tree
    return write_tree(writer, entries if entry is None else [*entries, entry])


def to_atoms(rows: Sequence[BlobId], conflicts: Sequence[MessageConflict]) -> list[Atom]:
    """Return a transcript as the list of atoms that `three_way` merges."""
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
