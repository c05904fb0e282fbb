"""Trees: git's folders, as sorted tuples of entries.

Names are text; bytes that are not UTF-8 become surrogate escapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from store.errors import CorruptObject
from store.ids import TreeId
from store.objects.objects import ObjectReader, ObjectWriter, read_kind

FILE = 0o100644
EXECUTABLE = 0o100755
LINK = 0o120000
TREE = 0o040000
GITLINK = 0o160000

_MODES = {b"100644": FILE, b"40000": TREE, b"160000": GITLINK}


class TreeEntry(NamedTuple):
    """One line of a tree: mode as git's octal number, id as hex."""

    name: str
    mode: int
    id: str


def decode_tree(data: bytes, tree_id: str = "") -> tuple[TreeEntry, ...]:
    """Parse a tree object's bytes, keeping their order.

    Raises:
        CorruptObject: the bytes are not a tree.
    """
    entries = []
    place, size = 0, len(data)
    while place < size:
        space = data.find(b" ", place)
        end = data.find(b"\0", space)
        if space < 0 or end < 0 or end + 21 > size:
            raise CorruptObject(tree_id, "a tree entry is cut short")
        raw = data[place:space]
        mode = _MODES.get(raw) or _rare_mode(raw)
        if not mode or end == space + 1:
            raise CorruptObject(tree_id, "a tree entry has no mode or no name")
        name = data[space + 1 : end].decode("utf-8", "surrogateescape")
        entries.append(TreeEntry(name, mode, data[end + 1 : end + 21].hex()))
        place = end + 21
    return tuple(entries)


def _rare_mode(raw: bytes) -> int:
    # int() alone would accept signs, blanks and underscores as well.
    return int(raw, 8) if raw and not raw.strip(b"01234567") else 0


def encode_tree(entries: Iterable[TreeEntry]) -> bytes:
    """Return the bytes of a tree with these entries, sorted as git sorts them."""
    lines = []
    for name, mode, object_id in entries:
        raw = name.encode("utf-8", "surrogateescape")
        key = raw + b"/" if mode == TREE else raw
        lines.append((key, b"%o %s\0%s" % (mode, raw, bytes.fromhex(object_id))))
    lines.sort()
    return b"".join(line for _, line in lines)


def read_tree(reader: ObjectReader, tree_id: TreeId) -> tuple[TreeEntry, ...]:
    """Return a tree's entries in git's order."""
    return decode_tree(read_kind(reader, tree_id, "tree"), tree_id)


def write_tree(writer: ObjectWriter, entries: Iterable[TreeEntry]) -> TreeId:
    """Stage a tree; the entries may come in any order."""
    return TreeId(writer.add("tree", encode_tree(entries)))


def find_entry(reader: ObjectReader, tree_id: TreeId, name: str) -> TreeEntry | None:
    """Return the entry called `name`, or None."""
    for entry in read_tree(reader, tree_id):
        if entry.name == name:
            return entry
    return None
