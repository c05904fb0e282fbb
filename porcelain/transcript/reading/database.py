"""Open an SQLite database that an agent may be writing; nothing is written beside it.

SQLite itself leaves files beside a database that it opens to read, or misses what is only in the
journal. So the database and its journal are copied to a private folder, and read there.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from porcelain.transcript.reading.private_folder import private_folder
from store.errors import InvalidSession

MAGIC = b"SQLite format 3\0"
_JOURNALS = ("-wal", "-journal")
"""The files of unfinished work, in both of SQLite's modes."""
_MOST_COPIES = 20


@contextmanager
def opened(data: bytes, source: str) -> Iterator[sqlite3.Connection]:
    """Open a database, and close it at the end of the block.

    The file at the path `source` is read with what its journal holds; if there is none, `data` is
    the database.

    Raises:
        sqlite3.Error: it cannot be opened.
        InvalidSession: it was written all the time.
        OSError: it cannot be read or copied.
    """
    if not os.path.isfile(source):
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(data[:18] + b"\1\1" + data[20:])  # as if it had no journal
            yield database
        return
    with private_folder() as folder:
        copy = os.path.join(folder, "copy.db")
        _copy(source, copy)
        with closing(sqlite3.connect(copy)) as database:
            yield database


def _copy(source: str, copy: str) -> None:
    """Copy a database and its journal as they were at one moment."""
    for _ in range(_MOST_COPIES):
        before = _state(source)
        shutil.copyfile(source, copy)
        for journal in _JOURNALS:
            try:
                shutil.copyfile(source + journal, copy + journal)
            except FileNotFoundError:
                if os.path.exists(copy + journal):
                    os.unlink(copy + journal)  # of an earlier try
        if _state(source) == before:
            return
    raise InvalidSession("the database is written all the time; import it again", source=source)


def _state(source: str) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    for path in (source, *(source + journal for journal in _JOURNALS)):
        try:
            stat = os.stat(path)
        except FileNotFoundError:
            found.append(())
        else:
            found.append((stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))
    return found
