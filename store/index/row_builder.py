"""Rows of the commit index: commits are read from git, parents first, and inserted with facts.

Repositories may come from anywhere: values that sqlite cannot hold (half surrogate pairs, numbers
past 64 bits) are made to fit, so that one strange commit never stops a listing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from store.document.agent_facts import Conversation
from store.document.headline import commit_message
from store.document.pawan_schema import MESSAGES
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.index.commit_row import CommitRow
from store.index.database_file import MANY, without_indexes
from store.objects.commit import Commit
from store.objects.objects import ObjectReader, Scratch
from store.objects.tree import TreeEntry, read_tree
from store.tree_layout.appended_rows import RowGrowth
from store.tree_layout.attachments import attachments_of
from store.tree_layout.conflict_tree import conflicts_in
from store.tree_layout.facts import Facts, facts_in
from store.tree_layout.layout import read_root, transcript_digest
from store.tree_layout.message_tree import digest_chain

if TYPE_CHECKING:
    from store.tree_layout.append import Growth

HEADER = "change-id"  # the one header that listings ask for; its meaning is porcelain's
_FIELDS = [*CommitRow._fields[:17], "conflict", "conversation", "live", "leaf"]
_INSERT = f"INSERT INTO commits ({', '.join(_FIELDS)}) VALUES ({', '.join('?' * len(_FIELDS))})"
_LAST = "SELECT coalesce(max(pos), 0) FROM commits"
_SELECT = f"SELECT {', '.join(CommitRow._fields)} FROM commits WHERE "
_TWINS = f"{_SELECT} id IN ({{}}) AND problem IS NULL AND digest IS NOT NULL AND conflict = 0"
_KNOWN = "native, title, project, branch, version, started_by"
_CONVERSATION = f"INSERT OR IGNORE INTO conversations ({_KNOWN}) VALUES (?, ?, ?, ?, ?, ?)"
_CONVERSATION_ID = f"SELECT id FROM conversations WHERE ({_KNOWN}) = (?, ?, ?, ?, ?, ?)"
_AT_ONCE = 500
_MOST_KEPT = 1024
_MOST_OPEN = 4096
_MOST = 2**63 - 1


_Known = tuple[Any, ...]
"""The members of a row from `session` to `problem`, `conflict` and `conversation`."""

Likeness = Mapping[CommitId, Sequence[CommitId]]
"""Maps commits to others that may hold the same transcript."""


class RowWriter:
    """Inserts commits, many at once; remembers the last rows, which their children need next.

    `flush` writes the rows that are held back.
    """

    def __init__(
        self,
        reader: ObjectReader,
        connection: sqlite3.Connection,
        like: Likeness | None = None,
        *,
        live: bool = False,
    ) -> None:
        """Read objects from `reader`, inside a write transaction.

        `like` maps commits to others; the facts of one with the same transcript are copied. With
        `live` the commits are marked as live, and as leaves unless `insert` is told otherwise;
        the index must be empty then.
        """
        self.reader = reader
        self._growth = RowGrowth(reader)
        self._connection = connection
        self._last: dict[CommitId, CommitRow] = {}
        self._like = like or {}
        self._twins: dict[CommitId, CommitRow] = {}
        self._conversations: dict[tuple[str, ...], int] = {}
        self._new_conversations: list[tuple[object, ...]] = []
        self._live = int(live)
        self._top: int = connection.execute(_LAST).fetchone()[0]
        self._rows: list[tuple[object, ...]] = []
        self._edges: list[tuple[int, int, int]] = []

    def insert(
        self,
        commit_id: CommitId,
        commit: Commit,
        growth: Growth | None = None,
        *,
        continued: bool = False,
    ) -> None:
        """Add one commit that the index lacks, and whose parents were all added.

        `growth` has the facts of a commit that was just written, so that it need not be read.
        `continued` says that one of the next commits does; if they are live, it is no leaf.
        """
        above = commit.parents
        parents = [self._parent(parent) for parent in above] if above else []
        twin = self._twin(commit_id, commit) if self._like and len(parents) < 2 else None
        if twin is None:
            known = self._read(commit, parents, growth)
        else:
            attaches = bool(parents) and not self._attaches_nothing(commit.tree, parents[0].tree)
            known = _copied(twin, parents, attaches=attaches)
        self._top += 1
        header = commit.header(HEADER) if commit.headers else None
        placed = (
            1 + max([parent.generation for parent in parents]) if parents else 1,
            _fit(commit.author.time),
            header and _text(header),
            _text(commit.message.partition("\n")[0]),
        )
        blobs = (bytes.fromhex(commit_id), bytes.fromhex(commit.tree))
        marks = (self._live, 0 if continued else self._live)
        self._rows.append((self._top, *blobs, *placed, *known, *marks))
        if parents:
            self._edges += [(one.pos, self._top, place) for place, one in enumerate(parents)]
        else:
            self._edges.append((0, self._top, 0))
        if continued:
            facts = (*known[:-2], False, False, bool(known[-2]), known[-1])
            self._last[commit_id] = CommitRow(self._top, commit_id, commit.tree, *placed, *facts)
        if len(self._rows) >= _MOST_KEPT:
            self.flush()
            if len(self._last) > _MOST_OPEN:
                self._last.clear()

    @contextmanager
    def expecting(self, count: int) -> Iterator[None]:
        """Insert so many commits inside the block, and write all rows at its end.

        If they are most of the commits that there will be, indexes are built afterwards.
        """
        with ExitStack() as stack:
            if count >= max(MANY, self._top):
                stack.enter_context(without_indexes(self._connection, "commits", "conversations"))
            yield
            self.flush()

    def flush(self) -> None:
        """Write the rows that are held back."""
        new, self._new_conversations = self._new_conversations, []
        self._connection.executemany("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)", new)
        self._connection.executemany(_INSERT, self._rows)
        self._connection.executemany("INSERT OR IGNORE INTO edges VALUES (?, ?, ?)", self._edges)
        self._rows, self._edges = [], []

    def _read(self, commit: Commit, parents: list[CommitRow], growth: Growth | None) -> _Known:
        """Return what is known of a commit's session, read from its objects."""
        facts: Facts | None = None
        messages: TreeEntry | None = None
        digest: bytes | None = None
        problem: str | None = None
        try:
            if growth is not None:
                facts, digest = growth.facts, _grown(growth, parents)
            if facts is None:
                root = read_root(self.reader, commit.tree)
                facts = facts_in(self.reader, commit.tree, root)
                messages = root.get(MESSAGES)
                if not parents and facts.layout == "native" and messages is not None:
                    digest = self._growth.digest(messages, facts.rows)
            digest = digest or self._digest(commit.tree, facts, parents, messages)
        except (InvalidSession, ObjectError, RecursionError, OverflowError) as error:
            problem = _text(str(error))
        if facts is None:
            return (*_NOT_READ, problem, 0, None)
        conflicts = self._conflicts(commit.tree) if facts.conflict else None
        empty = digest is not None and (
            self._adds_nothing(commit, digest, conflicts, parents)
            if parents
            else facts.rows == 0 and attachments_of(self.reader, commit.tree) is None
        )
        return (
            *_texts((facts.id, facts.model, facts.title, _format_text(facts))),
            _fit(facts.rows),
            _fit(facts.message_count),
            digest,
            int(empty),  # sqlite3 takes a number at once, and asks how to store a bool
            int(_is_generated(facts, commit.message)),
            problem,
            int(conflicts is not None),
            self._conversation(facts.conversation),
        )

    def _conversation(self, known: Conversation) -> int:
        """Return the row of a conversation; add it where it is new."""
        values = _texts((known.native_id, *known.facts))
        if values not in self._conversations:
            if self._live:  # the index has none yet
                self._conversations[values] = len(self._conversations) + 1
                self._new_conversations.append((self._conversations[values], *values))
            else:
                self._connection.execute(_CONVERSATION, values)
                row = self._connection.execute(_CONVERSATION_ID, values).fetchone()
                self._conversations[values] = row[0]
        return self._conversations[values]

    def _twin(self, commit_id: CommitId, commit: Commit) -> CommitRow | None:
        """Return the row of another commit with the same transcript and the same message.

        None if no such commit is known, or if the message has more than one line.
        """
        others = self._like.get(commit_id)
        if not others:
            return None
        if not self._twins:
            self._read_twins([other for olds in self._like.values() for other in olds])
        subject = commit.message.partition("\n")[0]
        if commit.message.rstrip("\n") != subject:
            return None
        for other in others:
            if other not in self._twins:
                self._read_twins([other])
            twin = self._twins.get(other)
            if twin is not None and (twin.tree, twin.subject) == (commit.tree, _text(subject)):
                return twin
        return None

    def _read_twins(self, others: Sequence[CommitId]) -> None:
        self.flush()
        for start in range(0, len(others), _AT_ONCE):
            some = [bytes.fromhex(other) for other in others[start : start + _AT_ONCE]]
            sql = _TWINS.format(", ".join("?" * len(some)))
            rows = map(CommitRow.of, self._connection.execute(sql, some))
            self._twins.update({row.id: row for row in rows})

    def _parent(self, parent: CommitId) -> CommitRow:
        if parent in self._last:
            return self._last[parent]
        found = self._connection.execute(f"{_SELECT} id = ?", (bytes.fromhex(parent),))
        return CommitRow.of(found.fetchone())

    def _conflicts(self, tree: TreeId) -> TreeId | None:
        """Return the tree of a session's conflicts if it can be read."""
        from store.merge.conflicts import read_conflicts

        try:
            there = read_conflicts(self.reader, tree)
        except (InvalidSession, ObjectError):
            return None
        return conflicts_in(read_tree(self.reader, tree)) if there else None

    def _adds_nothing(
        self,
        commit: Commit,
        digest: bytes,
        conflicts: TreeId | None,
        parents: list[CommitRow],
    ) -> bool:
        """Tell whether a transcript with this digest is the parent's, or the parents merged."""
        if len({parent.tree for parent in parents}) == 1:
            return (
                parents[0].digest == digest
                and self._shares(parents[0], conflicts)
                and self._attaches_nothing(commit.tree, parents[0].tree)
            )
        from store.merge.merge_parents import merged_tree

        try:
            scratch = Scratch(self.reader)
            tree = merged_tree(scratch, commit.parents) or EMPTY_TREE
            if digest != transcript_digest(scratch, tree):
                return False
            there = conflicts_in(read_tree(scratch, tree)) if tree != EMPTY_TREE else None
            attached = attachments_of(scratch, tree)
        except (InvalidSession, ObjectError, RecursionError, OverflowError):
            return False
        return there == conflicts and attached == attachments_of(self.reader, commit.tree)

    def _attaches_nothing(self, tree: TreeId, before: TreeId) -> bool:
        if tree == before:
            return True
        try:
            return attachments_of(self.reader, tree) == attachments_of(self.reader, before)
        except ObjectError:
            return True  # the tree before is missing

    def _shares(self, parent: CommitRow, conflicts: TreeId | None) -> bool:
        if conflicts is None or not parent.conflict:
            return parent.conflict == (conflicts is not None)
        return conflicts_in(read_tree(self.reader, parent.tree)) == conflicts

    def _digest(
        self, tree: TreeId, facts: Facts, parents: list[CommitRow], messages: TreeEntry | None
    ) -> bytes:
        for parent in parents:
            if parent.tree == tree and parent.digest is not None:
                return parent.digest
        if facts.layout == "native":
            for parent in parents:
                if parent.digest is None or parent.rows is None or parent.rows > facts.rows:
                    continue
                added = self._growth.added(parent.tree, tree, (parent.rows, facts.rows), messages)
                if added is not None:
                    return [parent.digest, *digest_chain(added, parent.digest)][-1]
            whole = self._growth.added(None, tree, (0, facts.rows), messages)
            if whole is not None:
                return [bytes(20), *digest_chain(whole)][-1]
        return transcript_digest(self.reader, tree, None)


_NOT_READ = (None, None, None, None, None, None, None, 0, 0)


def _copied(twin: CommitRow, parents: list[CommitRow], *, attaches: bool) -> _Known:
    """Return what is known of a commit that has the transcript and message of another."""
    same = bool(parents) and parents[0].digest == twin.digest and not parents[0].conflict
    empty = same and not attaches if parents else twin.rows == 0
    return (*twin[7:14], int(empty), int(twin.generated), None, 0, twin.conversation)


def _grown(growth: Growth, parents: list[CommitRow]) -> bytes | None:
    if len(parents) != 1 or parents[0].digest is None or parents[0].rows is None:
        return None
    if parents[0].rows + len(growth.added) != growth.facts.rows:
        return None
    return [parents[0].digest, *digest_chain(growth.added, parents[0].digest)][-1]


def _format_text(facts: Facts) -> str:
    if isinstance(facts.format, str):
        return facts.format
    return "+".join(dict.fromkeys(name for name, _ in facts.format))


def _is_generated(facts: Facts, message: str) -> bool:
    return message.rstrip("\n") == commit_message(facts.id, facts.prompt)


def _texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    return texts if "".join(texts).isascii() else tuple([_text(text) for text in texts])


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _fit(number: int) -> int:
    return number if -_MOST < number < _MOST else max(-_MOST - 1, min(number, _MOST))
