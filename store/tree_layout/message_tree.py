"""The messages of the native layout as git trees: groups of a hundred blobs, and their levels.

    group       100644 <2 digits>.json, NUL, 20 bytes       a message
    messages    40000 <4 digits>, NUL, 20 bytes             one of the first hundred groups
                40000 <rows>+, NUL, 20 bytes                a level: all rows from this number on
    level       40000 <2 digits>, NUL, 20 bytes             a part of it

A path is the row's number, two digits a folder:

    messages/0012/37.json                     row 1,237
    messages/10000+/01/23/45.json             row 12,345
    messages/1000000+/01/23/45/67.json        row 1,234,567

All groups and parts but the last are full, so conversations with a common beginning share whole
subtrees, and adding a row writes at most one tree of a hundred entries for each two digits.

Version 1 of the repository has no levels: there all groups are in `messages`, from row 1,000,000
on with more digits, sorted as numbers. Such trees are read, and never written any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha1
from typing import NamedTuple

from store.document.numbers import read_number
from store.errors import CorruptObject
from store.ids import BlobId, TreeId
from store.objects.objects import ObjectReader
from store.objects.tree import TREE, TreeEntry, read_tree

GROUP = 100
FIRST_GROUPS = 100
"""How many groups stand in `messages` itself; the rows after them are in levels."""
LEVELS_VERSION = 2
"""The version of the repository that levels need."""
ROW_HEADS = [b"100644 %02d.json\0" % number for number in range(GROUP)]

_GROUP_HEADS = [b"40000 %04d\0" % number for number in range(FIRST_GROUPS)]
_PART_HEADS = [b"40000 %02d\0" % number for number in range(100)]
_NAMES = tuple(f"{number:02d}.json" for number in range(GROUP))
_PARTS = tuple(f"{number:02d}" for number in range(100))


class Root(NamedTuple):
    """The tree of all messages: its groups, and its levels. Version 1 has all groups here."""

    groups: tuple[TreeId, ...]
    levels: tuple[TreeId, ...] = ()


def encode_group(ids: Sequence[BlobId]) -> bytes:
    """Return the bytes of the tree of up to a hundred messages."""
    return b"".join(map(bytes.__add__, ROW_HEADS, map(bytes.fromhex, ids)))


def encode_parts(parts: Sequence[TreeId], first: int) -> bytes:
    """Return the bytes of the tree of a level, or of a part of one, numbered from `first`."""
    return b"".join(map(bytes.__add__, _PART_HEADS[first:], map(bytes.fromhex, parts)))


def encode_root(root: Root) -> bytes:
    """Return the bytes of the tree of all messages, which has at most a hundred groups."""
    data = b"".join(map(bytes.__add__, _GROUP_HEADS, map(bytes.fromhex, root.groups)))
    # "10000+" comes before "1000000+" in git's order, too.
    parts = (b"40000 %s\0" % _level_name(n).encode() for n in range(1, len(root.levels) + 1))
    return data + b"".join(map(bytes.__add__, parts, map(bytes.fromhex, root.levels)))


def levels_of(groups: int) -> int:
    """Return how many levels a tree of so many groups has."""
    level, first = 0, FIRST_GROUPS
    while groups > first:
        level, first = level + 1, first * 100
    return level


def span(level: int) -> int:
    """Return how many groups a part of a level holds, which is also the level's first group."""
    return int(100**level)


def count_parts(groups: int, start: int, unit: int) -> int:
    """Return in how many parts of `unit` groups the groups from `start` on are, at most 100."""
    return min(100, -((start - groups) // unit))


class MessageTree:
    """One `messages` tree, read node by node, each once."""

    def __init__(
        self,
        reader: ObjectReader,
        tree: TreeId | None,
        rows: int,
        root: Root | None = None,
        parts: Mapping[TreeId, tuple[TreeId, ...]] | None = None,
        ids: Mapping[int, tuple[BlobId, ...]] | None = None,
    ) -> None:
        """Read `tree`, None for no messages, in which `rows` messages are expected.

        A writer passes what it knows: the root, the parts of levels, and the blob ids of some
        groups.
        """
        self.reader = reader
        self.tree = tree
        self.rows = rows
        self._root = root
        self._parts = dict(parts or {})
        self._ids = dict(ids or {})

    @property
    def count(self) -> int:
        """The number of groups."""
        return -(-self.rows // GROUP)

    @property
    def root(self) -> Root:
        """The groups and levels of the tree itself.

        Raises:
            CorruptObject: groups are missing, misnamed, or not as many as the rows need.
        """
        if self._root is None:
            self._root = self._read_root()
        return self._root

    def groups(self) -> list[TreeId]:
        """Return the ids of all groups in order; errors as `root`."""
        return [self.group(number) for number in range(self.count)]

    def group(self, number: int) -> TreeId:
        """Return the id of a group that exists; errors as `root`."""
        groups = self.root.groups
        if number < len(groups):
            return groups[number]
        found = self.part(number, 1)
        assert found is not None
        return found

    def part(self, start: int, unit: int) -> TreeId | None:
        """Return the tree of the groups from `start` on, `unit` of them where it is full.

        `unit` is a power of 100 that divides `start`. None where no tree holds just these:
        past the end, below row 10,000, and where the tree has no levels. Errors as `root`.
        """
        if not FIRST_GROUPS <= start < self.count or not self.root.levels:
            return None
        level = levels_of(start + 1)
        step, first = span(level), 1
        if unit > step:
            return None
        tree = self.root.levels[level - 1]
        while True:
            found = self._parts_of(tree, start - start % (step * 100), step, first)
            tree = found[start // step % 100 - first]
            if step == unit:
                return tree
            step, first = step // 100, 0

    def ids(self, group: int) -> tuple[BlobId, ...]:
        """Return the blob ids of one group.

        Raises:
            CorruptObject: a message is missing, misnamed, or there is one too many.
        """
        found = self._ids.get(group)
        if found is None:
            found = self._ids[group] = self.read_ids(group)
        return found

    def read_ids(self, group: int) -> tuple[BlobId, ...]:
        """Return what `ids` returns, without remembering it."""
        tree = self.group(group)
        first = group * GROUP
        count = min(GROUP, self.rows - first)
        entries = read_tree(self.reader, tree)
        if len(entries) != count or any(
            entry.name != _NAMES[n] or entry.mode == TREE for n, entry in enumerate(entries)
        ):
            raise CorruptObject(tree, _group_fault(entries, first, count))
        return tuple(BlobId(entry.id) for entry in entries)

    def ids_from(self, start: int, stop: int) -> Iterator[BlobId]:
        """Yield the blob ids of messages `start` to `stop`."""
        for group in range(start // GROUP, -(-stop // GROUP)):
            first = group * GROUP
            yield from self.ids(group)[max(start - first, 0) : stop - first]

    def _read_root(self) -> Root:
        entries = () if self.tree is None else read_tree(self.reader, self.tree)
        groups: dict[int, TreeId] = {}
        levels: dict[int, TreeId] = {}
        names = {_level_name(n): n for n in range(1, levels_of(self.count) + 1)}
        for entry in entries:
            if entry.name in names and entry.mode == TREE:
                levels[names[entry.name]] = TreeId(entry.id)
            else:
                groups[_group_number(entry, self.tree or "")] = TreeId(entry.id)
        wanted = FIRST_GROUPS if levels else self.count
        for number in range(max(wanted, len(groups))):
            if number not in groups:
                raise self._missing(self.tree or "", number)
        for level in range(1, len(names) + 1) if levels else ():
            if level not in levels:
                raise self._missing(self.tree or "", span(level))
        if len(groups) > wanted:
            raise self._too_many(self.tree or "")
        found = tuple(groups[number] for number in range(wanted))
        return Root(found, tuple(levels[level] for level in sorted(levels)))

    def _parts_of(self, tree: TreeId, start: int, unit: int, first: int) -> tuple[TreeId, ...]:
        found = self._parts.get(tree)
        if found is None:
            entries = read_tree(self.reader, tree)
            count = count_parts(self.count, start, unit)
            for number, entry in zip(range(first, 100), entries, strict=False):
                if entry.name not in _PARTS or entry.mode != TREE:
                    raise CorruptObject(tree, f"{ascii(entry.name)} is not a group of messages")
                if entry.name != _PARTS[number]:
                    raise self._missing(tree, start + number * unit)
            if len(entries) < count - first:
                raise self._missing(tree, start + (first + len(entries)) * unit)
            if len(entries) > count - first:
                raise self._too_many(tree)
            found = self._parts[tree] = tuple(TreeId(entry.id) for entry in entries)
        return found

    def _missing(self, tree: str, group: int) -> CorruptObject:
        return CorruptObject(tree, f"messages from number {group * GROUP} on are missing")

    def _too_many(self, tree: str) -> CorruptObject:
        reason = f"it holds more messages than the {self.rows} that session.json counts"
        return CorruptObject(tree, reason)


def common_rows(ours: MessageTree, theirs: MessageTree) -> int:
    """Return how many leading messages two trees share, comparing whole subtrees first."""
    shorter = min(ours.rows, theirs.rows)
    if ours.tree == theirs.tree:
        return shorter
    differing = _first_difference(ours, theirs, min(ours.count, theirs.count))
    if differing is None:
        return shorter
    return differing * GROUP + common_ids(ours.ids(differing), theirs.ids(differing))


def _first_difference(ours: MessageTree, theirs: MessageTree, stop: int) -> int | None:
    """Return the first group below `stop` in which two trees differ."""
    place = 0
    while place < stop:
        unit = span(levels_of(place + 1))
        while unit > 1:
            if place % unit == 0:
                mine = ours.part(place, unit)
                if mine is not None and mine == theirs.part(place, unit):
                    break
            unit //= 100
        if unit == 1 and ours.group(place) != theirs.group(place):
            return place
        place += unit
    return None


def common_ids(ours: Sequence[BlobId], theirs: Sequence[BlobId]) -> int:
    """Return how many leading ids are equal."""
    shared = 0
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            break
        shared += 1
    return shared


def digest_chain(
    ids: Iterator[BlobId] | Sequence[BlobId], start: bytes = bytes(20)
) -> Iterator[bytes]:
    """Yield the digest after each message: the SHA-1 of the previous digest and the id."""
    digest = start
    for blob in ids:
        digest = sha1(digest + bytes.fromhex(blob)).digest()
        yield digest


def _level_name(level: int) -> str:
    return f"{GROUP * span(level)}+"


def _group_number(entry: TreeEntry, tree: str) -> int:
    name = entry.name
    number = read_number(name)
    if entry.mode == TREE and number is not None and f"{number:04d}" == name:
        return number
    raise CorruptObject(tree, f"{ascii(name)} is not a group of messages")


def _group_fault(entries: Sequence[TreeEntry], first: int, count: int) -> str:
    names = {entry.name for entry in entries if entry.mode != TREE}
    for number in range(count):
        if _NAMES[number] not in names:
            return f"message {first + number} is missing"
    extra = next((e.name for e in entries if e.name not in _NAMES[:count]), "")
    return f"{ascii(extra)} is not a message that session.json counts"
