"""Attachments: small named blobs beside the messages of a conversation, no part of what was said.

    attachments/=plan%2Emd    a blob; in its name every byte outside `[A-Za-z0-9_-]` is `%XX`

A commit has those of its parent, with its own changes. Where two lines of changes meet, as in a
rebase or a merge, the later change of a name counts. They need repository version 2: an older
program would drop them. A repository may come from an untrusted source: entries of any other form
are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from store.errors import CorruptObject, InvalidSession, ObjectError
from store.ids import EMPTY_TREE, BlobId, TreeId
from store.objects.fanout_codec import key_at, locate
from store.objects.objects import ObjectReader, ObjectWriter, read_blob
from store.objects.tree import FILE, TREE, TreeEntry, read_tree, write_tree

ATTACHMENTS = "attachments"
ATTACHMENTS_VERSION = 2
"""The version of the repository that attachments need."""
LONGEST_NAME = 200
LARGEST = 16 * 1024 * 1024

_SIGN = "="

Attachments = Mapping[str, bytes | None]
"""New contents of attachments by name; None removes one."""


def attachments_in(root: Iterable[TreeEntry]) -> TreeId | None:
    """Return the tree of attachments among the entries of a session's tree."""
    for entry in root:
        if entry.name == ATTACHMENTS and entry.mode == TREE:
            return TreeId(entry.id)
    return None


def attachments_of(reader: ObjectReader, tree: TreeId) -> TreeId | None:
    """Return the tree of attachments in a session's tree."""
    return None if tree == EMPTY_TREE else attachments_in(read_tree(reader, tree))


def read_attachments(reader: ObjectReader, attachments: TreeId | None) -> dict[str, BlobId]:
    """Return the names and blobs in a tree of attachments, by name.

    Raises:
        ObjectNotFound, CorruptObject: the tree is missing or damaged.
    """
    listed = read_tree(reader, attachments) if attachments else ()
    named = ((attachment_name(one.name), one) for one in listed if one.mode == FILE)
    return {name: BlobId(one.id) for name, one in sorted(named) if name}


def attachment_name(entry_name: str) -> str:
    """Return the name that an entry of a tree of attachments has for people; "" for any other."""
    try:
        return key_at(entry_name[1:], "", hashed=True, node_id=None) * (entry_name[:1] == _SIGN)
    except CorruptObject:
        return ""


def sizes_of_attached(reader: ObjectReader, tree: TreeId) -> dict[str, int | None]:
    """Return the bytes of each attachment in a session's tree, by name; None if it is missing.

    None of them where the tree cannot be read, which readers of the conversation report.
    """
    sizes: dict[str, int | None] = {}
    try:
        for name, blob in read_attachments(reader, attachments_of(reader, tree)).items():
            try:
                sizes[name] = len(read_blob(reader, blob))
            except ObjectError:
                sizes[name] = None
    except ObjectError:
        return {}
    return sizes


def check_changes(changes: Mapping[Any, object]) -> None:
    """Refuse what cannot be attached.

    Raises:
        InvalidSession: a name that is no text of 1 to 200 bytes, or a content that is not bytes
            or has more than 16 MiB.
    """
    for name, data in changes.items():
        where = f"attachments[{ascii(name)}]"
        if (
            not isinstance(name, str)
            or not 0 < len(name.encode("utf-8", "replace")) <= LONGEST_NAME
        ):
            raise InvalidSession(f"a name is a text of 1 to {LONGEST_NAME} bytes", where)
        try:
            name.encode()
        except UnicodeEncodeError:
            raise InvalidSession("the name is not valid Unicode", where) from None
        if data is not None and not isinstance(data, bytes):
            raise InvalidSession("must be bytes, or None to remove it", where)
        if data is not None and len(data) > LARGEST:
            reason = f"has {len(data)} bytes, at most {LARGEST} are allowed"
            raise InvalidSession(f"{reason}: keep it elsewhere, and attach where it is", where)


def with_changes(
    writer: ObjectWriter, attachments: TreeId | None, changes: Attachments
) -> TreeId | None:
    """Stage a tree of attachments with changes; None if it is empty."""
    names = read_attachments(writer, attachments)
    for name, data in changes.items():
        if data is None:
            names.pop(name, None)
        else:
            names[name] = BlobId(writer.add("blob", data))
    return _write(writer, names)


def merged(
    writer: ObjectWriter, before: TreeId | None, change: TreeId | None, ground: TreeId | None
) -> TreeId | None:
    """Stage the attachments of `ground`, changed as `change` changes those of `before`."""
    if before == change:
        return ground
    old, new = read_attachments(writer, before), read_attachments(writer, change)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    # They are written again: what only a rewritten commit holds may be collected.
    changes = {name: read_blob(writer, new[name]) if name in new else None for name in names}
    return with_changes(writer, ground, changes)


def with_attachments(writer: ObjectWriter, tree: TreeId, attachments: TreeId | None) -> TreeId:
    """Stage a session's tree with these attachments in place of those that it has."""
    if tree == EMPTY_TREE:
        return tree
    root = read_tree(writer, tree)
    if attachments_in(root) == attachments:
        return tree
    return write_tree(
        writer, [e for e in root if e.name != ATTACHMENTS] + entry(writer, attachments)
    )


def entry(writer: ObjectWriter, attachments: TreeId | None) -> list[TreeEntry]:
    """Return the entry of a session's tree for its attachments; none for None."""
    if attachments is None:
        return []
    writer.needs_version(ATTACHMENTS_VERSION)
    return [TreeEntry(ATTACHMENTS, TREE, attachments)]


def _write(writer: ObjectWriter, names: Mapping[str, BlobId]) -> TreeId | None:
    entries = [TreeEntry(_SIGN + locate(n, hashed=True)[0], FILE, names[n]) for n in names]
    return write_tree(writer, entries) if entries else None
