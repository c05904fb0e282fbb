"""A persistent map in git trees: an edit writes a few small trees, whatever the size.

One flat tree of names would be written whole at every edit. Here the entries fan out over
nested trees (`fanout_codec` has the format), so an update, a lookup and the difference of two
versions cost O(log n). The shape depends on the content alone: equal maps have equal tree ids,
whatever their history, and equal subtrees are skipped unread. The empty map has no tree.

A value is a gitlink, a blob or a tree. Where sides disagree it is a conflict: a tree of terms,
alternately added and removed, each a gitlink or an empty blob for an absent side:

    conflict   `0+` `1-` `2+` ...
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from store.errors import CorruptObject
from store.ids import EMPTY_TREE, NULL_ID, TreeId
from store.objects.fanout_codec import (
    LEAF_LIMIT,
    PLACE_LENGTH,
    Entry,
    Node,
    Slots,
    check_id,
    entry_of,
    key_at,
    leaves,
    locate,
    place_of,
    read_node,
    slot_of,
    write_inner,
)
from store.objects.objects import ObjectReader, ObjectWriter, blob_id
from store.objects.tree import FILE, GITLINK, TreeEntry, read_tree, write_tree


class FanOutMap:
    """An immutable map from text to `Entry`, at one root.

    With `hashed` a key is any text, but not the empty one, that decoding UTF-8 with surrogate
    escapes can give; without it a full lower-case object id. Any other key is a ValueError.
    The empty tree counts as the empty map. An empty map is false.

    Every method raises CorruptObject, WrongObjectKind or ObjectNotFound where a tree that it
    reads is damaged; an iterator raises when it gets there.
    """

    __slots__ = ("hashed", "reader", "root")

    def __init__(self, reader: ObjectReader, root: TreeId | None, *, hashed: bool) -> None:
        self.reader = reader
        self.root = _root(root)
        self.hashed = hashed

    def get(self, key: str) -> Entry | None:
        """Return the value of `key`; reads one tree a level."""
        name, place = locate(key, self.hashed)
        node = read_node(self.reader, self.root, 0)
        depth = 0
        while node.children:
            child = node.children.get(place[depth])
            depth += 1
            node = read_node(self.reader, child, depth)
        slot = node.slots.get(name)
        return None if slot is None else entry_of(slot)

    def get_many(self, keys: Iterable[str]) -> dict[str, Entry]:
        """Return the values of those of the keys that have one; reads each tree once."""
        found: dict[str, Entry] = {}
        if self.root is None:
            return found
        stack = [(self.root, 0, [(key, *locate(key, self.hashed)) for key in keys])]
        while stack:
            node_id, depth, wanted = stack.pop()
            node = read_node(self.reader, node_id, depth)
            below: dict[str, list[tuple[str, str, str]]] = {}
            for key, name, place in wanted:
                if node.children:
                    below.setdefault(place[depth], []).append((key, name, place))
                elif name in node.slots:
                    found[key] = entry_of(node.slots[name])
            for digit, some in below.items():
                if digit in node.children:
                    stack.append((node.children[digit], depth + 1, some))
        return found

    def items(self) -> Iterator[tuple[str, Entry]]:
        """Yield every key and value, in an order that the content alone decides."""
        for path, node_id, slots in leaves(self.reader, self.root):
            for name, slot in slots.items():
                yield key_at(name, path, self.hashed, node_id), entry_of(slot)

    def __len__(self) -> int:
        """Count the entries; reads the whole map."""
        return sum(len(slots) for _, _, slots in leaves(self.reader, self.root))

    def __bool__(self) -> bool:
        """Tell whether there is any entry; reads nothing."""
        return self.root is not None

    def diff(self, other: TreeId | None) -> Iterator[tuple[str, Entry | None, Entry | None]]:
        """Yield (key, value here, value under `other`) where they differ, each key once.

        Costs O(changes * log n). The order is stable and has no meaning.
        """
        stack = [("", self.root, _root(other))]
        while stack:
            path, old_id, new_id = stack.pop()
            if old_id == new_id:
                continue
            old, new = (read_node(self.reader, one, len(path)) for one in (old_id, new_id))
            if not old.slots and not new.slots:
                digits = sorted({*old.children, *new.children}, reverse=True)
                stack += [(path + d, old.children.get(d), new.children.get(d)) for d in digits]
                continue
            before = self._slots_below(old_id, old, path)
            after = self._slots_below(new_id, new, path)
            for name in {**before, **after}:
                one, two = before.get(name), after.get(name)
                if one != two:
                    key = key_at(name, path, self.hashed, old_id if one else new_id)
                    yield key, one and entry_of(one), two and entry_of(two)

    def _slots_below(self, node_id: TreeId | None, node: Node, path: str) -> Slots:
        """Return the slots to compare with a leaf's: all but 64 of them are changes."""
        if not node.children:
            return node.slots
        slots: Slots = {}
        for _, _, below in leaves(self.reader, node_id, path):
            slots |= below
        return slots

    def update(self, writer: ObjectWriter, edits: Mapping[str, Entry | None]) -> TreeId | None:
        """Return the root of this map with `edits` in it; None as a value removes the key.

        Stages changed nodes only, and nothing where nothing changes. An empty result has no
        root (None). `writer` must be able to read the map. The caller stages the objects
        that the values name.

        Raises:
            ValueError: a key or value that no map can hold; nothing was staged.
        """
        staged: list[_Edit] = []
        for key, entry in edits.items():
            name, place = locate(key, self.hashed)
            staged.append((place, name, None if entry is None else slot_of(name, entry)))
        made = _Update(writer, self.hashed).node(self.root, 0, staged)
        if isinstance(made, dict):
            return write_tree(writer, made.values()) if made else None
        return made


def write_conflict(writer: ObjectWriter, terms: Sequence[str | None]) -> TreeId:
    """Stage a conflict of terms, alternately added and removed; the first and last are added.

    Each term is a commit id, or None for an absent side.

    Raises:
        ValueError: fewer than three terms, an even number, or a term that is no commit.
    """
    if len(terms) < 3 or len(terms) % 2 == 0:
        raise ValueError(f"a conflict cannot have {len(terms)} terms")
    for term in terms:
        if term is not None:
            check_id(term)
    return write_tree(
        writer,
        [
            TreeEntry(_term_name(number), FILE, writer.add("blob", b""))
            if term is None
            else TreeEntry(_term_name(number), GITLINK, term)
            for number, term in enumerate(terms)
        ],
    )


def read_conflict(reader: ObjectReader, tree_id: TreeId) -> tuple[str | None, ...]:
    """Return the terms that `write_conflict` stored, in their order.

    Raises:
        CorruptObject: the tree is no conflict.
    """
    listed = read_tree(reader, tree_id)
    if len(listed) < 3 or len(listed) % 2 == 0:
        raise CorruptObject(tree_id, f"a conflict cannot have {len(listed)} terms")
    entries = {entry.name: entry for entry in listed}
    terms: list[str | None] = []
    for number in range(len(listed)):
        entry = entries.get(_term_name(number))
        if entry is None:
            raise CorruptObject(tree_id, f"the conflict has no term {_term_name(number)}")
        if entry.mode == GITLINK and entry.id != NULL_ID:
            terms.append(entry.id)
        elif entry.mode == FILE and entry.id == blob_id(b""):
            terms.append(None)
        else:
            raise CorruptObject(tree_id, f"term {entry.name} of the conflict is no commit")
    return tuple(terms)


def _term_name(number: int) -> str:
    return f"{number}{'-' if number % 2 else '+'}"


def _root(tree_id: TreeId | None) -> TreeId | None:
    return None if tree_id == EMPTY_TREE else tree_id


_Edit = tuple[str, str, TreeEntry | None]
"""The place of a name, the name, and its new slot; None removes it. Large maps have many."""


class _Update:
    """One update in progress.

    A node that fits into a leaf stays a dict of slots, because its parent may still absorb it.
    An inner node is written at once and known by its id.
    """

    __slots__ = ("_hashed", "_writer")

    def __init__(self, writer: ObjectWriter, hashed: bool) -> None:
        self._writer = writer
        self._hashed = hashed

    def node(self, node_id: TreeId | None, depth: int, edits: list[_Edit]) -> TreeId | Slots | None:
        """Return the node with the edits applied: `node_id` itself if they change nothing."""
        if node_id is None:
            placed = [(place, slot) for place, _, slot in edits if slot is not None]
            return self._spread(placed, depth) if placed else None
        node = read_node(self._writer, node_id, depth)
        if node.children:
            return self._inner(node_id, node, depth, edits)
        slots = dict(node.slots)
        for _, name, slot in edits:
            if slot is None:
                slots.pop(name, None)
            else:
                slots[name] = slot
        if slots == node.slots:
            return node_id
        if len(slots) <= LEAF_LIMIT:
            return slots
        known = {name: place for place, name, _ in edits}
        return self._spread(
            [
                (known.get(name) or place_of(name, self._hashed, node_id), slot)
                for name, slot in slots.items()
            ],
            depth,
        )

    def _inner(
        self, node_id: TreeId | None, node: Node, depth: int, edits: list[_Edit]
    ) -> TreeId | Slots | None:
        groups: dict[str, list[_Edit]] = {}
        for edit in edits:
            groups.setdefault(edit[0][depth], []).append(edit)
        changed: dict[str, TreeId | Slots] = {}
        for digit, group in groups.items():
            before = node.children.get(digit)
            after = self.node(before, depth + 1, group)
            if after is not None and after != before:
                changed[digit] = after
        if not changed:
            return node_id
        kept = {d: child for d, child in node.children.items() if d not in changed}
        if any(slot is None for _, _, slot in edits):
            slots = self._gather(changed, kept, depth)
            if slots is not None:
                return slots
        return self._write_inner({**kept, **changed})

    def _gather(
        self, changed: dict[str, TreeId | Slots], kept: dict[str, TreeId], depth: int
    ) -> Slots | None:
        """Return all slots of an inner node if they fit into one leaf, else None.

        Stops at the first inner child or the first slot too many, so it reads the node's own
        children only, and mostly two or three of them.
        """
        slots: Slots = {}
        for child in changed.values():
            if not isinstance(child, dict):
                return None
            slots |= child
        for child_id in kept.values():
            if len(slots) > LEAF_LIMIT:
                return None
            node = read_node(self._writer, child_id, depth + 1)
            if node.children:
                return None
            slots |= node.slots
        return slots if len(slots) <= LEAF_LIMIT else None

    def _spread(self, placed: list[tuple[str, TreeEntry]], depth: int) -> TreeId | Slots:
        """Return the node at `depth` that holds these slots, each with its place."""
        if len(placed) <= LEAF_LIMIT or depth == PLACE_LENGTH:
            return {slot.name[1:]: slot for _, slot in placed}
        groups: dict[str, list[tuple[str, TreeEntry]]] = {}
        for item in placed:
            groups.setdefault(item[0][depth], []).append(item)
        return self._write_inner({d: self._spread(group, depth + 1) for d, group in groups.items()})

    def _write_inner(self, children: Mapping[str, TreeId | Slots]) -> TreeId:
        written = {}
        for digit, child in children.items():
            if not isinstance(child, dict):
                written[digit] = child
            elif child:
                written[digit] = write_tree(self._writer, child.values())
        return write_inner(self._writer, written)
