"""A session in a git tree, in both layouts: written, read, cut and compared.

    native        session.json            the document, a number where its messages stood
                  messages/0012/37.json   message 1237, exactly the bytes that came in
                  messages/10000+/...     message 10,000 and later ones (see `message_tree`)
    single-file   session.json            the whole document, as pawan and the seed write it
    both          conflicts/, attachments/    see `conflict_tree` and `attachments`

Both are always readable. Transcripts are compared and hashed by the blob ids that their
messages have in the native layout, so equal transcripts are equal in both layouts. The empty
tree is a conversation that has not begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from store.document.json_scanner import Document
from store.document.pawan_schema import MESSAGES
from store.document.row_format import PAWAN
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, BlobId, TreeId
from store.objects.objects import ObjectReader, ObjectWriter, hash_object, read_blob, read_kind
from store.objects.tree import FILE, TREE, TreeEntry, decode_tree, encode_tree
from store.session.message import Message, verbatim_ranges
from store.session.message import message_ids as ids_of
from store.session.session import Session
from store.tree_layout.attachments import ATTACHMENTS, attachments_in
from store.tree_layout.attachments import entry as attachments_entry
from store.tree_layout.conflict_tree import (
    CONFLICTS,
    conflicts_in,
    decode_conflicts,
    encode_conflicts,
    remaining_conflicts,
)
from store.tree_layout.message_tree import (
    MessageTree,
    common_ids,
    common_rows,
    digest_chain,
)
from store.tree_layout.session_json import NativeDocument, decode_session, encode_session
from store.tree_layout.stored_messages import StoredMessages, write_messages

Layout = Literal["native", "single-file"]

DOCUMENT = "session.json"
_USUAL_ROOT = re.compile(rb"40000 messages\0(.{20})100644 session\.json\0(.{20})", re.DOTALL)


def write_session(
    writer: ObjectWriter, session: Session, layout: Layout, base: TreeId | None = None
) -> TreeId:
    """Stage a session and return its tree.

    Objects of `base`, a session's tree, are reused and not added again; every other object is
    added. Conflicts of `base` stay where their messages are still there, attachments always.
    Formats other than pawan's are always native.

    Raises:
        CorruptObject: a message of a loaded session is missing.
    """
    there = read_root(writer, base)
    if layout == "single-file" and session.format == PAWAN and session.parts.lines is None:
        entries = [_add_document(writer, session.to_json(), there)]
    else:
        rows = session.messages
        source = rows.source if isinstance(rows, StoredMessages) else None
        messages = write_messages(writer, rows, _shared(writer, base, there, source)).tree
        data = encode_session(session.parts, session.headline, len(rows), verbatim_ranges(rows))
        entries = [_add_document(writer, data, there)]
        if messages is not None:
            entries.append(TreeEntry(MESSAGES, TREE, messages))
    if base is not None and CONFLICTS in there:
        entries += _conflicts(writer, conflicts_in(there.values()), base, session)
    if ATTACHMENTS in there:
        entries += attachments_entry(writer, attachments_in(there.values()))
    data = encode_tree(entries)
    if base is not None and hash_object("tree", data) == base:
        return base
    return TreeId(writer.add("tree", data))


def read_session(reader: ObjectReader, tree: TreeId, name: str = "") -> Session:
    """Return the session in a tree, loaded from `name`; messages are read on demand.

    Raises:
        InvalidSession: there is none, or its document breaks pawan's rules.
        CorruptObject: objects of the tree contradict each other.
    """
    if tree == EMPTY_TREE:
        session = Session.new(name, model="", created_at="")
    else:
        session, _ = _read(reader, tree)
    return session.with_name(name) if name else session


def append_messages(  # noqa: PLR0913 - the facts of the longer session
    writer: ObjectWriter,
    tree: TreeId,
    messages: Iterable[object],
    *,
    updated_at: str | None = None,
    format: str | None = None,  # noqa: A002 - the document's word
    title: str | None = None,
    message_count: int | None = None,
) -> TreeId:
    """Stage a session's tree with messages added, in the layout that it has.

    In the native layout the cost depends on the new messages alone. `updated_at` is set where
    the document has such a member. The other arguments are those of `Session.appended`. The
    result is the tree that `write_session` gives for the longer session.

    Raises:
        InvalidSession: a message that its format does not allow; or no session to add to.
        CorruptObject: objects of the tree contradict each other.
    """
    if tree == EMPTY_TREE:
        raise InvalidSession("no session to add messages to: the conversation has not begun")
    session, layout = _read(writer, tree)
    session = session.appended(messages, format=format, title=title, message_count=message_count)
    if updated_at is not None and "updated_at" in session.header:
        session = session.with_header(updated_at=updated_at)
    return write_session(writer, session, layout, tree)


def cut(
    writer: ObjectWriter,
    tree: TreeId,
    rows: int,
    *,
    title: str | None = None,
    message_count: int | None = None,
) -> TreeId:
    """Stage a session's tree cut to its first `rows` rows, in the layout that it has.

    For a pawan session title and number of messages are computed; for others the caller gives
    them, else `Session.with_messages` estimates them.

    Raises:
        InvalidSession: there is no session in the tree.
        CorruptObject: objects of the tree contradict each other.
    """
    if tree == EMPTY_TREE:
        return tree
    session, layout = _read(writer, tree)
    kept = session.messages[: max(rows, 0)]
    session = session.with_messages(kept, title=title, message_count=message_count)
    return write_session(writer, session, layout, tree)


def layout_of(reader: ObjectReader, tree: TreeId) -> Layout:
    """Return a tree's layout; a conversation that has not begun counts as native.

    Raises:
        InvalidSession: there is no session in the tree.
    """
    if tree == EMPTY_TREE:
        return "native"
    found, _ = _decode(reader, tree, read_root(reader, tree))
    return "native" if isinstance(found, NativeDocument) else "single-file"


def message_ids(reader: ObjectReader, tree: TreeId) -> tuple[BlobId, ...]:
    """Return the blob id that every row has in the native layout.

    Raises:
        InvalidSession: there is no session in the tree.
        CorruptObject: objects of the tree contradict each other.
    """
    return tuple(ids_of(_rows(reader, tree)))


def common_prefix(reader: ObjectReader, ours: TreeId, theirs: TreeId) -> int:
    """Return how many leading rows two sessions share, in any layout.

    Of two native trees only groups are compared. Errors are those of `message_ids`.
    """
    mine, other = _rows(reader, ours), _rows(reader, theirs)
    if isinstance(mine, StoredMessages) and isinstance(other, StoredMessages):
        return common_rows(mine.source, other.source)
    return common_ids(ids_of(mine), ids_of(other))


def transcript_digest(
    reader: ObjectReader, tree: TreeId, base: tuple[bytes, int] | None = None
) -> bytes:
    """Return a hash over all rows, the same for equal transcripts in both layouts.

    The hash is a chain (`digest_chain`): `base`, the digest of the first rows and their
    number, saves reading those. Errors are those of `message_ids`.
    """
    digest, start = base or (bytes(20), 0)
    rows = _rows(reader, tree)
    ids: Iterator[BlobId] | Sequence[BlobId]
    if isinstance(rows, StoredMessages):
        ids = rows.source.ids_from(start, len(rows))
    else:
        ids = ids_of(rows)[start:]
    for step in digest_chain(ids, digest):
        digest = step
    return digest


def _conflicts(
    writer: ObjectWriter, tree: TreeId | None, base: TreeId, session: Session
) -> list[TreeEntry]:
    """Return the entry for those conflicts of a base that a session on it still has."""
    if tree is None:
        return []
    try:
        before = _rows(writer, base)
        found = decode_conflicts(writer, tree)
        kept = remaining_conflicts(found, ids_of(before), ids_of(session.messages))
    except (InvalidSession, ObjectError):
        return []  # unreadable conflicts are dropped
    if kept and kept == found:
        return [TreeEntry(CONFLICTS, TREE, tree)]
    made = encode_conflicts(writer, kept)
    return [made] if made is not None else []


Root = dict[str, TreeEntry]


def read_root(reader: ObjectReader, tree: TreeId | None) -> Root:
    """Return the entries of a session's tree by name; none for None or the empty tree."""
    if tree is None or tree == EMPTY_TREE:
        return {}
    data = read_kind(reader, tree, "tree")
    usual = _USUAL_ROOT.fullmatch(data)
    if usual:
        messages, document = usual.groups()
        return {
            MESSAGES: TreeEntry(MESSAGES, TREE, messages.hex()),
            DOCUMENT: TreeEntry(DOCUMENT, FILE, document.hex()),
        }
    return {entry.name: entry for entry in decode_tree(data, tree)}


def read_document(reader: ObjectReader, tree: TreeId, root: Root) -> tuple[BlobId, bytes]:
    """Return id and bytes of the `session.json` in a tree's root.

    Raises:
        InvalidSession: there is none.
    """
    entry = root.get(DOCUMENT)
    if entry is None or entry.mode == TREE:
        raise InvalidSession(f"no session: tree {tree} has no {DOCUMENT}")
    blob = BlobId(entry.id)
    return blob, read_blob(reader, blob)


def _decode(
    reader: ObjectReader, tree: TreeId, root: Root
) -> tuple[NativeDocument | Document, TreeId | None]:
    """Return the content of `session.json`, and the tree of messages beside it."""
    blob, data = read_document(reader, tree, root)
    try:
        found = decode_session(data, blob)
    except InvalidSession as error:
        raise InvalidSession(error.reason, error.where, DOCUMENT) from None
    entry = root.get(MESSAGES)
    return found, TreeId(entry.id) if entry is not None and entry.mode == TREE else None


def _read(reader: ObjectReader, tree: TreeId) -> tuple[Session, Layout]:
    found, messages = _decode(reader, tree, read_root(reader, tree))
    if not isinstance(found, NativeDocument):
        try:
            return Session.from_document(found), "single-file"
        except InvalidSession as error:
            raise InvalidSession(error.reason, error.where, DOCUMENT) from None
    parts, count, verbatim = found
    source = MessageTree(reader, messages, count)
    rows = StoredMessages(source, count, parts.format, parts.lines is not None, verbatim)
    return Session(parts, rows), "native"


def _rows(reader: ObjectReader, tree: TreeId) -> Sequence[Message]:
    return () if tree == EMPTY_TREE else _read(reader, tree)[0].messages


def _shared(
    reader: ObjectReader, base: TreeId | None, root: Root, source: MessageTree | None
) -> MessageTree | None:
    """Return the messages of a base tree, if they are complete; `source` if they are its."""
    entry = root.get(MESSAGES)
    if base is None or entry is None or entry.mode != TREE:
        return None
    if source is not None and source.tree == entry.id:
        return source
    try:
        found, messages = _decode(reader, base, root)
        if not isinstance(found, NativeDocument):
            return None
        shared = MessageTree(reader, messages, found.rows)
        shared.groups()
    except (InvalidSession, ObjectError):
        return None  # then nothing is reused
    return shared


def _add_document(writer: ObjectWriter, data: bytes, root: Root) -> TreeEntry:
    there = root.get(DOCUMENT)
    blob = hash_object("blob", data)
    if there is None or there.mode == TREE or there.id != blob:
        blob = writer.add("blob", data)
    return TreeEntry(DOCUMENT, FILE, blob)
