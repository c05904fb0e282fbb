"""Open an SQLite database that an agent may be writing; nothing is written to it."""

from __future__ import annotations

import os
import sqlite3
from urllib.parse import quote

MAGIC = b"SQLite format 3\0"


def opened(data: bytes, source: str) -> sqlite3.Connection:
    """Open a database; the caller closes it.

    The file at the path `source` is read with what its journal holds; if there is none, `data` is
    the database.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    if os.path.isfile(source):
        return sqlite3.connect(f"file:{quote(os.path.abspath(source))}?mode=ro", uri=True)
    database = sqlite3.connect(":memory:")
    database.deserialize(data[:18] + b"\1\1" + data[20:])  # as if it had no journal
    return database
