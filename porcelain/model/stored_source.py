"""The stored rows of a source: a commit whose tree holds all rows of a file in file order.

The tree is a session in the native layout, whose rows are the same blobs as in the changes. A
row that is stored once for several files is stored as the first of them had it; the folder
`copied` beside the messages says how this file's row differs.

    session.json, messages/0012/37.json     as in every session
    copied/0012                             differences of the rows 1200 to 1299, where there are any

The commit is no change: it has no parent, no change id, and is in no listing. Its
header `UNLISTED` keeps it out of the index.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

from porcelain.model.copied_row import GROUP, CopiedRow, decode_group, encode_group
from store.ids import BlobId, CommitId, TreeId
from store.objects.commit import UNLISTED, Commit, Signature, read_commit, write_commit
from store.objects.objects import ObjectReader, ObjectWriter, hash_object, read_blob
from store.objects.tree import FILE, TREE, TreeEntry, encode_tree, read_tree
from store.session.message import message_ids
from store.session.session import Session
from store.tree_layout.layout import read_session, write_session

COPIED = "copied"
"""The name of the folder of differences."""


class StoredSource(NamedTuple):
    """The rows of a source as stored, and the differences of the file's rows by their number."""

    session: Session
    copied: Mapping[int, CopiedRow]

    def ids(self) -> list[BlobId]:
        """Return the blob id that each row of the file has."""
        ids = message_ids(self.session.messages)
        for row, copied in self.copied.items():
            ids[row] = copied.blob_id
        return ids

    def raw(self, row: int) -> bytes:
        """Return the bytes of a row of the file."""
        stored = self.session.messages[row].raw
        return self.copied[row].raw(stored) if row in self.copied else stored

    def to_bytes(self) -> bytes:
        """Return the file."""
        lines = self.session.parts.lines
        if lines is None or not self.copied:
            return self.session.to_bytes()
        return lines.join([self.raw(row) for row in range(self.session.rows)])


def read_source(reader: ObjectReader, commit_id: CommitId) -> StoredSource:
    """Read the rows of a source; the rows themselves are read on demand.

    Raises:
        ObjectNotFound, CorruptObject, InvalidSession: they cannot be read.
    """
    tree = read_commit(reader, commit_id).tree
    copied: dict[int, CopiedRow] = {}
    for entry in read_tree(reader, tree):
        if entry.name == COPIED and entry.mode == TREE:
            copied = _read_copied(reader, TreeId(entry.id))
    return StoredSource(read_session(reader, tree), copied)


def write_source(
    writer: ObjectWriter, source: StoredSource, by: Signature, base: CommitId | None = None
) -> CommitId:
    """Stage the rows of a source; objects of an earlier version `base` are not written again."""
    old = read_commit(writer, base).tree if base is not None else None
    tree = write_session(writer, source.session, "native", old)
    entries = {entry.name: entry for entry in read_tree(writer, tree)}
    there = {e.name: e for e in read_tree(writer, old)} if old is not None else {}
    if source.copied:
        folder = there.get(COPIED)
        data = _write_copied(writer, source.copied, TreeId(folder.id) if folder else None)
        entries[COPIED] = TreeEntry(COPIED, TREE, data)
        tree = TreeId(writer.add("tree", encode_tree(entries.values())))
    return write_commit(writer, Commit(tree, (), by, by, "rows of an imported file\n", (UNLISTED,)))


def _read_copied(reader: ObjectReader, tree: TreeId) -> dict[int, CopiedRow]:
    found: dict[int, CopiedRow] = {}
    for entry in read_tree(reader, tree):
        if not (entry.name.isascii() and entry.name.isdecimal() and len(entry.name) < GROUP):
            continue
        group = decode_group(read_blob(reader, BlobId(entry.id)), entry.id)
        first = int(entry.name) * GROUP
        found.update({first + place: row for place, row in group.items()})
    return found


def _write_copied(
    writer: ObjectWriter, copied: Mapping[int, CopiedRow], base: TreeId | None
) -> TreeId:
    there = {entry.name: entry.id for entry in read_tree(writer, base)} if base else {}
    entries = []
    for group, rows in groupby(sorted(copied), lambda row: row // GROUP):
        data = encode_group({row % GROUP: copied[row] for row in rows})
        name, blob = f"{group:04d}", hash_object("blob", data)
        if there.get(name) != blob:
            writer.add("blob", data)
        entries.append(TreeEntry(name, FILE, blob))
    return TreeId(writer.add("tree", encode_tree(entries)))
