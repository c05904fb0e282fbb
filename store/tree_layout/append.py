"""Adding messages to a stored session at a cost that depends on the new ones alone.

A store remembers the sessions that it wrote last, with the ids of their groups and of the
messages in the last, incomplete group. No older group is read or written again. A session in
the single-file layout is written whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from store.document.pawan_schema import MESSAGES
from store.ids import EMPTY_TREE, BlobId, CommitId, TreeId
from store.objects.commit import Commit, read_commit
from store.objects.objects import ObjectReader, ObjectWriter
from store.objects.tree import FILE, TREE, TreeEntry, read_tree, write_tree
from store.session.message import verbatim_ranges
from store.session.session import Session
from store.tree_layout.attachments import attachments_in, entry, with_attachments
from store.tree_layout.conflict_tree import CONFLICTS, conflicts_in, decode_conflicts
from store.tree_layout.facts import Facts, facts_of
from store.tree_layout.layout import DOCUMENT, Layout, layout_of, read_session, write_session
from store.tree_layout.session_json import encode_session
from store.tree_layout.stored_messages import StoredMessages, write_messages

_MOST = 64


class Growth(NamedTuple):
    """The facts of a commit that was just written, and the rows that it adds to its parent's."""

    facts: Facts
    added: tuple[BlobId, ...]


class StoredSession(NamedTuple):
    """A commit and its session; the trees of the session's conflicts and attachments."""

    commit: Commit
    session: Session
    layout: Layout
    conflicts: TreeId | None = None
    attachments: TreeId | None = None

    @property
    def facts(self) -> Facts:
        """The facts that listings show."""
        return facts_of(self.session, self.layout, conflict=self.conflicts is not None)


class Grown(NamedTuple):
    """A longer session, staged: its tree, and the facts for the index."""

    tree: TreeId
    session: Session
    layout: Layout
    growth: Growth
    conflicts: TreeId | None
    attachments: TreeId | None

    @property
    def kept(self) -> tuple[Session, Layout, TreeId | None, TreeId | None]:
        """The members of a `StoredSession` besides its commit."""
        return self.session, self.layout, self.conflicts, self.attachments


class Recent:
    """The commits that were written last, oldest first.

    Threads share it without a lock: each change makes a new dict.
    """

    def __init__(self) -> None:
        self._known: dict[CommitId, tuple[str, StoredSession]] = {}

    def name_of(self, commit_id: str) -> str | None:
        """Return the session under which a remembered commit was written."""
        found = self._known.get(CommitId(commit_id))
        return found[0] if found else None

    def get(self, commit_id: CommitId) -> StoredSession | None:
        """Return a remembered commit."""
        found = self._known.get(commit_id)
        return found[1] if found else None

    def put(
        self, commit_id: CommitId, name: str, stored: StoredSession, old: CommitId | None
    ) -> None:
        """Remember a commit in place of `old`, the one that it continues."""
        known = {one: found for one, found in self._known.copy().items() if one != old}
        while len(known) >= _MOST:
            known.pop(next(iter(known)))
        known[commit_id] = (name, stored)
        self._known = known

    def forget(self, name: str) -> None:
        """Forget the commits of a session."""
        known = self._known.copy()
        self._known = {one: found for one, found in known.items() if found[0] != name}


def read_stored(reader: ObjectReader, commit_id: CommitId, name: str) -> StoredSession:
    """Read the session at a commit; where none has begun, the empty one called `name`.

    Raises:
        InvalidSession, CorruptObject, ObjectNotFound: there is none that can be read.
    """
    commit = read_commit(reader, commit_id)
    begun = commit.tree != EMPTY_TREE
    session = read_session(reader, commit.tree, "" if begun else name)
    root = read_tree(reader, commit.tree) if begun else ()
    conflicts = conflicts_in(root)
    if conflicts is not None and not decode_conflicts(reader, conflicts):
        conflicts = None  # as when the session is written whole: no valid conflict is in it
    layout = layout_of(reader, commit.tree)
    return StoredSession(commit, session, layout, conflicts, attachments_in(root))


def grow(  # noqa: PLR0913 - the facts of the longer session
    writer: ObjectWriter,
    stored: StoredSession,
    messages: Sequence[object],
    updated_at: str,
    *,
    title: str | None = None,
    message_count: int | None = None,
    fields: Mapping[str, object] | None = None,
    format_name: str | None = None,
) -> Grown:
    """Stage the session with messages added; the tree is the one that `write_session` gives.

    The attachments of `stored` need not be those of its commit: the longer session gets them.

    `title`, `message_count` and the format's name are those of `Session.appended`, `fields`
    members of the header to be set.

    Raises:
        InvalidSession: a message that the session's format does not allow.
        CorruptObject: objects of the session contradict each other.
    """
    before = stored.session
    session = before.appended(
        messages, format=format_name, title=title, message_count=message_count
    )
    if "updated_at" in session.header:
        session = session.with_header(updated_at=updated_at)
    if fields:
        session = session.with_header(fields)
    added = tuple(message.blob_id for message in session.messages[before.rows :])
    conflict = stored.conflicts is not None
    growth = Growth(facts_of(session, stored.layout, conflict=conflict), added)
    old = before.messages
    attachments = stored.attachments
    if stored.layout == "native" and isinstance(old, StoredMessages) and old.keep == len(old):
        tree, rows = _grow_native(writer, old, session, stored)
        session = session.with_stored(rows)
    else:
        tree = write_session(writer, session, stored.layout, stored.commit.tree)
        tree = with_attachments(writer, tree, attachments)
        session = read_session(writer, tree)
    return Grown(tree, session, stored.layout, growth, stored.conflicts, attachments)


def _grow_native(
    writer: ObjectWriter, old: StoredMessages, session: Session, stored: StoredSession
) -> tuple[TreeId, StoredMessages]:
    source = write_messages(writer, session.messages, old.source)
    verbatim = verbatim_ranges(session.messages)
    data = encode_session(session.parts, session.headline, source.rows, verbatim)
    entries = [TreeEntry(DOCUMENT, FILE, writer.add("blob", data))]
    if source.tree is not None:
        entries.append(TreeEntry(MESSAGES, TREE, source.tree))
    if stored.conflicts is not None:
        entries.append(TreeEntry(CONFLICTS, TREE, stored.conflicts))
    entries += entry(writer, stored.attachments)
    lines = session.parts.lines is not None
    rows = StoredMessages(source, source.rows, session.format, lines, verbatim)
    return write_tree(writer, entries), rows
