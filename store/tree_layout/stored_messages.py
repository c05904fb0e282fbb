"""The messages of a stored session: read when they are asked for, and written as trees.

Only what differs from the tree that they were read from is written again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from store.document.row_format import Format, name_at
from store.errors import InvalidSession
from store.ids import BlobId, TreeId
from store.objects.objects import ObjectWriter, hash_object
from store.session.message import LazyMessages, Message, Rule, join_ranges, rule_of
from store.tree_layout.message_tree import (
    FIRST_GROUPS,
    GROUP,
    LEVELS_VERSION,
    MessageTree,
    Root,
    count_parts,
    encode_group,
    encode_parts,
    encode_root,
    levels_of,
    span,
)

_FEW = 8
_Range = tuple[int, int]


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

    def one_by_one(self, start: int) -> Iterator[Message]:
        """Yield the messages from `start` on; none is remembered."""
        for first in range(start - start % GROUP, self.keep, GROUP):
            ids = self.source.read_ids(first // GROUP)
            for number in range(max(start, first), min(first + GROUP, self.keep)):
                yield self._make(number, ids[number - first])
        yield from self._tail[max(start - self.keep, 0) :]

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
        return self.source.group(group)

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
            made = self._made[number] = self._make(number, blob)
        return made

    def _make(self, number: int, blob: BlobId) -> Message:
        rule = self._rule or rule_of(name_at(self._names, number), self._lines)
        verbatim = self._verbatim and any(a <= number < b for a, b in self._verbatim)
        return Message.stored(self.source.reader, blob, number, rule, bool(verbatim))


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
        self._made: dict[TreeId, tuple[TreeId, ...]] = {}
        self._last: dict[int, tuple[BlobId, ...]] = {}

    def write(self) -> MessageTree:
        count = len(self._rows)
        if not count:
            return MessageTree(self._base.reader, None, 0)
        total = -(-count // GROUP)
        kept = self._kept // GROUP
        first = self._base.root.groups[: min(kept, FIRST_GROUPS)] if kept else ()
        first += tuple(self._group(n) for n in range(len(first), min(total, FIRST_GROUPS)))
        levels = range(1, levels_of(total) + 1)
        root = Root(first, tuple(self._parts(total, 0, span(level), 1) for level in levels))
        if root.levels:
            self._writer.needs_version(LEVELS_VERSION)
        tree = self._add_tree(encode_root(root), self._base.tree)
        return MessageTree(self._base.reader, tree, count, root, self._made, self._last)

    def _parts(self, total: int, start: int, unit: int, first: int) -> TreeId:
        """Write the tree of the parts of `unit` groups from `start` on, `total` groups in all."""
        kept = self._kept // GROUP
        found = []
        for number in range(first, count_parts(total, start, unit)):
            place = start + number * unit
            whole = self._base.part(place, unit) if place + unit <= kept else None
            if whole is None and unit == 1:
                whole = self._group(place)
            found.append(whole or self._parts(total, place, unit // 100, 0))
        if first:
            level = levels_of(unit) + 1
            there = next(iter(self._base.root.levels[level - 1 : level]), None)
        else:
            there = self._base.part(start, unit * 100)
        tree = self._add_tree(encode_parts(found, first), there)
        self._made[tree] = tuple(found)
        return tree

    def _group(self, group: int) -> TreeId:
        """Return the tree of a group, written unless the base has the same."""
        there = self._base_group(group)
        if there is not None and (group + 1) * GROUP <= self._kept:
            return there
        same = self._rows.whole_group(group) if isinstance(self._rows, StoredMessages) else None
        if same is None or same != there:
            ids = self._add_rows(group)
            self._last = {group: ids}
            same = self._add_tree(encode_group(ids), there)
        return same

    def _add_rows(self, group: int) -> tuple[BlobId, ...]:
        first = group * GROUP
        kept = max(self._kept - first, 0)
        there = () if self._base_group(group) is None else self._base.ids(group)
        ids = list(there[:kept])
        for place in range(len(ids), min(GROUP, len(self._rows) - first)):
            message = self._rows[first + place]
            blob = message.blob_id
            # The bytes of a row of a large file are read here, the second time.
            if (
                not self._writer.holds(blob)
                and not self._is_known(message, there[place : place + 1])
                and self._writer.add("blob", message.raw) != blob
            ):
                raise InvalidSession("a row changed while it was read; import the file again")
            ids.append(blob)
        return tuple(ids)

    def _is_known(self, message: Message, there: Sequence[BlobId]) -> bool:
        if message.blob_id in there:
            return True
        if not message.is_stored:
            return False  # the bytes are here: adding is cheaper than a search
        if self._known is None:
            if self._few:
                return False  # adding a few is cheaper than reading the whole base
            self._known = set(self._base.ids_from(0, self._base.rows))
        return message.blob_id in self._known

    def _base_group(self, group: int) -> TreeId | None:
        return self._base.group(group) if group * GROUP < self._base.rows else None

    def _add_tree(self, data: bytes, there: TreeId | None) -> TreeId:
        if there is not None and hash_object("tree", data) == there:
            return there
        return TreeId(self._writer.add("tree", data))
