"""The sqlite file of the index: opened, and replaced if it does not belong to the repository.

The file is a cache. It is discarded if it is damaged, of another version, or a copy of another
repository's (it records its own and its folder's device and inode). If it cannot be written, a
copy in memory takes its place, so answers never depend on it.

The tables here belong to `store`; porcelain adds its own to the same file (`Index`'s `tables`).
`store` alone leaves those as they are, so neither discards the work of the other.

    commits   one row for each commit; `pos` rises from parents to children, 0 is the root
    conversations    the agents' conversations, and what is known about them
    edges     parent and child positions; a commit without parents is a child of 0
    roots     the commits that a mark (`live`, `visible`) starts from, and how often
    refs      every session, tag and remote ref
    loose     the refs that are files
    roots_of  the commit that a ref holds in the mark `live`
    tips      what listings show of each session, as last read
    tip_fields  the declared members of its document, one row each, to select and sort by
    session_log  the newest changes of sessions
    message_keys, message_scans  messages by a member, and how far commits were read for it
    stale_tips  sessions that have moved since
    moved     refs that moved since porcelain last looked
    folders   fingerprints of the folders with those files
    meta      fingerprint of packed-refs; the operation that porcelain has caught up with

Files are opened and removed under a flock on the folder: sqlite finds its journal by name, and
must not open the journal of a file that has just replaced its own.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from store.errors import StorageFailure
from store.gitdir.own_files import create_regular

VERSION = 9
FILE_NAME = "store-index.sqlite"
_REFUSALS = (
    *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_AUTH),
)
_JOURNAL_PAGES = 100
_BULK_PAGES = 8000
_PAGE = 4096
MANY = 1000
"""From how many rows on a table is read or written as a whole, rather than row by row."""

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE commits (
    pos INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, tree BLOB NOT NULL,
    generation INTEGER NOT NULL, time INTEGER NOT NULL, header TEXT, subject TEXT NOT NULL,
    session TEXT, model TEXT, title TEXT, format TEXT, rows INTEGER, messages INTEGER,
    digest BLOB, empty INTEGER NOT NULL, generated INTEGER NOT NULL, problem TEXT,
    live INTEGER NOT NULL DEFAULT 0, visible INTEGER NOT NULL DEFAULT 0,
    leaf INTEGER NOT NULL DEFAULT 0, conflict INTEGER NOT NULL DEFAULT 0, conversation INTEGER
);
CREATE INDEX commits_leaf ON commits (time, id) WHERE leaf = 1;
CREATE INDEX commits_leaf_session ON commits (session) WHERE leaf = 1;
CREATE INDEX commits_visible ON commits (pos) WHERE visible = 1;
CREATE INDEX commits_visible_id ON commits (id) WHERE visible = 1;
CREATE INDEX commits_conflict ON commits (pos) WHERE conflict = 1;
CREATE INDEX commits_digest ON commits (digest);
CREATE INDEX commits_conversation ON commits (conversation);
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY, native TEXT NOT NULL, title TEXT NOT NULL, project TEXT NOT NULL,
    branch TEXT NOT NULL, version TEXT NOT NULL, started_by TEXT NOT NULL,
    UNIQUE (native, title, project, branch, version, started_by)
);
CREATE INDEX conversations_started ON conversations (started_by) WHERE started_by != '';
CREATE TABLE edges (
    parent INTEGER NOT NULL, child INTEGER NOT NULL, ord INTEGER NOT NULL,
    PRIMARY KEY (parent, child, ord)
) WITHOUT ROWID;
CREATE INDEX edges_child ON edges (child, ord, parent);
CREATE TABLE roots (
    mark TEXT NOT NULL, pos INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (mark, pos)
) WITHOUT ROWID;
CREATE TABLE refs (
    name TEXT PRIMARY KEY, folded TEXT NOT NULL, id TEXT NOT NULL, pos INTEGER,
    time INTEGER, problem TEXT
) WITHOUT ROWID;
CREATE INDEX refs_folded ON refs (folded);
CREATE INDEX refs_time ON refs (time DESC, id DESC, name);
CREATE INDEX refs_pos ON refs (pos, name);
CREATE INDEX refs_problem ON refs (name) WHERE problem IS NOT NULL;
CREATE TABLE tips (
    name TEXT PRIMARY KEY, pos INTEGER NOT NULL, id TEXT NOT NULL, ms INTEGER NOT NULL,
    message TEXT NOT NULL, headers TEXT NOT NULL, fields TEXT NOT NULL, problem TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tips_ms ON tips (ms DESC, id DESC, name);
CREATE TABLE tip_fields (
    key TEXT NOT NULL, value TEXT NOT NULL, name TEXT NOT NULL, rank, PRIMARY KEY (key, value, name)
) WITHOUT ROWID;
CREATE INDEX tip_fields_name ON tip_fields (name, key, rank);
CREATE TABLE session_log (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, old TEXT, new TEXT);
CREATE TABLE message_keys (
    member TEXT NOT NULL, value TEXT NOT NULL, pos INTEGER NOT NULL, row INTEGER NOT NULL,
    blob BLOB NOT NULL, PRIMARY KEY (member, value, pos, row)
) WITHOUT ROWID;
CREATE TABLE message_scans (member TEXT PRIMARY KEY, pos INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE stale_tips (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE moved (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE roots_of (name TEXT PRIMARY KEY, pos INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE loose (
    name TEXT PRIMARY KEY, folder TEXT NOT NULL, size INTEGER, ctime INTEGER, mtime INTEGER,
    seen INTEGER, link INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX loose_folder ON loose (folder);
CREATE INDEX loose_link ON loose (name) WHERE link = 1;
CREATE TABLE folders (
    path TEXT PRIMARY KEY, mtime INTEGER, ctime INTEGER, seen INTEGER
) WITHOUT ROWID;
"""


class IndexLost(StorageFailure):
    """The index failed inside a transaction, which is undone; the next transaction works."""

    def __init__(self, path: str, reason: str) -> None:
        """Name the file and sqlite's reason."""
        super().__init__(path, reason)
        self.hint = self.hint or "it is only a cache and rebuilds itself: run the command again"


def index_path(gitdir: str) -> str:
    """Return where a repository's index is."""
    return os.path.join(gitdir, FILE_NAME)


def is_refusal(error: sqlite3.Error) -> bool:
    """Tell whether the system or another process refused, rather than the file being damaged."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _REFUSALS


def open_index_file(gitdir: str, tables: str, version: int) -> sqlite3.Connection:
    """Open the index; create it if it is missing or does not belong to the repository.

    `tables` and `version` are the opener's additions ("" and 0: none). Uses memory if the file
    cannot be written.
    """
    path = index_path(gitdir)
    for _ in range(3):
        seen = file_identity(path)
        connection = None
        try:
            with guarded(gitdir, fcntl.LOCK_SH):
                if not os.path.lexists(path):
                    os.close(create_regular(gitdir, path, os.O_RDWR))
                connection = _connect(path)
                seen = file_identity(path)
                if _is_ready(connection, path, tables, version):
                    return connection
            connection.close()
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if is_refusal(error):
                break
        except OSError:
            break  # the folder is gone, or cannot be opened
        remove_index_file(gitdir, seen)
    return _in_memory(path, tables, version)


class _Connection(sqlite3.Connection):
    """A connection that closes with its last reference, without the warning of Python 3.13."""

    def __del__(self) -> None:
        try:
            self.close()
        except sqlite3.Error:
            pass  # it was never opened


def open_database(path: str) -> sqlite3.Connection:
    """Open a file of sqlite without transactions of its own; nothing is read yet."""
    return sqlite3.connect(
        path, timeout=5.0, isolation_level=None, check_same_thread=False, factory=_Connection
    )


def copy_to_memory(
    source: sqlite3.Connection | None, tables: str, version: int
) -> sqlite3.Connection:
    """Return an index in memory: a copy of `source`, or an empty one.

    What does not fit into its cache is in a temporary file without a name.
    """
    memory = _temporary()
    if source is not None:
        try:
            source.backup(memory)
            memory.execute("SELECT 1 FROM meta, commits, refs LIMIT 1")
        except sqlite3.Error:
            memory.close()
            memory = _temporary()
        else:
            return memory
    memory.executescript(_TABLES + tables)
    memory.execute("INSERT INTO meta VALUES ('tables', ?)", (version,))
    memory.execute(f"PRAGMA user_version = {VERSION}")
    return memory


def _temporary() -> sqlite3.Connection:
    connection = open_database("")
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -24000")
    return connection


def remove_index_file(gitdir: str, seen: str | None = None) -> None:
    """Delete the index; processes that have it open continue with it.

    With `seen`, the identity of the file that was found bad, another file stays: a concurrent
    process has just replaced it.
    """
    remove_database(gitdir, index_path(gitdir), seen)


def remove_database(gitdir: str, path: str, seen: str | None = None) -> None:
    """Delete a file of sqlite and its journal; see `remove_index_file`."""
    try:
        with guarded(gitdir, fcntl.LOCK_EX):
            if seen is not None and file_identity(path) != seen:
                return
            for suffix in ("", "-wal", "-shm", "-journal"):
                try:
                    os.unlink(path + suffix)
                except OSError:
                    pass
    except OSError:
        return


def identity(gitdir: str) -> str:
    """Return a text that differs between the present file and its copies and successors."""
    return file_identity(index_path(gitdir))


@contextmanager
def guarded(gitdir: str, how: int) -> Iterator[None]:
    """Hold the flock under which databases in a folder are opened (shared) and removed."""
    fd = os.open(gitdir, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, how)
        except OSError:
            pass  # a file system without locks; the race is narrow
        yield
    finally:
        os.close(fd)


def set_journal(connection: sqlite3.Connection, *, bulk: bool) -> None:
    """Set how long the journal may grow before its content is moved to the file and synced."""
    pages = _BULK_PAGES if bulk else _JOURNAL_PAGES
    connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")


@contextmanager
def without_indexes(connection: sqlite3.Connection, *tables: str) -> Iterator[None]:
    """Drop the indexes of tables while many rows are inserted, and build them at the end.

    Sorting all rows once costs less than a search for each. The connection keeps a larger cache
    afterwards: the command that writes so much writes more. Inside a transaction; if the block
    raises, the transaction has to be undone.
    """
    connection.execute("PRAGMA cache_size = -64000")
    found = [
        row
        for table in tables
        for row in connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? "
            "AND sql IS NOT NULL",
            (table,),
        )
    ]
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in found:
        connection.execute(sql)


def _connect(path: str) -> sqlite3.Connection:
    connection = open_database(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        pass  # no shared memory, or read-only: the default mode is enough
    except sqlite3.DatabaseError:
        return connection  # not a database: the caller finds out and replaces it
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -16000")
    # The journal counts as part of the repository's size on disk, so it is kept short.
    set_journal(connection, bulk=False)
    connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_PAGES * _PAGE}")
    return connection


def _is_ready(connection: sqlite3.Connection, path: str, tables: str, version: int) -> bool:
    """Tell whether the file belongs to the repository, after adding the tables that it lacks."""
    if _is_ours(connection, path, version):
        return True
    connection.execute("BEGIN IMMEDIATE")
    try:
        made = _add_tables(connection, path, tables, version)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return made


def _add_tables(connection: sqlite3.Connection, path: str, tables: str, version: int) -> bool:
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        run_script(connection, _TABLES + tables)
        values = (("self", file_identity(path)), ("tables", version))
        connection.executemany("INSERT INTO meta VALUES (?, ?)", values)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        return True
    if _is_ours(connection, path, version):
        return True  # another process has just created it
    if _is_ours(connection, path, 0) and _tables_version(connection) == 0:
        run_script(connection, tables)
        connection.execute("REPLACE INTO meta VALUES ('tables', ?)", (version,))
        return True
    return False


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Execute statements inside the open transaction, unlike `executescript`."""
    statement = ""
    for part in script.split(";")[:-1]:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):  # it is not inside a trigger
            connection.execute(statement)
            statement = ""


def _is_ours(connection: sqlite3.Connection, path: str, version: int) -> bool:
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        return False
    row = connection.execute("SELECT value FROM meta WHERE key = 'self'").fetchone()
    if row is None or row[0] != file_identity(path):
        return False
    return version == 0 or _tables_version(connection) == version


def _tables_version(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT value FROM meta WHERE key = 'tables'").fetchone()
    return int(row[0]) if row is not None else -1


def _in_memory(path: str, tables: str, version: int) -> sqlite3.Connection:
    source = None
    try:
        source = sqlite3.connect(_read_only(path), uri=True)
        if not _is_ours(source, path, version):
            source.close()
            source = None
    except (sqlite3.Error, OSError):
        source = None
    try:
        return copy_to_memory(source, tables, version)
    finally:
        if source is not None:
            source.close()


def _read_only(path: str) -> str:
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        journal = os.path.getsize(f"{path}-wal")
    except OSError:
        journal = 0
    # Without a journal the file is complete. In a read-only folder sqlite could not create the
    # shared memory that it needs otherwise.
    return f"file:{quoted}?mode=ro" + ("" if journal else "&immutable=1")


def file_identity(path: str) -> str:
    """Return a text that differs between a file and its copies and successors; "" for none."""
    try:
        found = [os.stat(path), os.stat(os.path.dirname(path))]
    except OSError:
        return ""
    return " ".join(f"{stat.st_dev}:{stat.st_ino}" for stat in found)
