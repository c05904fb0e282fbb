"""Known rows and files: the rows of every source by key, and the files as they were last read.

Porcelain's own tables in the disposable index. `source_rows` finds the sources that hold a row,
under whichever native id; `source_files` tells that a file has not changed without reading it.
Both follow the view: what belongs to another version of a source does not count.

    indexed_sources   source key -> the commit whose rows are in source_rows
    source_rows       row key, hash of the native row id, source, number of the row
    source_files      location -> path, size, times (ns) and inode when read, source, its commit
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from store.ids import CommitId
    from store.index.commit_index import Index

_AT_ONCE = 10_000
"""How many rows are looked up at once: those of a large file take much memory."""


class FileState(NamedTuple):
    """A file as the system describes it: size in bytes, times in nanoseconds, inode."""

    size: int
    mtime: int
    ctime: int
    inode: int

    @classmethod
    def of(cls, stat: os.stat_result) -> FileState:
        """Return the state that a system call reported."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)

    @classmethod
    def at(cls, path: str) -> FileState:
        """Return the state of a file; of an SQLite database, its journal included.

        Raises:
            OSError: there is none.
        """
        state = cls.of(os.stat(path))
        if path.endswith((".jsonl", ".json")):
            return state
        try:
            journal = os.stat(f"{path}-wal")
        except OSError:
            return state
        return cls(
            state.size + journal.st_size,
            max(state.mtime, journal.st_mtime_ns),
            max(state.ctime, journal.st_ctime_ns),
            state.inode,
        )


class KnownFile(NamedTuple):
    """A file that was imported: its path, its state then, its source and the commit of its rows."""

    path: str
    state: FileState
    source: str
    stored: str


def native_hash(native_id: str) -> bytes:
    """Return the short hash under which a native row id is kept."""
    return blake2b(native_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def indexed_version(index: Index, source: str) -> str | None:
    """Return the commit whose rows are indexed for a source, or None."""
    rows = index.query("SELECT stored FROM indexed_sources WHERE source = ?", (source,))
    return rows[0][0] if rows else None


def indexed_versions(index: Index) -> dict[str, str]:
    """Return the commit whose rows are indexed, by source."""
    return dict(index.query("SELECT source, stored FROM indexed_sources"))


def put_rows(
    index: Index,
    source: str,
    stored: CommitId,
    rows: Iterable[tuple[bytes, str | None]],
    start: int = 0,
) -> None:
    """Index the rows (key, native row id) of a source from row `start` on; those before stay."""
    with index.writing() as connection:
        connection.execute(
            "INSERT INTO indexed_sources (source, stored) VALUES (?, ?) "
            "ON CONFLICT (source) DO UPDATE SET stored = excluded.stored",
            (source, stored),
        )
        sql = "SELECT number FROM indexed_sources WHERE source = ?"
        number = connection.execute(sql, (source,)).fetchone()[0]
        sql = "DELETE FROM source_rows WHERE number = ? AND row >= ?"
        connection.execute(sql, (number, start))
        connection.executemany(
            "INSERT INTO source_rows VALUES (?, ?, ?, ?)",
            (
                (number, row, key, None if native is None else native_hash(native))
                for row, (key, native) in enumerate(rows, start)
            ),
        )


def drop_rows(index: Index, sources: Iterable[str]) -> None:
    """Remove the rows of sources from the index."""
    gone = [(source,) for source in sources]
    with index.writing() as connection:
        connection.executemany(
            "DELETE FROM source_rows WHERE number = "
            "(SELECT number FROM indexed_sources WHERE source = ?)",
            gone,
        )
        connection.executemany("DELETE FROM indexed_sources WHERE source = ?", gone)


def row_keys_of(index: Index, source: str) -> list[bytes]:
    """Return the keys of the indexed rows of a source, in order."""
    return [key for _, key, _ in source_rows_of(index, source)]


def row_key_at(index: Index, source: str, row: int) -> bytes:
    """Return the key of one indexed row of a source."""
    sql = (
        "SELECT key FROM source_rows JOIN indexed_sources USING (number) "
        "WHERE source = ? AND row = ?"
    )
    key: bytes = index.query(sql, (source, row))[0][0]
    return key


def source_rows_of(index: Index, source: str) -> list[tuple[int, bytes, bytes | None]]:
    """Return number, key and hash of the native id of each indexed row of a source, in order."""
    sql = (
        "SELECT row, key, native FROM source_rows JOIN indexed_sources USING (number) "
        "WHERE source = ? ORDER BY row"
    )
    return index.query(sql, (source,))


def sources_with(index: Index, rows: Iterable[tuple[bytes, str | None]]) -> list[str]:
    """Return the sources that hold rows with these keys or native row ids, the most first."""
    sql = "SELECT number FROM source_rows WHERE {} IN ({{}})"
    found: Counter[int] = Counter()
    left = iter(rows)
    while some := [*islice(left, _AT_ONCE)]:
        keys = {key for key, _ in some}
        natives = {native_hash(native) for _, native in some if native}
        for column, wanted in (("key", keys), ("native", natives)):
            found.update(row[0] for row in index.query_among(sql.format(column), [*wanted]))
    names = dict(index.query_among(
        "SELECT number, source FROM indexed_sources WHERE number IN ({})", [*found]
    ))  # fmt: skip
    return [names[number] for number, _ in found.most_common()]


def rows_called(index: Index, native_id: str) -> dict[str, list[int]]:
    """Return the rows that may have a native row id, by source; few others have its hash."""
    sql = (
        "SELECT source, row FROM source_rows JOIN indexed_sources USING (number) "
        "WHERE native = ? ORDER BY number, row"
    )
    found: dict[str, list[int]] = {}
    for source, row in index.query(sql, (native_hash(native_id),)):
        found.setdefault(source, []).append(row)
    return found


def known_files(index: Index) -> dict[str, KnownFile]:
    """Return the files that were imported here, by location."""
    sql = "SELECT location, path, size, mtime, ctime, inode, source, stored FROM source_files"
    return {
        row[0]: KnownFile(os.fsdecode(row[1]), FileState(*row[2:6]), *row[6:])
        for row in index.query(sql)
    }


def put_files(index: Index, files: Iterable[tuple[str, KnownFile]]) -> None:
    """Remember files as they were read, by location."""
    with index.writing() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO source_files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (place, os.fsencode(one.path), *one.state, one.source, one.stored)
                for place, one in files
            ],
        )


def forget_files(index: Index) -> None:
    """Let the next import read every file again."""
    with index.writing() as connection:
        connection.execute("UPDATE source_files SET size = -1")
