"""The commit index: a disposable cache that answers listings without reading objects.

It holds a mirror of the refs and, for every commit reachable from them or from porcelain's
heads, the position, the links and the facts that listings show. It never decides which commits
are kept. Two processes may write it at the same time. A process that cannot write it, or that
waits too long for its turn, continues with a copy in memory.

Positions are valid for one build of the index and change with a rebuild. `retry_if_rebuilt`
runs work that must not mix positions of two builds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from store.ids import HEX_LENGTH, CommitId
from store.index.commit_row import CommitRow
from store.index.database_file import MANY, IndexLost
from store.index.noting import NotingConnection
from store.index.ref_stat_cache import refs_unmoved

if TYPE_CHECKING:
    from store.document.agent_facts import Conversation
    from store.index.reachability import Mark, MarkChange
    from store.index.ref_mirror import RefMove
    from store.objects.commit import Commit
    from store.objects.objects import ObjectReader
    from store.repository.repository import Repository
    from store.tree_layout.append import Growth

__all__ = ["Growth", "Index", "IndexLost", "Mark", "RefMove"]

_MOST_AHEAD = 500
_MOST_KEPT = 1 << 16
_CONVERSATIONS = "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)"
_LAST_CONVERSATION = "SELECT coalesce(max(id), 0) FROM conversations"
_COLUMNS = ", ".join(CommitRow._fields)
_NEIGHBOURS = (
    "(SELECT max(id) FROM commits WHERE id < own.id), "
    "(SELECT min(id) FROM commits WHERE id > own.id)"
)
_LAST = "SELECT pos, id FROM commits ORDER BY pos DESC LIMIT 1"
_UNMARK = "UPDATE commits SET live = 0, visible = 0, leaf = 0 WHERE pos BETWEEN ? AND ?"


class Index(NotingConnection):
    """The index of one repository, for one opener; safe between threads and after a fork.

    `tables` is SQL that creates the opener's own tables, `version` is their version.
    `IndexConnection` says how failures are handled.
    """

    def __init__(self, repository: Repository, tables: str = "", version: int = 0) -> None:
        """Open the file without bringing it up to date."""
        super().__init__(repository.path, tables, version)
        self.repository = repository
        self.on_rebuild = [self.refresh]
        self._kept: tuple[object, dict[int, tuple[int, ...]]] = (None, {})
        self._ahead = 1
        self._lowest = 0

    def refresh(self) -> list[RefMove]:
        """Bring refs and commits up to date; return the refs that moved since last time.

        Does not load libgit2 if the fingerprints show that no ref moved.

        Raises:
            CorruptRef: `packed-refs` is damaged.
        """
        return self._recovering(self._refresh)

    def is_unmoved(self) -> bool:
        """Tell whether no ref has moved, so that `refresh` has nothing to do."""
        return self._recovering(lambda: refs_unmoved(self.repository.path, self._connection))

    def ensure(
        self,
        reader: ObjectReader,
        ids: Iterable[CommitId],
        like: Mapping[CommitId, Sequence[CommitId]] | None = None,
        read: Mapping[CommitId, Commit] | None = None,
        grown: Mapping[CommitId, Growth | None] | None = None,
    ) -> None:
        """Add these commits and their ancestors, parents first.

        `like` maps some to others that may hold the same transcript: their facts are copied. `read`
        holds commits that need not be read again, `grown` has the facts of those just written.

        Raises:
            ObjectNotFound, CorruptObject, WrongObjectKind: history cannot be read.
        """
        wanted = list(ids)

        def work() -> None:
            if not (unknown := self.unknown(wanted)):
                return
            from store.index.pending_commits import add_commits
            from store.index.row_builder import RowWriter

            with self.writing() as connection:
                if self._depth == 1:  # another process may have added some of them until now
                    unknown = self.unknown(wanted)
                alike = {one: like[one] for one in unknown if one in like} if like else None
                add_commits(self, RowWriter(reader, connection, alike), unknown, read, grown)

        self._recovering(work)

    def unknown(self, wanted: Sequence[CommitId]) -> dict[CommitId, None]:
        """Return those commits that the index lacks, in their order."""
        known = self.positions(wanted)
        return {commit_id: None for commit_id in wanted if commit_id not in known}

    def copy_commits_from(self, copy: Index, limit: int) -> int:
        """Copy up to `limit` commits that a copy of this index has gained, without their marks.

        Returns their number: 0 if there are no more, or if this index has other commits by now.
        """

        def work() -> int:
            with self.writing() as connection:
                last = connection.execute(_LAST).fetchone() or (0, None)
                if last[0] and copy.query("SELECT id FROM commits WHERE pos = ?", last[:1]) != [
                    last[1:]
                ]:
                    return 0
                sql = "SELECT * FROM commits WHERE pos > ? ORDER BY pos LIMIT ?"
                rows = copy.query(sql, (last[0], limit))
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    connection.executemany(f"INSERT INTO commits VALUES ({marks})", rows)
                    known = connection.execute(_LAST_CONVERSATION).fetchone()
                    new = copy.query("SELECT * FROM conversations WHERE id > ?", known)
                    connection.executemany(_CONVERSATIONS, new)
                    ends = (rows[0][0], rows[-1][0])
                    connection.execute(_UNMARK, ends)
                    edges = copy.query("SELECT * FROM edges WHERE child BETWEEN ? AND ?", ends)
                    connection.executemany("INSERT INTO edges VALUES (?, ?, ?)", edges)
                return len(rows)

        return self._recovering(work)

    def position(self, commit_id: str) -> int | None:
        """Return a commit's position, or None if it is not in the index."""
        rows = self.query("SELECT pos FROM commits WHERE id = ?", (bytes.fromhex(commit_id),))
        return rows[0][0] if rows else None

    def positions(self, commits: Iterable[CommitId]) -> dict[CommitId, int]:
        """Return the positions of those commits that are in the index."""
        wanted, sql = [*commits], "SELECT id, pos FROM commits"
        if self._are_most(len(wanted)):
            every = self.known(self._top, lambda: {i.hex(): pos for i, pos in self.query(sql)})
            found = dict(zip(wanted, map(every.get, wanted), strict=True))
            return {one: at for one, at in found.items() if at} if None in found.values() else found
        ids = [bytes.fromhex(commit_id) for commit_id in wanted]
        rows = self.query_among(f"{sql} WHERE id IN ({{}})", ids)
        return {CommitId(commit_id.hex()): position for commit_id, position in rows}

    def among(self, where: str, positions: Collection[int]) -> set[int]:
        """Return the positions for whose commits a condition holds."""
        sql = f"SELECT pos FROM commits WHERE {where}"
        if self._are_most(len(positions)):
            return {row[0] for row in self.query(sql)} & {*positions}
        return {row[0] for row in self.query_among(f"{sql} AND pos IN ({{}})", positions)}

    def _are_most(self, count: int) -> bool:
        """Tell whether so many commits are asked for that to read all rows is faster."""
        return count >= MANY and self._top < 4 * count

    @property
    def _top(self) -> int:
        """The highest position; 0 if there is no commit."""
        return self.query("SELECT coalesce(max(pos), 0) FROM commits")[0][0]  # type: ignore[no-any-return]

    def row(self, commit_id: str) -> CommitRow | None:
        """Return a commit's row, or None if it is not in the index."""
        found = self.rows("id = ?", (bytes.fromhex(commit_id),))
        return found[0] if found else None

    def row_at(self, position: int) -> CommitRow:
        """Return the row at a position, which must exist."""
        return self.rows("pos = ?", (position,))[0]

    def rows(self, where: str, arguments: Sequence[Any] = ()) -> list[CommitRow]:
        """Return the rows that a condition selects; it may end in an order and a limit."""
        found = self.query(f"SELECT {_COLUMNS} FROM commits WHERE {where}", arguments)
        return [CommitRow.of(row) for row in found]

    def conversation(self, row: CommitRow) -> Conversation:
        """Return the agent's conversation that a commit belongs to; an empty one if unknown."""
        from store.document.agent_facts import NO_CONVERSATION

        return next(iter(self.conversations([row.conversation or 0]).values()), NO_CONVERSATION)

    def conversations(self, numbers: Iterable[int]) -> dict[int, Conversation]:
        """Return the agents' conversations with these numbers, as `CommitRow.conversation`."""
        from store.document.agent_facts import AgentFacts, Conversation

        found = self.query_among("SELECT * FROM conversations WHERE id IN ({})", [*numbers])
        return {row[0]: Conversation(row[1], AgentFacts(*row[2:])) for row in found}

    def find(self, prefix: str, limit: int = 9) -> list[str]:
        """Return up to `limit` commit ids that begin with the hex `prefix`, in order."""
        low = bytes.fromhex(prefix.ljust(40, "0"))
        high = bytes.fromhex(prefix.ljust(40, "f"))
        sql = "SELECT id FROM commits WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"
        return [row[0].hex() for row in self.query(sql, (low, high, limit))]

    def shared_length(self, commit_id: str) -> int:
        """Return how many hex digits a commit, known or not, shares with its nearest neighbour."""
        sql = f"SELECT own.id, {_NEIGHBOURS} FROM (SELECT ? AS id) AS own"
        return _shared(*self.query(sql, (bytes.fromhex(commit_id),))[0])

    def shared_lengths(self, positions: Sequence[int]) -> dict[int, int]:
        """Return the same for the commits at these positions."""
        sql = f"SELECT pos, id, {_NEIGHBOURS} FROM commits AS own WHERE pos IN ({{}})"
        return {row[0]: _shared(*row[1:]) for row in self.query_among(sql, positions)}

    def parents(self, position: int) -> list[int]:
        """Return parent positions in order; 0 stands for "no parent".

        Links never change, so if the questions go downwards, more and more are read ahead.
        """
        if self._kept[0] != self.epoch or len(self._kept[1]) > _MOST_KEPT:
            self._kept = (self.epoch, {})
        known = self._kept[1]
        if position not in known:
            near = 0 <= self._lowest - position <= 2 * self._ahead
            self._ahead = min(2 * self._ahead, _MOST_AHEAD) if near else 1
            self._lowest = position - self._ahead
            sql = (
                "SELECT child, parent FROM edges WHERE child > ? AND child <= ? ORDER BY child, ord"
            )
            rows = self.query(sql, (self._lowest, position))
            for child, above in groupby(rows, lambda row: row[0]):
                known[child] = tuple(parent for _, parent in above)
        return [*known.get(position, ())]

    def children(self, position: int, mark: Mark) -> list[int]:
        """Return the positions of the marked children, rising."""
        sql = (
            "SELECT DISTINCT child FROM edges JOIN commits ON pos = child "
            f"WHERE parent = ? AND {mark} = 1 ORDER BY child"
        )
        return [row[0] for row in self.query(sql, (position,))]

    def is_ancestor(self, ancestor: int, descendant: int) -> bool:
        """Tell whether one position is the other, or an ancestor of it."""
        return ancestor == descendant or ancestor in self.reach([descendant], down_to=ancestor)

    def reach(self, positions: Iterable[int], down_to: int = 0) -> set[int]:
        """Return these positions and their ancestors, but none below `down_to`."""
        seen: set[int] = set()
        pending = [position for position in positions if position >= down_to]
        while pending:
            position = pending.pop()
            if position not in seen:
                seen.add(position)
                pending += [p for p in self.parents(position) if p >= down_to and p not in seen]
        return seen

    def move_roots(
        self, mark: Mark, added: Collection[int], removed: Collection[int]
    ) -> MarkChange:
        """Add and remove roots of a mark; return the commits that this marks and unmarks."""
        from store.index.reachability import move_roots

        with self.writing() as connection:
            return move_roots(self, connection, mark, added, removed)

    def colliding_ref(self, name: str, folded: str) -> str | None:
        """Return a ref that excludes `name`: equal but for case, or one is part of the other's path."""
        pieces = folded.split("/")
        above = ["/".join(pieces[:count]) for count in range(3, len(pieces))]
        rows = self.query(
            "SELECT name FROM refs WHERE folded = ? AND name <> ? "
            "UNION ALL SELECT name FROM refs WHERE folded >= ? AND folded < ? "
            f"UNION ALL SELECT name FROM refs WHERE folded IN ({','.join('?' * len(above))}) LIMIT 1",
            (folded, name, f"{folded}/", f"{folded}0", *above),
        )
        return rows[0][0] if rows else None

    def ref_positions(self) -> dict[str, tuple[str, int | None, str | None]]:
        """Return every mirrored ref: name to (id, position, problem)."""
        rows = self.query("SELECT name, id, pos, problem FROM refs")
        return {name: (value, pos, problem) for name, value, pos, problem in rows}

    def _refresh(self) -> list[RefMove]:
        self.note_refs()
        if refs_unmoved(self.repository.path, self._connection):
            return []
        from store.index.followed_refs import follow_moves
        from store.index.pending_commits import add_history
        from store.index.ref_mirror import sync_refs
        from store.index.row_builder import RowWriter

        with self.writing() as connection:
            moves, unwritten = sync_refs(self.repository, connection)
            new = [move.new for move in moves if move.new is not None]
            if len(new) > 1:
                rows = RowWriter(self.repository, connection, live=not self._top)
                add_history(self, rows, new)
            follow_moves(self, connection, moves, unwritten)
        return [move for move in moves if move.old != move.new]

    def _follow(self, connection: sqlite3.Connection, moves: Sequence[RefMove]) -> None:
        from store.index.followed_refs import follow_moves

        follow_moves(self, connection, moves)


def _shared(own: bytes, *near: bytes | None) -> int:
    number = int.from_bytes(own, "big")
    bits = [(number ^ int.from_bytes(one, "big")).bit_length() for one in near if one]
    return HEX_LENGTH - (min(bits) + 3) // 4 if bits else 0
