"""The nodes of a fan-out map: the tree that stores one, and the place of a key in it.

    node       a leaf if at most 64 entries are below it, else an inner node
    inner      `0`..`f`    a node: the entries whose next digit of place is that
    leaf       `=<key>`    a value: a gitlink, a blob or a tree
               `!<key>`    a conflict, in place of `=`: a tree

An entry's place is its key where keys are object ids, else the SHA-1 of the key. In a name
every byte of the key outside `[A-Za-z0-9_-]` is `%XX`: git refuses trees that hold `.git`,
`..` and their many disguises. After 40 digits a node is a leaf whatever its size.

Trees may come from untrusted sources: an entry that no writer of this format makes, or one
where a lookup would not find it, is a CorruptObject.

A *slot* is a leaf's tree entry, its name with the sign. Slots are kept under their name
without the sign, so that a value and a conflict of one key replace each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha1
from typing import NamedTuple

from store.errors import CorruptObject
from store.ids import HEX_DIGITS, HEX_LENGTH, NULL_ID, TreeId, is_full_id
from store.objects.objects import ObjectReader, ObjectWriter, read_kind
from store.objects.tree import FILE, GITLINK, TREE, TreeEntry, decode_tree

LEAF_LIMIT = 64
PLACE_LENGTH = HEX_LENGTH

Slots = dict[str, TreeEntry]

_VALUE = "="
_CONFLICT = "!"
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_ESCAPED = [chr(byte) if chr(byte) in _PLAIN else f"%{byte:02X}" for byte in range(256)]
_MODES = frozenset({FILE, GITLINK, TREE})

_CHILD = b"40000 "
_CHILD_SIZE = len(_CHILD) + 1 + 1 + HEX_LENGTH // 2  # digit, NUL, id

_FOREIGN = "it is not part of a fan-out map"


class Entry(NamedTuple):
    """A value: mode and id of a gitlink, blob or tree; a conflict is always a tree."""

    mode: int
    id: str
    conflict: bool = False


class Node(NamedTuple):
    """A tree as read: an inner node's children by digit, or a leaf's slots by name."""

    children: dict[str, TreeId]
    slots: Slots


def read_node(reader: ObjectReader, node_id: TreeId | None, depth: int) -> Node:
    """Read a node; None is an empty leaf.

    Raises:
        CorruptObject: the tree is no node, or an inner one at the last depth.
    """
    if node_id is None:
        return Node({}, {})
    data = read_kind(reader, node_id, "tree")
    if data.startswith(_CHILD) and data[7:8] == b"\0":
        return Node(_decode_inner(data, node_id, depth), {})
    listed = decode_tree(data, node_id)
    slots = {slot.name[1:]: slot for slot in listed}
    if len(slots) != len(listed) or not all(map(_is_slot, listed)):
        raise CorruptObject(node_id, _FOREIGN)
    return Node({}, slots)


def write_inner(writer: ObjectWriter, children: Mapping[str, TreeId]) -> TreeId:
    """Stage an inner node."""
    lines = [
        b"%b%b\0%b" % (_CHILD, digit.encode(), bytes.fromhex(child))
        for digit, child in sorted(children.items())
    ]
    return TreeId(writer.add("tree", b"".join(lines)))


def _decode_inner(data: bytes, node_id: TreeId, depth: int) -> dict[str, TreeId]:
    # Half of a lookup's time is spent here: lines of one length need no search, 8 us not 25.
    children = {}
    for start in range(0, len(data), _CHILD_SIZE):
        digit = data[start + 6 : start + 7].decode("latin-1")
        if (
            digit not in HEX_DIGITS
            or data[start : start + 6] != _CHILD
            or data[start + 7 : start + 8] != b"\0"
        ):
            raise CorruptObject(node_id, _FOREIGN)
        children[digit] = TreeId(data[start + 8 : start + _CHILD_SIZE].hex())
    if depth >= PLACE_LENGTH or len(children) * _CHILD_SIZE != len(data):
        raise CorruptObject(node_id, _FOREIGN)
    return children


def leaves(
    reader: ObjectReader, node_id: TreeId | None, path: str = ""
) -> Iterator[tuple[str, TreeId | None, Slots]]:
    """Yield path, id and slots of every leaf below the node at `path`, sorted by path."""
    stack: list[tuple[str, TreeId | None]] = [(path, node_id)]
    while stack:
        path, node_id = stack.pop()
        node = read_node(reader, node_id, len(path))
        if node.children:
            stack += [(path + d, node.children[d]) for d in sorted(node.children, reverse=True)]
        else:
            yield path, node_id, node.slots


def locate(key: str, hashed: bool) -> tuple[str, str]:
    """Return a key's name in a leaf, without sign, and its place.

    Raises:
        ValueError: a map of this kind cannot hold the key.
    """
    if not hashed:
        if not is_full_id(key):
            raise ValueError(f"the key is not an object id: {ascii(key)}")
        return key, key
    raw = key.encode("utf-8", "surrogateescape")
    if not raw:
        raise ValueError("a key cannot be empty")
    # Escapes that spell valid UTF-8 would be a second text for the same bytes.
    if not key.isascii() and raw.decode("utf-8", "surrogateescape") != key:
        raise ValueError(f"the key is not decoded text: {ascii(key)}")
    name = key if _PLAIN.issuperset(key) else _escape(raw)
    return name, sha1(raw).hexdigest()


def key_at(name: str, path: str, hashed: bool, node_id: TreeId | None) -> str:
    """Return the key that a name encodes in the node `node_id` at `path`.

    Raises:
        CorruptObject: it encodes no key, or a key whose place is elsewhere.
    """
    raw = _decode(name, hashed, node_id)
    if not (sha1(raw).hexdigest() if hashed else name).startswith(path):
        raise CorruptObject(node_id or "", f"the entry {ascii(name)} is in the wrong place")
    return raw.decode("utf-8", "surrogateescape")


def place_of(name: str, hashed: bool, node_id: TreeId | None) -> str:
    """Return the place of the key that a name in the node `node_id` encodes.

    Raises:
        CorruptObject: it encodes no key.
    """
    raw = _decode(name, hashed, node_id)
    return sha1(raw).hexdigest() if hashed else name


def entry_of(slot: TreeEntry) -> Entry:
    """Return the value in a slot."""
    return Entry(slot.mode, slot.id, slot.name[0] == _CONFLICT)


def slot_of(name: str, entry: Entry) -> TreeEntry:
    """Return the slot for a value.

    Raises:
        ValueError: a value that no map can hold.
    """
    mode, object_id, conflict = entry
    if mode not in _MODES or (conflict and mode != TREE):
        raise ValueError(f"a map cannot hold a value of mode {mode:o}")
    check_id(object_id)
    return TreeEntry((_CONFLICT if conflict else _VALUE) + name, mode, object_id)


def check_id(object_id: str) -> None:
    """Refuse a text that is not the id of a stored object.

    Raises:
        ValueError: not a full id, or the null id (the virtual root commit), which fsck
            refuses in a tree.
    """
    if not is_full_id(object_id) or object_id == NULL_ID:
        raise ValueError(f"not the id of a stored object: {ascii(object_id)}")


def _is_slot(slot: TreeEntry) -> bool:
    sign = slot.name[:1]
    if slot.id == NULL_ID:
        return False
    return slot.mode in _MODES if sign == _VALUE else sign == _CONFLICT and slot.mode == TREE


def _decode(name: str, hashed: bool, node_id: TreeId | None) -> bytes:
    if name and hashed and _PLAIN.issuperset(name):
        return name.encode()
    try:
        raw = _unescape(name)
    except ValueError:
        raw = b""
    if not raw or _escape(raw) != name or not (hashed or is_full_id(name)):
        raise CorruptObject(node_id or "", f"the name {ascii(name)} encodes no key")
    return raw


def _escape(raw: bytes) -> str:
    return "".join([_ESCAPED[byte] for byte in raw])


def _unescape(name: str) -> bytes:
    """Decode leniently; the caller checks that the spelling is canonical."""
    first, *rest = name.encode("utf-8", "surrogateescape").split(b"%")
    return first + b"".join([bytes.fromhex(part[:2].decode()) + part[2:] for part in rest])
