"""SessionReader: the reading half of `SessionStore`: resolve, load, and the listings.

Listings come from the index and never parse a transcript; of each listed commit only the
commit object is read. A commit that cannot be read is listed with its problem, not left out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Self

from store.errors import AmbiguousId, InvalidRefName, ObjectError, ObjectNotFound, UnknownId
from store.ids import EMPTY_TREE, HEX_LENGTH, CommitId, is_full_id, is_hex
from store.index.commit_index import Index
from store.index.commit_row import CommitRow
from store.index.tip_rows import AFTER_SESSIONS, extra_headers, read_fields
from store.objects.commit import milliseconds, read_commit
from store.objects.objects import ObjectReader, read_blob
from store.objects.tag import peel_to_commit
from store.repository.ref_name import SESSIONS, check_ref_name, session_ref
from store.repository.ref_read import read_ref
from store.repository.repository import Repository
from store.session.message import Message
from store.session.session import Session
from store.session_store.commit_info import CommitInfo, Place
from store.session_store.listing import NEWEST, SHORT, Listing, declare, list_tips
from store.tree_layout.attachments import attachments_of, read_attachments
from store.tree_layout.layout import read_session
from store.tree_layout.stored_messages import StoredMessages

_CHUNK = 128
_FEW = 32
_ROW = ", ".join(f"commits.{field}" for field in CommitRow._fields)
_FIRST_PARENTS = (
    "WITH RECURSIVE up (pos, n) AS (SELECT ?, 0 UNION ALL SELECT edges.parent, n + 1 FROM up "
    f"JOIN edges ON edges.child = up.pos AND ord = 0 WHERE n < {_CHUNK - 1}) "
    f"SELECT {_ROW} FROM up JOIN commits ON commits.pos = up.pos ORDER BY n"
)


class SessionReader:
    """The sessions of one repository, read-only."""

    def __init__(self, repository: Repository, fields: Sequence[str] = ()) -> None:
        """Read the sessions of `repository`; `fields` are the members to list by."""
        self.repository = repository
        self._objects: ObjectReader = repository
        self.fields = declare(repository, fields)
        self._opened: Index | None = None
        self._opening = threading.Lock()
        self._last_seen: dict[str, CommitId] = {}  # of each name, as this object knows it

    @property
    def index(self) -> Index:
        """The commit index, opened at first use."""
        if self._opened is None:
            with self._opening:
                if self._opened is None:
                    self._opened = Index(self.repository)
        return self._opened

    def __repr__(self) -> str:
        """Name the class and the repository."""
        return f"{type(self).__name__}({self.repository.path!r})"

    def __enter__(self) -> Self:
        """Return the store, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the index; the next call opens it again."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def load(self, commit: CommitId | str) -> Session:
        """Return the conversation at a commit, or at a session's name.

        Its messages are read on demand and their ids remembered, so that a longer version of it
        is saved at the cost of the new messages.

        Raises:
            UnknownId, AmbiguousId: no commit has this name or id, or several have.
            InvalidSession, CorruptObject: the conversation cannot be read.
        """
        commit_id, name = self.find(commit)
        written = self._written(commit_id) if name is not None else None
        if written is not None and name is not None:
            self._last_seen[name] = commit_id
            return written.with_name(name)
        tree = read_commit(self._objects, commit_id).tree
        names = [name] if name is not None else self.names_at(commit_id)
        if name is not None or tree == EMPTY_TREE or not names:
            session = read_session(self._objects, tree, names[0] if names else "")
        else:
            session = read_session(self._objects, tree)
            session = session.with_name(session.id if session.id in names else names[0])
        if session.origin is not None:
            self._last_seen[session.origin] = commit_id
        return session

    def attachments(self, commit: CommitId | str) -> dict[str, bytes]:
        """Return what is attached to a commit, or a session's newest one, by name.

        Raises:
            UnknownId, AmbiguousId: no commit has this name or id, or several have.
            ObjectNotFound, CorruptObject: it is missing or damaged.
        """
        tree = read_commit(self._objects, self.find(commit)[0]).tree
        found = read_attachments(self._objects, attachments_of(self._objects, tree))
        return {name: read_blob(self._objects, blob) for name, blob in found.items()}

    def _written(self, _: CommitId) -> Session | None:
        """Return the conversation at a commit if this object has just written it."""
        return None

    def iter_messages(self, commit: CommitId | str, start: int = 0) -> Iterator[Message]:
        """Return the rows of a conversation from `start` on, one after the other.

        None is kept, so that a conversation of any length needs little memory.

        Raises:
            UnknownId, AmbiguousId, InvalidSession, CorruptObject: at once, as `load` does.
        """
        rows, start = self.load(commit).messages, max(start, 0)
        return rows.one_by_one(start) if isinstance(rows, StoredMessages) else iter(rows[start:])

    def lineage(self, commit: CommitId | str, *, first_parent: bool = True) -> Iterator[CommitInfo]:
        """Return a commit and its ancestors, newest first, found as they are asked for.

        Raises:
            UnknownId, AmbiguousId: at once.
        """
        found = self.resolve(commit)
        return self._first_parents(found) if first_parent else self._ancestors(found)

    def children(self, commit: CommitId | str, limit: int | None = None) -> list[CommitInfo]:
        """Return the commits that continue this one, by time, then id."""
        found = self.resolve(commit)
        sql = (
            f"SELECT DISTINCT {_ROW} FROM edges JOIN commits ON commits.pos = child "
            "WHERE parent = ? AND live = 1 ORDER BY commits.time, commits.id LIMIT ?"
        )

        def work() -> list[CommitInfo]:
            rows = self.index.query(sql, (self.row(found).pos, _limit(limit)))
            return self._infos([CommitRow.of(row) for row in rows])

        return self.index.retry_if_rebuilt(work)

    def leaves(self, limit: int | None = None) -> list[CommitInfo]:
        """Return the commits that no other continues, newest first, then by falling id."""
        self.index.refresh()
        where = "leaf = 1 ORDER BY time DESC, id DESC LIMIT ?"
        return self.index.retry_if_rebuilt(
            lambda: self._infos(self.index.rows(where, (_limit(limit),))),
        )

    def sessions(
        self,
        limit: int | None = None,
        *,
        prefix: str = "",
        where: Mapping[str, object] | None = None,
        order: str = NEWEST,
        after: CommitInfo | None = None,
    ) -> list[CommitInfo]:
        """Return the tips of sessions, from the index alone.

        `prefix` begins the names, `where` maps fields to the JSON values that they must have
        (None: the member is absent or null). `order` is "time", "name" or a field, with a
        leading "-" for falling; sessions that are equal in it are ordered by name. The default
        is newest first, then by falling id. `after` is the last tip of an earlier listing in the
        same order, after which this one continues, whatever has moved meanwhile.

        A session whose tip was forked is listed too, and one whose tip holds no readable
        conversation, with its `problem`. Refs that name no commit are in `problems`.

        Raises:
            FieldError: the store was not opened with a field that `where` or `order` names.
        """
        listing = Listing(limit, prefix, where or {}, order, after)
        self.index.refresh()
        return self.index.retry_if_rebuilt(lambda: list_tips(self.index, self.fields, listing))

    def problems(self) -> list[tuple[str, str]]:
        """Return the refs that cannot be used, as (ref, reason), by name."""
        self.index.refresh()
        sql = "SELECT name, problem FROM refs WHERE problem IS NOT NULL ORDER BY name"
        return [(name, problem) for name, problem in self.index.query(sql)]

    def resolve(self, text: CommitId | str) -> CommitId:
        """Return the commit that a full id, a session's name or a unique prefix names.

        A name comes before a prefix: many sessions have names of eight hex digits.

        Raises:
            UnknownId, AmbiguousId: the latter lists the candidates.
        """
        return self.find(text)[0]

    def find(self, text: CommitId | str) -> tuple[CommitId, str | None]:
        """Return the commit as `resolve` does, and the session if `text` is its name."""
        if is_full_id(text):
            commit_id = self._whole(text)
            if commit_id is not None:
                return commit_id, None
        place = self.place(text)
        if place is not None:
            return place.id, text
        prefix = text.lower()
        if not is_hex(prefix) or len(prefix) > HEX_LENGTH:
            raise UnknownId(text)
        self.index.refresh()
        found = [c for c in self.index.find(prefix) if self.repository.exists(c)]
        if not found:
            raise UnknownId(text)
        if len(found) > 1:
            raise AmbiguousId(text, found)
        return CommitId(found[0]), None

    def place(self, name: str) -> Place | None:
        """Return the position of a session, or None if there is no session of this name.

        Raises:
            CorruptRef, ObjectError: its ref, or the object that it names, cannot be read.
        """
        try:
            raw = read_ref(self.repository, check_ref_name(session_ref(name)))
        except InvalidRefName:
            return None
        if raw is None:
            return None
        commit_id = self.peel(raw)
        if commit_id is None:
            raise ObjectNotFound(raw, "no commit")
        return Place(raw, commit_id)

    def peel(self, object_id: str) -> CommitId | None:
        """Return the commit that an object is, or that an annotated tag names."""
        return peel_to_commit(self._objects, object_id)

    def names_at(self, commit_id: CommitId) -> list[str]:
        """Return the sessions whose tip this is, by name."""
        return self._names_where("commits.id", bytes.fromhex(commit_id))

    def names_of(self, session_id: str) -> list[str]:
        """Return the sessions whose document has this id, by name."""
        return self._names_where("session", session_id)

    def _names_where(self, column: str, value: str | bytes) -> list[str]:
        self.index.refresh()
        sql = (
            f"SELECT name FROM refs JOIN commits USING (pos) WHERE {column} = ? "
            "AND name >= ? AND name < ? ORDER BY name"
        )
        rows = self.index.query(sql, (value, SESSIONS, AFTER_SESSIONS))
        return [row[0][len(SESSIONS) :] for row in rows]

    def row(self, commit_id: CommitId) -> CommitRow:
        """Return a commit's row in the index, adding it if it is not there."""
        self.index.refresh()
        row = self.index.row(commit_id)
        if row is None:
            self.index.ensure(self.repository, [commit_id])
            row = self.index.row(commit_id)
        if row is None:
            raise UnknownId(commit_id)
        return row

    def info(self, commit_id: CommitId, name: str | None = None) -> CommitInfo:
        """Return a commit's facts, under the session `name` if that is given."""
        return self._infos([self.row(commit_id)], None if name is None else [name])[0]

    def short_id(self, commit_id: CommitId) -> str:
        """Return the shortest unique prefix of a commit's id, at least 8 digits."""
        return commit_id[: max(SHORT, self.index.shared_length(commit_id) + 1)]

    def _whole(self, text: str) -> CommitId | None:
        try:
            return self.peel(text)
        except ObjectNotFound:
            return None

    def _first_parents(self, start: CommitId) -> Iterator[CommitInfo]:
        for rows in self._chunks(start):
            yield from self._infos(rows)

    def _chunks(self, start: CommitId) -> Iterator[list[CommitRow]]:
        """Yield the rows of a commit and its first parents, newest first."""
        here: CommitId | None = start
        while here is not None:
            rows = self.index.retry_if_rebuilt(lambda here=here: self._chunk(here))  # type: ignore[misc]
            above = self._parents(rows[-1])  # a rebuild may change positions after this
            yield rows
            here = above[0] if above else None

    def _chunk(self, start: CommitId) -> list[CommitRow]:
        found = self.index.query(_FIRST_PARENTS, (self.row(start).pos,))
        return [CommitRow.of(row) for row in found]

    def _ancestors(self, start: CommitId) -> Iterator[CommitInfo]:
        shown: set[CommitId] = set()
        heap: list[int] = []
        build, seen = -1, {0}
        while True:
            if build != self.index.build:  # positions have changed: the walk starts again
                top = self.row(start).pos
                build, heap, seen = self.index.build, [-top], {0, top}
            rows = self._next_ancestors(heap, seen)
            if build != self.index.build:
                continue
            if not rows:
                return
            fresh = [row for row in rows if row.id not in shown]
            shown.update(row.id for row in fresh)
            yield from self._infos(fresh)

    def _next_ancestors(self, heap: list[int], seen: set[int]) -> list[CommitRow]:
        """Take the next positions from the heap, highest first, and add their parents to it."""
        taken: list[int] = []
        while heap and len(taken) < _FEW:
            taken.append(-heappop(heap))
            for parent in self.index.parents(taken[-1]):
                if parent not in seen:
                    seen.add(parent)
                    heappush(heap, -parent)
        marks = ",".join("?" * len(taken))
        return self.index.rows(f"pos IN ({marks}) ORDER BY pos DESC", taken)

    def _infos(
        self, rows: Sequence[CommitRow], names: Sequence[str] | None = None
    ) -> list[CommitInfo]:
        shown = names or self._names([row.pos for row in rows])
        lengths = self.index.shared_lengths([row.pos for row in rows])
        return [
            self._of_row(row, name, max(SHORT, lengths.get(row.pos, 0) + 1))
            for row, name in zip(rows, shown, strict=True)
        ]

    def _names(self, positions: Sequence[int]) -> list[str | None]:
        sql = "SELECT pos, min(name) FROM refs WHERE name >= ? AND name < ? AND pos IN ({}) GROUP BY pos"
        rows = self.index.query_among(sql, positions, SESSIONS, AFTER_SESSIONS)
        found = {position: name[len(SESSIONS) :] for position, name in rows}
        return [found.get(position) for position in positions]

    def _of_row(self, row: CommitRow, name: str | None, short: int) -> CommitInfo:
        problem = row.problem or ""
        try:
            commit = read_commit(self.repository, row.id)
        except ObjectError as error:
            commit, problem = None, str(error)
        session_id = (name or "") if row.tree == EMPTY_TREE else row.session or ""
        return CommitInfo(
            row.id,
            row.id[:short],
            name,
            session_id,
            extra_headers(commit) if commit else (),
            commit.message if commit else row.subject,
            row.time,
            row.messages or 0,
            row.model or "",
            commit.parents if commit else self._parents(row),
            problem,
            milliseconds(commit) if commit else row.time * 1000,
            {}
            if problem or not self.fields
            else read_fields(self.repository, row.tree, self.fields),
        )

    def _parents(self, row: CommitRow) -> tuple[CommitId, ...]:
        above = [position for position in self.index.parents(row.pos) if position]
        return tuple(self.index.row_at(position).id for position in above)


def _limit(limit: int | None) -> int:
    return -1 if limit is None else limit
