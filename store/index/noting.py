"""The connection of a writer, which notes in the index the refs that it moves, several at once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from store.ids import CommitId
from store.index.connection import IndexConnection
from store.index.ref_stat_cache import shown_name
from store.repository.ref_read import read_ref

if TYPE_CHECKING:
    from store.index.ref_mirror import RefMove
    from store.objects.commit import Commit
    from store.objects.objects import ObjectReader
    from store.repository.repository import Repository
    from store.tree_layout.append import Growth

_MOST, _TOGETHER = 32, 1.0
_KNOWN = "SELECT id FROM refs WHERE name = ?"


class Note(NamedTuple):
    """A ref that this process has moved, and the commit that it wrote there."""

    name: str
    commit_id: CommitId
    commit: Commit
    growth: Growth | None


class NotingConnection(IndexConnection):
    """A connection that keeps the moves of refs for a moment, and then notes them together."""

    repository: Repository

    def __init__(self, gitdir: str, tables: str, version: int) -> None:
        """Open the file."""
        super().__init__(gitdir, tables, version)
        self._notes: list[Note] = []
        self._noted = -_TOGETHER

    def positions(self, commits: Iterable[CommitId]) -> dict[CommitId, int]:
        """Return the positions of those commits that are in the index."""
        raise NotImplementedError

    def _follow(self, connection: sqlite3.Connection, moves: Sequence[RefMove]) -> None:
        """Bring the commits that refs hold up to date with the refs."""
        raise NotImplementedError

    def note_ref(
        self, reader: ObjectReader, name: str, commit_id: CommitId, growth: Growth | None = None
    ) -> None:
        """Note a ref that this process has just moved.

        Moves that follow each other within a second are noted together: by the first one after
        that, by the 32nd, by a refresh of this index, and when it is closed. Others who read the
        index meanwhile see that the ref has moved, and read the commits themselves.
        """
        from store.objects.commit import read_commit

        with self._held():
            self._notes.append(Note(name, commit_id, read_commit(reader, commit_id), growth))
            is_late = time.monotonic() - self._noted > _TOGETHER
            if growth is None or is_late or len(self._notes) >= _MOST:
                self.note_refs(reader)

    def note_refs(self, reader: ObjectReader | None = None) -> None:
        """Note the moves that wait for it, if the index is free at once.

        What cannot be noted now is found by the next refresh.
        """
        with self._held():
            if self._notes:
                notes, self._notes = self._notes, []
                self._noted = time.monotonic()
                self.try_writing(
                    lambda connection: self._write(connection, reader or self.repository, notes)
                )

    def close(self) -> None:
        """Note what waits for it, and close the file."""
        if self._pid == os.getpid():
            self.note_refs()
        super().close()

    def discard_file(self) -> None:
        """Discard the file with what waits for it; see `IndexConnection`."""
        self._notes = []
        super().discard_file()

    def _write(
        self, connection: sqlite3.Connection, reader: ObjectReader, notes: Sequence[Note]
    ) -> None:
        """Add the commits of the refs that nobody has moved since, and note these refs.

        A reader may have noted the other moves already, and what was deleted must not come back.
        A commit whose parents are missing is left to the next refresh, with its ref.
        """
        from store.index.ref_mirror import RefMove, put_written_ref
        from store.index.row_builder import RowWriter

        newest = {note.name: note.commit_id for note in notes}
        there = {name for name, value in newest.items() if read_ref(self.repository, name) == value}
        notes = [note for note in notes if note.name in there]
        around = {one for note in notes for one in (note.commit_id, *note.commit.parents)}
        known = {*self.positions(around)}
        rows = RowWriter(reader, connection)
        for note in notes:
            if note.commit_id not in known and known.issuperset(note.commit.parents):
                rows.insert(note.commit_id, note.commit, note.growth, continued=True)
                known.add(note.commit_id)
        rows.flush()
        moves = []
        for name in (name for name in newest if name in there and newest[name] in known):
            row = connection.execute(_KNOWN, (shown_name(name),)).fetchone()
            put_written_ref(connection, name, newest[name])
            moves.append(RefMove(shown_name(name), (row[0] or None) if row else None, newest[name]))
        self._follow(connection, moves)
