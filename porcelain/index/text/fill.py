"""Fills the full-text file with what the visible commits add, a portion at a time.

Each portion is a transaction of its own, so that an interrupted search loses little, and the
next one goes on. Hidden commits are left out: a redacted text is hidden, and stays out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from porcelain.index.text.added_rows import AddedRows, Step, read_steps
from porcelain.index.text.folding import fold
from porcelain.index.text.said import called, said, said_at
from porcelain.index.text.text_file import is_filled, shown_state
from porcelain.index.text.tokens import indexed
from porcelain.index.view_rows import indexed_head
from porcelain.transcript.row import Row
from store.errors import InvalidSession, ObjectError
from store.ids import NULL_ID, BlobId
from store.index.commit_index import Index
from store.repository.ref_read import read_ref

Progress = Callable[[int, int], object]

_MOST_COMMITS = 500
_MOST_TEXT = 1 << 20


class _Text(NamedTuple):
    """One message, ready to be inserted."""

    blob: BlobId
    time: int
    row: Row
    body: str


class _Portion:
    """Commits that are inserted together."""

    def __init__(self) -> None:
        self.steps: list[tuple[Step, list[tuple[int, BlobId]]]] = []
        self.texts: dict[BlobId, _Text] = {}
        self.size = 0

    @property
    def is_full(self) -> bool:
        return len(self.steps) >= _MOST_COMMITS or self.size >= _MOST_TEXT


def unread(index: Index, file: sqlite3.Connection) -> list[int]:
    """Return the positions of the visible commits that the full-text file lacks, rising."""
    if is_filled(index, file):
        return []
    known = {one for (one,) in file.execute("SELECT id FROM commits")}
    rows = index.query("SELECT pos, id FROM commits WHERE visible = 1")
    return sorted(position for position, one in rows if one not in known)


def fill(index: Index, file: sqlite3.Connection, progress: Progress) -> list[int]:
    """Read the commits that the full-text file lacks; return those that it lacks all the same.

    It lacks those that cannot be read, and all where the index shows a past or older state.

    Raises:
        sqlite3.Error: the file cannot be written; what was written before stays.
    """
    # Asked before the commits are: see `_is_newest`.
    may_fill = _is_newest(index)
    state = shown_state(index)
    positions = unread(index, file)
    if not may_fill:
        return positions
    left = _Filler(index, file, progress).fill(positions)
    if not left and state == shown_state(index):
        file.execute("REPLACE INTO meta VALUES ('state', ?)", (state,))
    return left


def _is_newest(index: Index) -> bool:
    """Tell whether the index shows the newest operation.

    A redaction publishes its operation, and then discards the full-text file. So if this holds
    after the file was opened, either the commits that are visible now are redacted, or the
    file that is open will be discarded.
    """
    return (read_ref(index.repository, "refs/wj/op") or NULL_ID) == indexed_head(index)


class _Filler:
    def __init__(self, index: Index, file: sqlite3.Connection, progress: Progress) -> None:
        self._index = index
        self._file = file
        self._progress = progress
        self._rows = AddedRows(index)

    def fill(self, positions: list[int]) -> list[int]:
        done = 0
        left: list[int] = []
        for portion in self._portions(positions, left):
            self._insert(portion)
            done += len(portion.steps)
            self._progress(done + len(left), len(positions))
        return left

    def _portions(self, positions: list[int], left: list[int]) -> Iterator[_Portion]:
        portion = _Portion()
        for step in read_steps(self._index, positions):
            try:
                self._read(portion, step)
            except (InvalidSession, ObjectError):
                left.append(step.row.pos)
            if portion.is_full:
                yield portion
                portion = _Portion()
        if portion.steps:
            yield portion

    def _read(self, portion: _Portion, step: Step) -> None:
        """Read what a commit adds, unless another commit did the same."""
        added: list[tuple[int, BlobId]] = []
        if step.has_rows and not self._has("steps WHERE key", step.key):
            added = self._rows.of(step)
        portion.steps.append((step, added))
        for number, blob in added:
            if blob in portion.texts or self._has("texts WHERE blob", bytes.fromhex(blob)):
                continue
            row = self._rows.read(step.row, number, blob)
            if row is not None:
                body = indexed(fold(said(row)))
                time = said_at(row)
                time = step.row.time * 1000 if time is None else time
                portion.texts[blob] = _Text(blob, time, row, body)
                portion.size += len(row.raw)

    def _has(self, where: str, value: bytes) -> bool:
        sql = f"SELECT 1 FROM {where} = ?"
        return self._file.execute(sql, (value,)).fetchone() is not None

    def _insert(self, portion: _Portion) -> None:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            self._insert_texts(portion.texts.values())
            self._insert_steps(portion)
            self._file.execute("COMMIT")
        finally:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")

    def _insert_texts(self, texts: Iterable[_Text]) -> None:
        execute = self._file.execute
        for text in texts:
            calls = called(text.row)
            self._file.executemany("INSERT OR IGNORE INTO calls VALUES (?, ?)", calls.items())
            tools = self._tools(text.row, calls)
            added = execute(
                "INSERT OR IGNORE INTO texts (blob, time, role, tools) VALUES (?, ?, ?, ?)",
                (bytes.fromhex(text.blob), text.time, text.row.role, tools),
            )
            if added.rowcount == 1:  # else another process has read the same message
                words = "INSERT INTO words (rowid, body) VALUES (?, ?)"
                execute(words, (added.lastrowid, text.body))

    def _tools(self, row: Row, calls: dict[str, str]) -> str | None:
        """Return the tools that a message calls or hears from, a line each."""
        names = dict.fromkeys(calls.values())
        for one in row.results:
            found = self._file.execute("SELECT tool FROM calls WHERE id = ?", (one,)).fetchone()
            if found is not None:
                names[found[0]] = None
        return "\n".join(names) or None

    def _insert_steps(self, portion: _Portion) -> None:
        execute = self._file.execute
        for step, added in portion.steps:
            number = None
            if step.has_rows:
                found = execute("SELECT step FROM steps WHERE key = ?", (step.key,)).fetchone()
                number = found[0] if found else self._insert_step(step.key, added)
            commit = (bytes.fromhex(step.row.id), number)
            execute("INSERT OR IGNORE INTO commits VALUES (?, ?)", commit)

    def _insert_step(self, key: bytes, added: list[tuple[int, BlobId]]) -> int:
        number = self._file.execute("INSERT INTO steps (key) VALUES (?)", (key,)).lastrowid
        assert number is not None
        self._file.executemany(
            "INSERT OR IGNORE INTO rows SELECT n, ?, ? FROM texts WHERE blob = ?",
            [(number, place, bytes.fromhex(blob)) for place, blob in added],
        )
        return number
