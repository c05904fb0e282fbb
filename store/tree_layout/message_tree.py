"""The messages of the native layout as git trees: groups of a hundred blobs.

    messages    40000 <4 digits>, NUL, 20 bytes             a group
    group       100644 <2 digits>.json, NUL, 20 bytes       a message

`messages/0012/37.json` is message 1237. Groups have four digits or more and are sorted as
numbers: in git's order 10000 comes before 1001. All groups but the last are full, so
conversations with a common beginning share whole subtrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha1
from typing import overload

from store.document.row_format import Format, name_at
from store.errors import CorruptObject
from store.ids import BlobId, TreeId
from store.numbers import read_number
from store.objects.objects import ObjectReader, ObjectWriter, hash_object
from store.objects.tree import TREE, TreeEntry, encode_tree, read_tree
from store.session.message import LazyMessages, Message, Rule, join_ranges, rule_of

GROUP = 100
MOST_GROUPS = 10_000
"""From this number of groups on, git's order differs from the order of the numbers."""
ROW_HEADS = [b"100644 %02d.json\0" % number for number in range(GROUP)]

_FEW = 8
_NAMES = tuple(f"{number:02d}.json" for number in range(GROUP))
_Range = tuple[int, int]


def encode_group(ids: Sequence[BlobId]) -> bytes:
    """Return the bytes of the tree of up to a hundred messages."""
    return b"".join(map(bytes.__add__, ROW_HEADS, map(bytes.fromhex, ids)))


@cache
def _group_heads() -> tuple[bytes, ...]:
    return tuple(b"40000 %04d\0" % number for number in range(MOST_GROUPS))


def encode_groups(groups: Sequence[TreeId]) -> bytes:
    """Return the bytes of the tree of these groups."""
    if len(groups) < MOST_GROUPS:
        return b"".join(map(bytes.__add__, _group_heads(), map(bytes.fromhex, groups)))
    return encode_tree(TreeEntry(f"{n:04d}", TREE, group) for n, group in enumerate(groups))


class MessageTree:
    """One `messages` tree, read group by group, each once."""

    def __init__(
        self,
        reader: ObjectReader,
        tree: TreeId | None,
        rows: int,
        groups: list[TreeId] | None = None,
        ids: dict[int, tuple[BlobId, ...]] | None = None,
    ) -> None:
        """Read `tree`, None for no messages, in which `rows` messages are expected.

        A writer passes what it knows: the groups, and the blob ids of some of them.
        """
        self.reader = reader
        self.tree = tree
        self.rows = rows
        self._groups = groups
        self._ids = ids or {}

    def groups(self) -> list[TreeId]:
        """Return the ids of the groups in order.

        Raises:
            CorruptObject: groups are missing, misnamed, or not as many as the rows need.
        """
        if self._groups is None:
            entries = () if self.tree is None else read_tree(self.reader, self.tree)
            found = {_group_number(entry, self.tree or ""): entry.id for entry in entries}
            wanted = -(-self.rows // GROUP)
            for number in range(max(wanted, len(found))):
                if number not in found:
                    reason = f"messages from number {number * GROUP} on are missing"
                    raise CorruptObject(self.tree or "", reason)
            if len(found) > wanted:
                reason = f"it holds more messages than the {self.rows} that session.json counts"
                raise CorruptObject(self.tree or "", reason)
            self._groups = [TreeId(found[number]) for number in range(len(found))]
        return self._groups

    def ids(self, group: int) -> tuple[BlobId, ...]:
        """Return the blob ids of one group.

        Raises:
            CorruptObject: a message is missing, misnamed, or there is one too many.
        """
        found = self._ids.get(group)
        if found is None:
            tree = self.groups()[group]
            first = group * GROUP
            count = min(GROUP, self.rows - first)
            entries = read_tree(self.reader, tree)
            found = tuple(BlobId(entry.id) for entry in entries)
            if len(entries) != count or any(
                entry.name != _NAMES[n] or entry.mode == TREE for n, entry in enumerate(entries)
            ):
                raise CorruptObject(tree, _group_fault(entries, first, count))
            self._ids[group] = found
        return found

    def ids_from(self, start: int, stop: int) -> Iterator[BlobId]:
        """Yield the blob ids of messages `start` to `stop`."""
        for group in range(start // GROUP, -(-stop // GROUP)):
            first = group * GROUP
            yield from self.ids(group)[max(start - first, 0) : stop - first]


class StoredMessages(LazyMessages):
    """The first `keep` messages of a tree, followed by a tail that is not in it."""

    def __init__(
        self,
        source: MessageTree,
        keep: int,
        names: Format,
        lines: bool,
        verbatim: tuple[_Range, ...],
        tail: tuple[Message, ...] = (),
    ) -> None:
        """`names` are the formats and `verbatim` the verbatim ranges of the tree's messages."""
        self.source = source
        self.keep = keep
        self._tail = tail
        self._names = names
        self._lines = lines
        self._verbatim = verbatim
        self._made: dict[int, Message] = {}
        self._rule: Rule = rule_of(names, lines) if isinstance(names, str) else ""
        self.rule = self._rule

    def __len__(self) -> int:
        return self.keep + len(self._tail)

    @overload
    def __getitem__(self, place: int) -> Message: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Message]: ...
    def __getitem__(self, place: int | slice) -> Message | Sequence[Message]:
        """Return a message, or a slice: a lazy one where it begins at the first message."""
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if start == 0 and step == 1:
                return self._cut(stop)
            return tuple(self[number] for number in range(start, stop, step))
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(place)
        return self._tail[number - self.keep] if number >= self.keep else self._stored(number)

    def plus(self, tail: tuple[Message, ...], rule: Rule) -> StoredMessages:
        """Return these messages followed by others."""
        made = self._like(self.keep, (*self._tail, *tail))
        made.rule = self.rule if not tail or rule == self.rule else ""
        return made

    def ids(self) -> list[BlobId]:
        """Return the blob ids in order; reads the trees, but no message."""
        return [*self.source.ids_from(0, self.keep), *(message.blob_id for message in self._tail)]

    @property
    def verbatim(self) -> tuple[_Range, ...]:
        """The ranges (start, stop) of verbatim messages."""
        kept = ((a, min(b, self.keep)) for a, b in self._verbatim if a < self.keep)
        tail = ((self.keep + n, self.keep + n + 1) for n, m in enumerate(self._tail) if m.verbatim)
        return join_ranges((*kept, *tail))

    def whole_group(self, group: int) -> TreeId | None:
        """Return the subtree that holds exactly the messages of `group`, if it exists."""
        stop = min((group + 1) * GROUP, len(self))
        if stop > self.keep or stop < min((group + 1) * GROUP, self.source.rows):
            return None
        return self.source.groups()[group]

    def _cut(self, stop: int) -> StoredMessages:
        stop = max(stop, 0)
        made = self._like(min(stop, self.keep), self._tail[: max(stop - self.keep, 0)])
        made.rule = self.rule
        return made

    def _like(self, keep: int, tail: tuple[Message, ...]) -> StoredMessages:
        made = StoredMessages(self.source, keep, self._names, self._lines, self._verbatim, tail)
        made._made = self._made
        return made

    def _stored(self, number: int) -> Message:
        made = self._made.get(number)
        if made is None:
            blob = self.source.ids(number // GROUP)[number % GROUP]
            rule = self._rule or rule_of(name_at(self._names, number), self._lines)
            verbatim = self._verbatim and any(a <= number < b for a, b in self._verbatim)
            made = Message.stored(self.source.reader, blob, number, rule, bool(verbatim))
            self._made[number] = made
        return made


def write_messages(
    writer: ObjectWriter, rows: Sequence[Message], base: MessageTree | None
) -> MessageTree:
    """Stage the messages and their trees, and return the tree of them all.

    Objects of `base` are reused. Every other object is added, even where the repository has
    it, because it may be in a pack that is about to be dropped.
    """
    return _TreeWriter(writer, rows, base or MessageTree(writer, None, 0)).write()


class _TreeWriter:
    """Writes one tree of messages, and reads of the base no more than it needs."""

    def __init__(self, writer: ObjectWriter, rows: Sequence[Message], base: MessageTree) -> None:
        self._writer = writer
        self._rows = rows
        self._base = base
        self._kept = rows.keep if isinstance(rows, StoredMessages) and rows.source is base else 0
        self._few = self._kept > 0 and len(rows) - self._kept <= _FEW
        self._known: set[str] | None = None

    def write(self) -> MessageTree:
        count = len(self._rows)
        if not count:
            return MessageTree(self._base.reader, None, 0)
        groups = self._base.groups()[: self._kept // GROUP]
        last: dict[int, tuple[BlobId, ...]] = {}
        for group in range(len(groups), -(-count // GROUP)):
            same = self._rows.whole_group(group) if isinstance(self._rows, StoredMessages) else None
            if same is None or same != self._base_group(group):
                last = {group: self._add_rows(group)}
                same = self._add_tree(encode_group(last[group]), self._base_group(group))
            groups.append(same)
        tree = self._add_tree(encode_groups(groups), self._base.tree)
        return MessageTree(self._base.reader, tree, count, groups, last)

    def _add_rows(self, group: int) -> tuple[BlobId, ...]:
        first = group * GROUP
        kept = max(self._kept - first, 0)
        ids = list(self._base.ids(group)[:kept]) if kept else []
        for place in range(len(ids), min(GROUP, len(self._rows) - first)):
            message = self._rows[first + place]
            if not self._is_known(message, group, place):
                self._writer.add("blob", message.raw)
            ids.append(message.blob_id)
        return tuple(ids)

    def _is_known(self, message: Message, group: int, place: int) -> bool:
        if self._base_group(group) is not None:
            ids = self._base.ids(group)
            if place < len(ids) and ids[place] == message.blob_id:
                return True
        if not message.is_stored:
            return False  # the bytes are here: adding is cheaper than a search
        if self._known is None:
            if self._few:
                return False  # adding a few is cheaper than reading the whole base
            self._known = set(self._base.ids_from(0, self._base.rows))
        return message.blob_id in self._known

    def _base_group(self, group: int) -> TreeId | None:
        return self._base.groups()[group] if group * GROUP < self._base.rows else None

    def _add_tree(self, data: bytes, there: TreeId | None) -> TreeId:
        if there is not None and hash_object("tree", data) == there:
            return there
        return TreeId(self._writer.add("tree", data))


def common_rows(ours: MessageTree, theirs: MessageTree) -> int:
    """Return how many leading messages two trees share, comparing whole groups first."""
    if ours.tree == theirs.tree:
        return min(ours.rows, theirs.rows)
    group = 0
    for mine, other in zip(ours.groups(), theirs.groups(), strict=False):
        if mine != other:
            return group * GROUP + common_ids(ours.ids(group), theirs.ids(group))
        group += 1
    return min(ours.rows, theirs.rows, group * GROUP)


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
