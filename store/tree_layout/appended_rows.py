"""The rows that one native tree adds to another, read from the bytes of the trees.

Building the index needs them for every commit. All entries of a group have the same length
(`message_tree` has the format), so a longer conversation begins with its parent's bytes. Those
with levels are compared as `message_tree` does it. Trees of any other form are left to `layout`,
which reports their faults.
"""

from __future__ import annotations

from store.document.pawan_schema import MESSAGES
from store.errors import CorruptObject
from store.ids import BlobId, TreeId
from store.objects.objects import ObjectReader, read_kind
from store.objects.tree import TREE, TreeEntry, find_entry
from store.tree_layout.message_tree import (
    FIRST_GROUPS,
    GROUP,
    ROW_HEADS,
    MessageTree,
    common_rows,
    digest_chain,
)

_MOST_MET = 512
_MOST_LONG = 8
_GROUP_SIZE = len(b"40000 0000\0") + 20
_ROW_SIZE = len(ROW_HEADS[0]) + 20


class RowGrowth:
    """Compares trees of one reader, and remembers the groups of those that it read last."""

    def __init__(self, reader: ObjectReader) -> None:
        self._reader = reader
        self._met: dict[TreeId, bytes | None] = {}
        self._long: dict[TreeId, MessageTree] = {}
        self._whole: dict[tuple[str, int], bytes | None] = {}

    def digest(self, messages: TreeEntry, rows: int) -> bytes | None:
        """Return the digest of a whole transcript, given the tree of its messages.

        None where the tree is not of the usual form.

        Raises:
            ObjectNotFound, WrongObjectKind, CorruptObject
        """
        key = (messages.id, rows)
        if key not in self._whole:
            if len(self._whole) >= _MOST_MET:
                self._whole.clear()
            groups = _checked_groups(self._reader, messages, rows, b"")
            ids = None if groups is None else self._rows(b"", groups, (0, rows))
            self._whole[key] = None if ids is None else [bytes(20), *digest_chain(ids)][-1]
        return self._whole[key]

    def added(
        self,
        before: TreeId | None,
        after: TreeId,
        rows: tuple[int, int],
        messages: TreeEntry | None = None,
    ) -> list[BlobId] | None:
        """Return the blobs of the rows that `after` adds to `before`, of which None has none.

        `rows` are the numbers of rows of both, `messages` is the entry in `after` if it was read. The result is None where `before` is not the
        beginning of `after`, or where a tree has another layout.

        Raises:
            ObjectNotFound, WrongObjectKind, CorruptObject
        """
        start, stop = rows
        if stop > FIRST_GROUPS * GROUP:
            return self._added_to_long(before, after, rows)
        old = self._groups(before, start) if before is not None else b""
        kept = (old or b"")[: start // GROUP * _GROUP_SIZE]
        new = self._groups(after, stop, kept, messages)
        if old is None or new is None or not new.startswith(kept):
            return None
        return self._rows(old, new, rows)

    def _rows(self, old: bytes, new: bytes, rows: tuple[int, int]) -> list[BlobId] | None:
        start, stop = rows
        full = start // GROUP
        found: list[BlobId] = []
        for number in range(full, len(new) // _GROUP_SIZE):
            data = read_kind(self._reader, _group(new, number), "tree")
            first = number * GROUP
            if number == full and start % GROUP:
                beginning = read_kind(self._reader, _group(old, number), "tree")
                if len(beginning) != start % GROUP * _ROW_SIZE or not data.startswith(beginning):
                    return None
            if len(data) != min(GROUP, stop - first) * _ROW_SIZE:
                return None
            for place in range(max(start - first, 0), len(data) // _ROW_SIZE):
                end = (place + 1) * _ROW_SIZE
                if data[end - _ROW_SIZE : end - 20] != ROW_HEADS[place]:
                    return None
                found.append(BlobId(data[end - 20 : end].hex()))
        return found

    def _added_to_long(
        self, before: TreeId | None, after: TreeId, rows: tuple[int, int]
    ) -> list[BlobId] | None:
        start, stop = rows
        new = self._long_tree(after, stop)
        old = self._long_tree(before, start) if before is not None else None
        if new is None or (old is None and start):
            return None
        try:
            if old is not None and common_rows(old, new) < start:
                return None
            return list(new.ids_from(start, stop))
        except CorruptObject:
            return None

    def _long_tree(self, tree: TreeId, rows: int) -> MessageTree | None:
        """Return the messages of a session's tree; None where it has none."""
        found = self._long.pop(tree, None)
        if found is None:
            entry = find_entry(self._reader, tree, MESSAGES)
            if entry is None or entry.mode != TREE:
                return None
            found = MessageTree(self._reader, TreeId(entry.id), rows)
        while len(self._long) >= _MOST_LONG:
            del self._long[next(iter(self._long))]
        self._long[tree] = found
        return found

    def _groups(
        self, tree: TreeId, rows: int, known: bytes = b"", entry: TreeEntry | None = None
    ) -> bytes | None:
        """Return the bytes of the tree of a native tree's groups; None for any other tree.

        `known` are checked bytes with which it may begin.
        """
        if tree not in self._met:
            if len(self._met) >= _MOST_MET:
                self._met.clear()
            entry = entry or find_entry(self._reader, tree, MESSAGES)
            self._met[tree] = entry and _checked_groups(self._reader, entry, rows, known)
        return self._met[tree]


def _group(data: bytes, number: int) -> TreeId:
    """Return the id of a group, given the bytes of the tree of all."""
    end = (number + 1) * _GROUP_SIZE
    return TreeId(data[end - 20 : end].hex())


def _checked_groups(
    reader: ObjectReader, entry: TreeEntry, rows: int, known: bytes
) -> bytes | None:
    count = -(-rows // GROUP)
    if entry.mode != TREE or not 0 < count <= FIRST_GROUPS:
        return None
    data = read_kind(reader, TreeId(entry.id), "tree")
    if len(data) != count * _GROUP_SIZE:
        return None
    for number in range(len(known) // _GROUP_SIZE if data.startswith(known) else 0, count):
        end = (number + 1) * _GROUP_SIZE
        if data[end - _GROUP_SIZE : end - 20] != b"40000 %04d\0" % number:
            return None
    return data
