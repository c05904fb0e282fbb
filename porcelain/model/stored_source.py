"""The stored rows of a source: a commit whose tree holds all rows of a file in file order.

The tree is a session in the native layout, whose rows are the same blobs as in the changes. A
row that is stored once for several files is stored as the first of them had it; the folder
`copied` beside the messages says how this file's row differs.

    session.json, messages/0012/37.json     as in every session
    copied/0012                             differences of the rows 1200 to 1299, where there are any
    beside/names, beside/0000               the other files of a folder that is one conversation

The tree of a file with several conversations has those of its parts, in the order of the file:

    container.json                          the text between them: `first`, `between`, `last`, `odd`
    parts/0012/37                           part 1,237: the tree of a conversation as above, or the
                                            bytes of a document that is none

`beside/names` is a JSON list: the name of the file that has the rows, then those of the others,
whose bytes are `beside/0000`, `beside/0001` and so on.

The commit is no change: it has no parent, no change id, and is in no listing. Its
header `UNLISTED` keeps it out of the index.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from porcelain.model.copied_row import GROUP, CopiedRow, decode_group, encode_group
from store.document.separators import Separators
from store.errors import CorruptObject
from store.ids import BlobId, CommitId, TreeId
from store.objects.commit import UNLISTED, Commit, Signature, read_commit, write_commit
from store.objects.objects import ObjectReader, ObjectWriter, hash_object, read_blob
from store.objects.tree import FILE, TREE, TreeEntry, encode_tree, read_tree
from store.session.message import message_ids
from store.session.session import Session
from store.tree_layout.layout import read_session, write_session

COPIED = "copied"
"""The name of the folder of differences."""

BESIDE = "beside"
"""The name of the folder with the other files of a folder that is one conversation."""

CONTAINER_FILE = "container.json"
"""The name of the text between the parts of a file with several conversations."""

PARTS = "parts"
"""The name of the folder of these parts."""

_NAMES = "names"


class Beside(NamedTuple):
    """A folder that is one conversation: the file that has the rows, and blob ids of the others."""

    name: str
    files: Mapping[str, BlobId]

    @classmethod
    def stage(cls, writer: ObjectWriter, name: str, files: Mapping[str, bytes]) -> Beside:
        """Stage the bytes of the other files."""
        return cls(name, {one: BlobId(writer.add("blob", data)) for one, data in files.items()})


class StoredSource(NamedTuple):
    """The rows of a source as stored, and the differences of the file's rows by their number.

    `beside` has the other files of a folder, None for a plain file.
    """

    session: Session
    copied: Mapping[int, CopiedRow]
    beside: Beside | None = None

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


class StoredContainer(NamedTuple):
    """A file with several conversations: its parts as entries of trees, and the text between.

    A part is the tree of a conversation, or a blob with a document that is none.
    """

    parts: Sequence[TreeEntry]
    separators: Separators

    @classmethod
    def read(cls, reader: ObjectReader, tree: TreeId) -> StoredContainer | None:
        """Read the parts of a file; None if the tree is that of one conversation.

        Raises:
            ObjectNotFound, CorruptObject: it cannot be read.
        """
        entries = {entry.name: entry.id for entry in read_tree(reader, tree)}
        if CONTAINER_FILE not in entries or PARTS not in entries:
            return None
        named = BlobId(entries[CONTAINER_FILE])
        try:
            said = json.loads(read_blob(reader, named))
            odd = tuple((int(place), str(text)) for place, text in said.pop("odd", {}).items())
            separators = Separators(**{key: str(text) for key, text in said.items()}, odd=odd)
        except (ValueError, TypeError, AttributeError):
            raise CorruptObject(named, f"{CONTAINER_FILE} is malformed") from None
        found = read_tree(reader, TreeId(entries[PARTS]))
        groups = sorted(found, key=lambda entry: (len(entry.name), entry.name))
        parts = [part for group in groups for part in read_tree(reader, TreeId(group.id))]
        return cls(parts, separators)

    def write(self, writer: ObjectWriter) -> TreeId:
        """Stage the tree; the objects of the parts are staged already."""
        said = self.separators._asdict()
        said["odd"] = {str(place): text for place, text in self.separators.odd}
        data = json.dumps(said, separators=(",", ":")).encode()
        groups = []
        for first in range(0, len(self.parts), GROUP):
            some = self.parts[first : first + GROUP]
            named = (one._replace(name=f"{place:02d}") for place, one in enumerate(some))
            group = writer.add("tree", encode_tree(named))
            groups.append(TreeEntry(_number(first // GROUP), TREE, group))
        entries = [
            TreeEntry(CONTAINER_FILE, FILE, writer.add("blob", data)),
            TreeEntry(PARTS, TREE, writer.add("tree", encode_tree(groups))),
        ]
        return TreeId(writer.add("tree", encode_tree(entries)))

    def conversations(self) -> Iterator[TreeId]:
        """Yield the trees of the conversations."""
        return (TreeId(part.id) for part in self.parts if part.mode == TREE)

    def to_bytes(self, reader: ObjectReader) -> bytes:
        """Return the file.

        Raises:
            ObjectNotFound, CorruptObject, InvalidSession: a part cannot be read.
        """
        return self.separators.join(
            [
                read_source_tree(reader, TreeId(part.id)).to_bytes()
                if part.mode == TREE
                else read_blob(reader, BlobId(part.id))
                for part in self.parts
            ]
        )


def read_source(reader: ObjectReader, commit_id: CommitId) -> StoredSource:
    """Read the rows of a source; the rows themselves are read on demand.

    Raises:
        ObjectNotFound, CorruptObject, InvalidSession: they cannot be read.
    """
    return read_source_tree(reader, read_commit(reader, commit_id).tree)


def read_source_tree(reader: ObjectReader, tree: TreeId) -> StoredSource:
    """Read the rows in the tree of a source; see `read_source`."""
    copied: dict[int, CopiedRow] = {}
    for entry in read_tree(reader, tree):
        if entry.name == COPIED and entry.mode == TREE:
            copied = _read_copied(reader, TreeId(entry.id))
    return StoredSource(read_session(reader, tree), copied, read_beside(reader, tree))


def read_beside(reader: ObjectReader, tree: TreeId) -> Beside | None:
    """Return the other files of a folder that a source's tree names; None for a plain file.

    Raises:
        ObjectNotFound, CorruptObject: their names cannot be read.
    """
    for entry in read_tree(reader, tree):
        if entry.name == BESIDE and entry.mode == TREE:
            return _read_beside(reader, TreeId(entry.id))
    return None


def write_source(
    writer: ObjectWriter, source: StoredSource, by: Signature, base: CommitId | None = None
) -> CommitId:
    """Stage the rows of a source; objects of an earlier version `base` are not written again."""
    old = read_commit(writer, base).tree if base is not None else None
    return commit_source(writer, write_source_tree(writer, source, old), by)


def commit_source(writer: ObjectWriter, tree: TreeId, by: Signature) -> CommitId:
    """Stage the commit that keeps the tree of a source."""
    return write_commit(writer, Commit(tree, (), by, by, "rows of an imported file\n", (UNLISTED,)))


def write_source_tree(
    writer: ObjectWriter, source: StoredSource, old: TreeId | None = None
) -> TreeId:
    """Stage the tree of a source; objects of an earlier version `old` are not written again."""
    tree = write_session(writer, source.session, "native", old)
    entries = {entry.name: entry for entry in read_tree(writer, tree)}
    there = {e.name: e for e in read_tree(writer, old)} if old is not None else {}
    if source.copied:
        folder = there.get(COPIED)
        data = _write_copied(writer, source.copied, TreeId(folder.id) if folder else None)
        entries[COPIED] = TreeEntry(COPIED, TREE, data)
    if source.beside is not None:
        entries[BESIDE] = TreeEntry(BESIDE, TREE, _write_beside(writer, source.beside))
    if source.copied or source.beside is not None:
        tree = TreeId(writer.add("tree", encode_tree(entries.values())))
    return tree


def _read_beside(reader: ObjectReader, tree: TreeId) -> Beside:
    """Read the list of files; where the list is damaged they keep their numbers as names."""
    blobs = {entry.name: BlobId(entry.id) for entry in read_tree(reader, tree)}
    listed = blobs.pop(_NAMES, None)
    try:
        names = json.loads(read_blob(reader, listed)) if listed is not None else []
    except ValueError:
        names = []
    name, *others = names if isinstance(names, list) and names else ["conversation"]
    named = dict(zip(map(_number, range(len(others))), others, strict=True))
    return Beside(str(name), {str(named.get(one, one)): blob for one, blob in blobs.items()})


def _write_beside(writer: ObjectWriter, beside: Beside) -> TreeId:
    names = json.dumps([beside.name, *beside.files], separators=(",", ":"))
    entries = [TreeEntry(_NAMES, FILE, writer.add("blob", names.encode()))]
    entries += [
        TreeEntry(_number(place), FILE, blob) for place, blob in enumerate(beside.files.values())
    ]
    return TreeId(writer.add("tree", encode_tree(entries)))


def _number(place: int) -> str:
    return f"{place:04d}"


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
