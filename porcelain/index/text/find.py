"""Finds messages by what was said in them, newest first.

The full-text file names candidates, and each is looked at before it counts. Commits that the
file lacks are read whole: all of them where sqlite has no FTS5 or the file cannot be written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import NamedTuple

from porcelain.index.text.added_rows import AddedRows, read_steps
from porcelain.index.text.question import Question
from porcelain.index.text.said import called, said, said_at
from porcelain.index.text.text_file import discard_text_file, is_filled, open_text_file
from porcelain.transcript.row import Row
from store.errors import InvalidSession, ObjectError
from store.ids import BlobId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow

_FIRST_PAGE = 32
_FIRST_LIST = 1000
_END_OF_TIME = 1 << 62
_MOST_AT_ONCE = 500
_COLUMNS = ", ".join(CommitRow._fields)


Progress = Callable[[int, int], object]
"""Is told how many commits or messages are read, and of how many."""


_Candidate = tuple[int, bytes, int]


class Wanted(NamedTuple):
    """The tests of a search; None leaves a test out.

    `role` and `tool` test names, `since` is in milliseconds since the epoch. `where` tells
    which commits count, by position; hidden ones are looked at only if they are in `hidden`.
    """

    question: Question | None = None
    role: Callable[[str], bool] | None = None
    tool: Callable[[str], bool] | None = None
    since: int | None = None
    where: Callable[[int], bool] | None = None
    hidden: tuple[int, ...] = ()


class Place(NamedTuple):
    """A commit that adds a message, and the message's number in the conversation."""

    row: CommitRow
    number: int


class Found(NamedTuple):
    """A message: when it was said (ms), the commits that add it, oldest first, its row and text."""

    time: int
    places: tuple[Place, ...]
    row: Row
    text: str
    blob: BlobId = BlobId("")


class TextSearch:
    """Searches the messages of one index."""

    def __init__(self, index: Index, progress: Progress = max) -> None:
        """Read nothing yet; `progress` is told while the full-text file is filled."""
        self._index = index
        self._progress = progress
        self._rows = AddedRows(index)
        self._file: sqlite3.Connection | None = None
        self._unread: list[int] = []
        self._begun = False

    def find(self, wanted: Wanted) -> Iterator[Found]:
        """Yield the messages that pass all tests, newest first, each once.

        Raises:
            Refused: a regular expression takes too long.
        """
        self._begin()
        seen: set[BlobId] = set()
        try:
            yield from self._found(wanted, seen)
        except sqlite3.Error as error:
            self._give_up(error)
            yield from self._found(wanted, seen)

    def _found(self, wanted: Wanted, seen: set[BlobId]) -> Iterator[Found]:
        """Yield what is found and not yet in `seen`, to which it is added."""
        scanned = sorted(self._scan(wanted), key=_age, reverse=True)
        stream: Iterable[Found] = scanned
        if self._file is not None:
            known = frozenset(found.blob for found in scanned)
            candidates = self._candidates(self._file, wanted, known)
            stream = merge(candidates, scanned, key=_age, reverse=True)
        for found in stream:
            if found.blob not in seen:
                seen.add(found.blob)
                yield found

    def close(self) -> None:
        """Close the full-text file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._begun = False

    def _begin(self) -> None:
        """Open the full-text file and bring it up to date."""
        if self._begun:
            return
        self._begun = True
        self._file = open_text_file(self._index.repository.path)
        if self._file is None:
            self._read_all()
            return
        try:
            if not is_filled(self._index, self._file):
                from porcelain.index.text.fill import fill

                self._unread = fill(self._index, self._file, self._progress)
        except sqlite3.OperationalError:  # another process is filling it
            from porcelain.index.text.fill import unread

            self._unread = unread(self._index, self._file)
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        """Go on without the full-text file; discard it if it is damaged."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if not isinstance(error, sqlite3.OperationalError):
            discard_text_file(self._index.repository.path)
        self._read_all()

    def _read_all(self) -> None:
        rows = self._index.query("SELECT pos FROM commits WHERE visible = 1 ORDER BY pos")
        self._unread = [position for (position,) in rows]

    def _candidates(
        self, file: sqlite3.Connection, wanted: Wanted, known: frozenset[BlobId]
    ) -> Iterator[Found]:
        """Yield what the full-text file leads to, newest first, without what is known."""
        size = _FIRST_PAGE
        done, total = 0, self._count(file, wanted)
        for page in self._pages(file, wanted):
            start = 0
            while some := page[start : start + size]:
                places = self._places(file, wanted, [row[0] for row in some])
                for n, raw, time in some:
                    blob = BlobId(raw.hex())
                    if places.get(n) and blob not in known:
                        row = self._rows.read(*places[n][0], blob)
                        if row is not None and (found := _fitting(wanted, time, places[n], row)):
                            yield found._replace(blob=blob)
                start, size = start + size, min(2 * size, _MOST_AT_ONCE)
                done += len(some)
                if total:
                    self._progress(min(done, total), total)

    def _count(self, file: sqlite3.Connection, wanted: Wanted) -> int:
        """Return how many messages may have to be read; 0 where words lead to them."""
        if wanted.question is None or wanted.question.query:
            return 0
        count: int = file.execute("SELECT count(*) FROM texts").fetchone()[0]
        return count

    def _pages(self, file: sqlite3.Connection, wanted: Wanted) -> Iterator[list[_Candidate]]:
        """Yield the candidates, newest first, more and more at a time."""
        sql, arguments = _listing(file, wanted)
        below: tuple[int, int] = (_END_OF_TIME, 0)
        count = _FIRST_LIST
        while rows := file.execute(sql, (*arguments, *below, count)).fetchall():
            below = (rows[-1][2], rows[-1][0])
            if wanted.tool is not None:
                rows = [row for row in rows if any(map(wanted.tool, row[3].split("\n")))]
            yield [row[:3] for row in rows]
            count *= 4

    def _places(
        self, file: sqlite3.Connection, wanted: Wanted, texts: list[int]
    ) -> dict[int, tuple[Place, ...]]:
        """Return the visible commits that add each text, oldest first, that count."""
        sql = (
            "SELECT text, number, id FROM rows JOIN commits USING (step) "
            f"WHERE text IN ({', '.join('?' * len(texts))})"
        )
        rows = file.execute(sql, texts).fetchall()
        sql = f"SELECT {_COLUMNS} FROM commits WHERE visible = 1 AND id IN ({{}})"
        known = self._index.query_among(sql, {row[2] for row in rows})
        commits = {row[1]: CommitRow.of(row) for row in known}
        found: dict[int, list[Place]] = {}
        for text, number, one in rows:
            row = commits.get(one)
            if row is not None and (wanted.where is None or wanted.where(row.pos)):
                found.setdefault(text, []).append(Place(row, number))
        return {n: tuple(sorted(places, key=_first)) for n, places in found.items()}

    def _scan(self, wanted: Wanted) -> Iterable[Found]:
        """Yield what is found in the commits that the full-text file lacks."""
        positions = [p for p in self._unread if wanted.where is None or wanted.where(p)]
        matches: dict[BlobId, Found | None] = {}
        calls: dict[str, str] = {}
        chosen = sorted({*positions, *wanted.hidden})
        for done, step in enumerate(read_steps(self._index, chosen), 1):
            self._progress(done, len(chosen))
            try:
                added = self._rows.of(step)
            except (InvalidSession, ObjectError):
                continue  # `wj doctor` says so
            for number, blob in added:
                place = Place(step.row, number)
                if blob not in matches:
                    row = self._rows.read(step.row, number, blob)
                    matches[blob] = row and self._scanned(wanted, place, row, calls)
                elif (known := matches[blob]) is not None:
                    matches[blob] = known._replace(places=(*known.places, place))
        return (found._replace(blob=blob) for blob, found in matches.items() if found is not None)

    def _scanned(
        self, wanted: Wanted, place: Place, row: Row, calls: dict[str, str]
    ) -> Found | None:
        calls |= called(row)
        time = said_at(row)
        time = place.row.time * 1000 if time is None else time
        if wanted.since is not None and time < wanted.since:
            return None
        if wanted.role is not None and not wanted.role(row.role or ""):
            return None
        if wanted.tool is not None:
            tools = [self._tool(one, calls) for one in (*row.calls, *row.results)]
            if not any(tool is not None and wanted.tool(tool) for tool in tools):
                return None
        return _fitting(wanted, time, (place,), row)

    def _tool(self, call: str, calls: dict[str, str]) -> str | None:
        if call not in calls and self._file is not None:
            sql = "SELECT tool FROM calls WHERE id = ?"
            for (tool,) in self._file.execute(sql, (call,)):
                calls[call] = tool
        return calls.get(call)


def _listing(file: sqlite3.Connection, wanted: Wanted) -> tuple[str, list[object]]:
    """Return a query for candidates, and its arguments; after them the last seen and a number."""
    conditions, arguments = list[str](), list[object]()
    if wanted.question is not None and wanted.question.query:
        # With the sign + sqlite follows the time, and stops at the limit: a word that is in most
        # messages costs its list of numbers, and no look at each of them.
        conditions.append("+n IN (SELECT rowid FROM words WHERE words MATCH ?)")
        arguments.append(wanted.question.query)
    if wanted.since is not None:
        conditions.append("time >= ?")
        arguments.append(wanted.since)
    if wanted.role is not None:
        every = file.execute("SELECT DISTINCT role FROM texts").fetchall()
        roles = [role for (role,) in every if wanted.role(role)]
        conditions.append(f"role IN ({', '.join('?' * len(roles))})")
        arguments += roles
    if wanted.tool is not None:
        conditions.append("tools IS NOT NULL")
    conditions.append("(time, n) < (?, ?)")
    sql = (
        "SELECT n, blob, time, tools FROM texts INDEXED BY texts_time "
        f"WHERE {' AND '.join(conditions)} ORDER BY time DESC, n DESC LIMIT ?"
    )
    return sql, arguments


def _fitting(wanted: Wanted, time: int, places: tuple[Place, ...], row: Row) -> Found | None:
    text = said(row)
    if wanted.question is not None and not wanted.question.fits(text):
        return None
    return Found(time, places, row, text)


def _age(found: Found) -> tuple[int, int, int]:
    place = found.places[0]
    return found.time, place.row.pos, place.number


def _first(place: Place) -> tuple[int, int, int]:
    # The time of a commit stays when it is rewritten.
    return place.row.time, place.row.pos, place.number
