"""How a session lies in a git tree, in both layouts.

    native        session.json            the document, a number where its messages stood
                  messages/0012/37.json   message 1237, exactly the bytes that came in
    single-file   session.json            the whole document, as pawan and the seed write it

Both are read wherever they are met. Transcripts are compared and hashed by the blob ids that
their messages have in the native layout, so the layouts agree on what is equal. The empty
tree is a conversation not begun.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from store.document.headline import headline_of
from store.document.json_scanner import Document
from store.document.pawan_schema import MESSAGES
from store.document.row_format import FIELD, PAWAN, Format, read_format
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, BlobId, TreeId
from store.objects.objects import ObjectReader, ObjectWriter, hash_object, read_blob
from store.objects.tree import FILE, TREE, TreeEntry, encode_tree, read_tree
from store.session.message import Message, verbatim_ranges
from store.session.message import message_ids as ids_of
from store.session.session import Session
from store.tree_layout.conflict_tree import (
    CONFLICTS,
    conflicts_in,
    decode_conflicts,
    encode_conflicts,
    still_standing,
)
from store.tree_layout.message_tree import (
    MessageTree,
    StoredMessages,
    common_ids,
    common_rows,
    digest_chain,
    write_messages,
)
from store.tree_layout.session_json import (
    OWN,
    Stored,
    decode_session,
    encode_session,
    read_headline,
)

__all__ = [
    "DOCUMENT",
    "Facts",
    "Layout",
    "append_messages",
    "common_prefix",
    "cut",
    "digest_chain",
    "layout_of",
    "message_ids",
    "read_facts",
    "read_session",
    "transcript_digest",
    "write_session",
]

Layout = Literal["native", "single-file"]

DOCUMENT = "session.json"


class Facts(NamedTuple):
    """What listings show of a session, known without reading its messages.

    `title` is the last prompt's first line, `prompt` the beginning of that prompt on one line,
    for `commit_message`. `rows` counts what is stored, `message_count` the messages among it.
    `conflict` says that conflicts may lie beside them (`message_conflict` reads them).
    """

    id: str
    model: str
    title: str
    prompt: str
    rows: int
    message_count: int
    format: Format
    layout: Layout
    created_at: str
    updated_at: str
    conflict: bool = False


NOT_BEGUN = Facts("", "", "", "", 0, 0, PAWAN, "native", "", "")


def write_session(
    writer: ObjectWriter, session: Session, layout: Layout, base: TreeId | None = None
) -> TreeId:
    """Stage a session and return its tree.

    Objects of `base`, a session's tree, are taken over and not added again; every other
    object is added. So are its conflicts, as far as their messages are still there. Formats
    other than pawan's are native whatever `layout` says.

    Raises:
        CorruptObject: a message of a loaded session is missing.
    """
    there = _read_root(writer, base)
    if layout == "single-file" and session.format == PAWAN and session.parts.lines is None:
        entries = [_add_document(writer, session.to_json(), there)]
    else:
        rows = session.messages
        source = rows.source if isinstance(rows, StoredMessages) else None
        messages = write_messages(writer, rows, _shared(writer, there, source))
        data = encode_session(session.parts, session.headline, len(rows), verbatim_ranges(rows))
        entries = [_add_document(writer, data, there)]
        if messages is not None:
            entries.append(TreeEntry(MESSAGES, TREE, messages))
    if base is not None and CONFLICTS in there:
        entries += _conflicts(writer, conflicts_in(there.values()), base, session)
    data = encode_tree(entries)
    if base is not None and hash_object("tree", data) == base:
        return base
    return TreeId(writer.add("tree", data))


def read_session(reader: ObjectReader, tree: TreeId, name: str = "") -> Session:
    """Return the session in a tree, loaded from `name`; messages are read on demand.

    Raises:
        InvalidSession: there is none in it, or a document that breaks pawan's rules.
        CorruptObject: objects of it contradict each other.
    """
    if tree == EMPTY_TREE:
        session = Session.new(name, model="", created_at="")
    else:
        session, _ = _read(reader, tree)
    return session.with_name(name) if name else session


def append_messages(  # noqa: PLR0913 - what the longer session is to say
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
    the document has such a member. The other arguments are `Session.appended`'s. The result
    is the tree that writing the longer session would give.

    Raises:
        InvalidSession: a message that its format does not allow; or no session to add to.
        CorruptObject: objects of the tree contradict each other.
    """
    if tree == EMPTY_TREE:
        raise InvalidSession("no session to add messages to: the conversation is not begun")
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

    Of pawan's sessions title and number of messages are found anew; of others they have to be
    given, or else are guessed as `Session.with_messages` says.

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
    """Return a tree's layout; a conversation not begun counts as native.

    Raises:
        InvalidSession: there is no session in the tree.
    """
    if tree == EMPTY_TREE:
        return "native"
    found, _ = _decode(reader, tree)
    return "native" if isinstance(found, Stored) else "single-file"


def read_facts(reader: ObjectReader, tree: TreeId) -> Facts:
    """Return what listings show. In the native layout `session.json` alone is read.

    A conversation not begun has empty facts. Values that have the wrong type read as empty:
    reading the session tells what is wrong.

    Raises:
        InvalidSession: there is no session in the tree, or no JSON object in `session.json`.
    """
    if tree == EMPTY_TREE:
        return NOT_BEGUN
    root = _read_root(reader, tree)
    conflicts = conflicts_in(root.values()) if CONFLICTS in root else None
    _, data = _read_document(reader, tree, root)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        decode_session(data, "")  # says where the fault is
        raise InvalidSession("cannot be read", source=DOCUMENT) from None
    if not isinstance(document, dict):
        raise InvalidSession("must be an object", "$", DOCUMENT)
    session_id, model, created_at, updated_at = (
        value if isinstance(value := document.get(key), str) else ""
        for key in ("id", "model", "created_at", "updated_at")
    )
    messages = document.get(MESSAGES)
    format_ = read_format(document.get(FIELD))
    layout: Layout = "native"
    if isinstance(messages, list):
        layout = "single-file"
        rows = len(messages)
        title, prompt, count = headline_of(_last_prompt(messages), rows)
    else:
        rows = messages if type(messages) is int and 0 <= messages < 1 << 40 else 0
        title, prompt, count = read_headline(document.get(OWN), rows, format_ == PAWAN)
    said = (title, prompt, rows, count, format_, layout)
    return Facts(session_id, model, *said, created_at, updated_at, conflicts is not None)


def message_ids(reader: ObjectReader, tree: TreeId) -> tuple[BlobId, ...]:
    """Return the blob id of every row: the one that it has in the native layout.

    Raises:
        InvalidSession: there is no session in the tree.
        CorruptObject: objects of the tree contradict each other.
    """
    return tuple(ids_of(_rows(reader, tree)))


def common_prefix(reader: ObjectReader, ours: TreeId, theirs: TreeId) -> int:
    """Return how many leading rows two sessions share, whatever their layouts.

    Between native trees the cost is that of comparing groups. Errors as `message_ids`.
    """
    mine, other = _rows(reader, ours), _rows(reader, theirs)
    if isinstance(mine, StoredMessages) and isinstance(other, StoredMessages):
        return common_rows(mine.source, other.source)
    return common_ids(ids_of(mine), ids_of(other))


def transcript_digest(
    reader: ObjectReader, tree: TreeId, base: tuple[bytes, int] | None = None
) -> bytes:
    """Return a hash over all rows, the same for equal transcripts in both layouts.

    It is a chain (`digest_chain`): `base`, the digest of this transcript's first so many rows,
    spares looking at those. Errors as `message_ids`.
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
    """Return the entry for those conflicts in `tree`, a base's, that a session on it still has."""
    if tree is None:
        return []
    try:
        before = _rows(writer, base)
        found = decode_conflicts(writer, tree)
        kept = still_standing(found, ids_of(before), ids_of(session.messages))
    except (InvalidSession, ObjectError):
        return []  # nothing that can be read is taken over
    if kept and kept == found:
        return [TreeEntry(CONFLICTS, TREE, tree)]
    made = encode_conflicts(writer, kept)
    return [made] if made is not None else []


_Root = dict[str, TreeEntry]


def _read_root(reader: ObjectReader, tree: TreeId | None) -> _Root:
    if tree is None or tree == EMPTY_TREE:
        return {}
    return {entry.name: entry for entry in read_tree(reader, tree)}


def _read_document(reader: ObjectReader, tree: TreeId, root: _Root) -> tuple[BlobId, bytes]:
    entry = root.get(DOCUMENT)
    if entry is None or entry.mode == TREE:
        raise InvalidSession(f"no session: tree {tree} has no {DOCUMENT}")
    blob = BlobId(entry.id)
    return blob, read_blob(reader, blob)


def _decode(reader: ObjectReader, tree: TreeId) -> tuple[Stored | Document, TreeId | None]:
    """Return what `session.json` says, and the tree of messages beside it."""
    root = _read_root(reader, tree)
    blob, data = _read_document(reader, tree, root)
    try:
        found = decode_session(data, blob)
    except InvalidSession as error:
        raise InvalidSession(error.reason, error.where, DOCUMENT) from None
    entry = root.get(MESSAGES)
    return found, TreeId(entry.id) if entry is not None and entry.mode == TREE else None


def _read(reader: ObjectReader, tree: TreeId) -> tuple[Session, Layout]:
    found, messages = _decode(reader, tree)
    if not isinstance(found, Stored):
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


def _shared(reader: ObjectReader, root: _Root, source: MessageTree | None) -> MessageTree | None:
    """Return the messages that a base tree holds, if it is whole; `source` if it is they."""
    entry = root.get(MESSAGES)
    if entry is None or entry.mode != TREE:
        return None
    if source is not None and source.tree == entry.id:
        return source
    try:
        blob, data = _read_document(reader, EMPTY_TREE, root)
        found = decode_session(data, blob)
        if not isinstance(found, Stored):
            return None
        tree = MessageTree(reader, TreeId(entry.id), found.rows)
        tree.groups()
    except (InvalidSession, ObjectError):
        return None  # then nothing is taken over
    return tree


def _add_document(writer: ObjectWriter, data: bytes, root: _Root) -> TreeEntry:
    there = root.get(DOCUMENT)
    blob = hash_object("blob", data)
    if there is None or there.mode == TREE or there.id != blob:
        blob = writer.add("blob", data)
    return TreeEntry(DOCUMENT, FILE, blob)


def _last_prompt(messages: Sequence[object]) -> str:
    for message in reversed(messages):
        if isinstance(message, dict) and message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else ""
    return ""
