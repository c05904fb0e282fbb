"""The full-text file, `store-index.text` beside the index: a cache like it, and discarded like it.

It is a file of its own because the index is copied into memory for `--at-op` and for large
rewrites, and because filling it must not keep writers from the index. It names commits by
their ids, so a rebuilt index leaves it as it is.

    texts     each message once: the id of its blob, when it was said, its role, its tools
    words     the full-text index of the texts; contentless, and without places in them
    steps     what a commit does to its parents' transcripts, by the trees of both: a number
    rows      the messages that a step adds, with their numbers in the conversation
    commits   the visible commits that have been read, each with its step
    calls     the tool that each tool call names
    meta      the file's identity; the state whose visible commits are all here
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import unicodedata
from hashlib import sha1

from porcelain.index.view_rows import indexed_head
from porcelain.model.view_value import HEADS
from store.gitdir.own_files import create_regular
from store.index.commit_index import Index
from store.index.database_file import (
    file_identity,
    guarded,
    open_database,
    remove_database,
    run_script,
)

FILE_NAME = "store-index.text"
VERSION = f"2 {unicodedata.unidata_version}"
"""Changes with the tables, with `tokens` and with `said`; another version is discarded."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE texts (
    n INTEGER PRIMARY KEY, blob BLOB NOT NULL UNIQUE, time INTEGER NOT NULL, role TEXT NOT NULL,
    tools TEXT
);
CREATE INDEX texts_time ON texts (time);
CREATE TABLE steps (step INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE);
CREATE TABLE rows (
    text INTEGER NOT NULL, step INTEGER NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (text, step, number)
) WITHOUT ROWID;
CREATE TABLE commits (id BLOB PRIMARY KEY, step INTEGER) WITHOUT ROWID;
CREATE INDEX commits_step ON commits (step) WHERE step IS NOT NULL;
CREATE TABLE calls (id TEXT PRIMARY KEY, tool TEXT NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
    body, content = '', detail = none, columnsize = 0, tokenize = 'ascii'
);
"""


def text_path(gitdir: str) -> str:
    """Return where a repository's full-text file is."""
    return os.path.join(gitdir, FILE_NAME)


def open_text_file(gitdir: str) -> sqlite3.Connection | None:
    """Open the full-text file; replace one that is damaged, of another version, or a copy.

    None if there can be none: sqlite lacks FTS5, or the file cannot be written.
    """
    path = text_path(gitdir)
    for _ in range(3):
        connection = None
        seen = file_identity(path)
        try:
            with guarded(gitdir, fcntl.LOCK_SH):
                if not os.path.lexists(path):
                    os.close(create_regular(gitdir, path, os.O_RDWR))
                connection = open_database(path)
                seen = file_identity(path)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                if _is_ready(connection, seen):
                    return connection
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                if connection is not None:
                    connection.close()
                return None
        except OSError:
            return None
        if connection is not None:
            connection.close()
        remove_database(gitdir, path, seen)
    return None


def shown_state(index: Index) -> str:
    """Return a text that is the same as long as the same commits are visible.

    It is the head operation, with a digest of the heads where others moved refs since.
    """
    head = indexed_head(index)
    if not index.query("SELECT 1 FROM laid_over LIMIT 1"):
        return head
    heads = index.query("SELECT key FROM view_rows WHERE part = ?", (HEADS,))
    return f"{head} {sha1(' '.join(row[0] for row in heads).encode()).hexdigest()}"


def is_filled(index: Index, file: sqlite3.Connection) -> bool:
    """Tell whether all visible commits are known to be in the full-text file."""
    state = file.execute("SELECT value FROM meta WHERE key = 'state'").fetchone()
    return state is not None and state[0] == shown_state(index)


def discard_text_file(gitdir: str) -> None:
    """Delete the full-text file and its journal, so that no word of what was said is left in it.

    The next search fills a new one from what is visible then.
    """
    if os.path.lexists(text_path(gitdir)):
        remove_database(gitdir, text_path(gitdir))


def _is_ready(connection: sqlite3.Connection, identity: str) -> bool:
    """Tell whether the file belongs to the repository, after creating its tables if it is empty."""
    wanted = {"self": identity, "version": VERSION}
    if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
                run_script(connection, _TABLES)
                connection.executemany("INSERT INTO meta VALUES (?, ?)", wanted.items())
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    sql = "SELECT key, value FROM meta WHERE key IN ('self', 'version')"
    try:
        return dict(connection.execute(sql)) == wanted
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            return False  # it has no such table
        raise
