"""The messages of the native layout as git trees: groups of a hundred blobs.

`messages/0012/37.json` is message 1237. Groups have four digits, or more when they need them,
and are put in order as numbers: in git's order 10000 comes before 1001. All groups but the
last are full, so conversations that begin alike share them as whole subtrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha1
from typing import overload

from store.document.row_format import Format, name_at
from store.errors import CorruptObject
from store.ids import BlobId, TreeId
from store.objects.objects import ObjectReader, ObjectWriter, hash_object
from store.objects.tree import FILE, TREE, TreeEntry, encode_tree, read_tree
from store.session.message import LazyMessages, Message, Rule, join_ranges, rule_of

GROUP = 100
_FEW = 8

_NAMES = tuple(f"{number:02d}.json" for number in range(GROUP))
_Range = tuple[int, int]


class MessageTree:
    """Reads one `messages` tree group by group, each once."""

    def __init__(self, reader: ObjectReader, tree: TreeId | None, rows: int) -> None:
        """Look at `tree`, None for no messages, which is said to hold `rows` messages."""
        self.reader = reader
        self.tree = tree
        self.rows = rows
        self._groups: list[TreeId] | None = None
        self._ids: dict[int, tuple[BlobId, ...]] = {}

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
    """The first `keep` messages of a tree, and a tail that is not in it."""

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
        """Count them without reading."""
        return self.keep + len(self._tail)

    @overload
    def __getitem__(self, place: int) -> Message: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Message]: ...
    def __getitem__(self, place: int | slice) -> Message | Sequence[Message]:
        """Return a message, or a slice: lazy again where it begins at the first message."""
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
        """Return the blob ids in order; the trees are read, no message is."""
        return [
            *self.source.ids_from(0, self.keep),
            *(message.blob_id for message in self._tail),
        ]

    @property
    def verbatim(self) -> tuple[_Range, ...]:
        """The ranges (start, stop) of verbatim messages."""
        kept = ((a, min(b, self.keep)) for a, b in self._verbatim if a < self.keep)
        tail = ((self.keep + n, self.keep + n + 1) for n, m in enumerate(self._tail) if m.verbatim)
        return join_ranges((*kept, *tail))

    def whole_group(self, group: int) -> TreeId | None:
        """Return the subtree that holds exactly the messages of `group`, if there is one."""
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
) -> TreeId | None:
    """Stage the messages and their trees; None where there are none.

    What `base` holds is taken over. Everything else is added, whether or not the repository
    has it, because it may lie in a pack that is about to be dropped.
    """
    if not rows:
        return None
    entries = []
    few = False
    if isinstance(rows, StoredMessages) and rows.source is base:
        full = base.groups()[: rows.keep // GROUP]
        entries = [TreeEntry(f"{group:04d}", TREE, tree) for group, tree in enumerate(full)]
        few = len(rows) - rows.keep <= _FEW
    known = _Known(base, few)
    for group in range(len(entries), -(-len(rows) // GROUP)):
        whole = rows.whole_group(group) if isinstance(rows, StoredMessages) else None
        if whole is None or whole != known.group(group):
            whole = _write_group(writer, rows, group, known)
        entries.append(TreeEntry(f"{group:04d}", TREE, whole))
    return TreeId(_add_tree(writer, encode_tree(entries), base.tree if base else None))


class _Known:
    """What may be taken over: the objects of the base, looked at only as far as needed."""

    def __init__(self, base: MessageTree | None, few: bool) -> None:
        self._base = base
        self._all: set[str] | None = None
        self._few = few

    def group(self, group: int) -> TreeId | None:
        if self._base is None or group * GROUP >= self._base.rows:
            return None
        return self._base.groups()[group]

    def is_base(self, source: MessageTree) -> bool:
        return source is self._base

    def holds(self, message: Message, group: int, place: int) -> bool:
        if self._base is None:
            return False
        if self.group(group) is not None:
            ids = self._base.ids(group)
            if place < len(ids) and ids[place] == message.blob_id:
                return True
        if not message.is_stored:
            return False  # its bytes are here: cheaper to add than to look for
        if self._all is None:
            if self._few:
                return False  # to add a few costs less than to look through the base
            self._all = set(self._base.ids_from(0, self._base.rows))
        return message.blob_id in self._all


def _write_group(
    writer: ObjectWriter, rows: Sequence[Message], group: int, known: _Known
) -> TreeId:
    first = group * GROUP
    entries = []
    if isinstance(rows, StoredMessages) and known.is_base(rows.source):
        kept = rows.source.ids(group)[: max(rows.keep - first, 0)] if first < rows.keep else ()
        entries = [TreeEntry(_NAMES[place], FILE, blob) for place, blob in enumerate(kept)]
    for place in range(len(entries), min(GROUP, len(rows) - first)):
        message = rows[first + place]
        if not known.holds(message, group, place):
            writer.add("blob", message.raw)
        entries.append(TreeEntry(_NAMES[place], FILE, message.blob_id))
    return TreeId(_add_tree(writer, encode_tree(entries), known.group(group)))


def _add_tree(writer: ObjectWriter, data: bytes, there: TreeId | None) -> str:
    if there is not None and hash_object("tree", data) == there:
        return there
    return writer.add("tree", data)


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
    """Yield the digest of the transcript after each message: SHA-1 of the last and the id."""
    digest = start
    for blob in ids:
        digest = sha1(digest + bytes.fromhex(blob)).digest()
        yield digest


def _group_number(entry: TreeEntry, tree: str) -> int:
    name = entry.name
    if entry.mode == TREE and name.isascii() and name.isdigit() and f"{int(name):04d}" == name:
        return int(name)
    raise CorruptObject(tree, f"{ascii(name)} is no group of messages")


def _group_fault(entries: Sequence[TreeEntry], first: int, count: int) -> str:
    names = {entry.name for entry in entries if entry.mode != TREE}
    for number in range(count):
        if _NAMES[number] not in names:
            return f"message {first + number} is missing"
    extra = next((e.name for e in entries if e.name not in _NAMES[:count]), "")
    return f"{ascii(extra)} is no message that session.json counts"
