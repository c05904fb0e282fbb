r"""The refs, mirrored in the index, and how to tell without listing that none moved.

The mtime and ctime of `packed-refs` and of every folder under the three prefixes are compared.
A time that is younger than the clock's grain proves nothing: the files of that folder are then
compared by size and ctime (files that are young too by content), and `packed-refs` by its
SHA-1. Inodes prove nothing, because ext4 reuses them at once. A symbolic ref is read each time,
since it moves without being touched; so is a ref that could not be used, since the missing
object may have arrived.

A ref that cannot be read keeps its id and the commits that it holds: damage is never taken for
a deletion. Names are text here: bytes that are not UTF-8 are written as `\xNN`, which no other
name can contain.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from hashlib import sha1
from typing import NamedTuple

from store.errors import CorruptRef
from store.gitdir.loose_ref import read_loose
from store.gitdir.own_files import read_regular
from store.gitdir.packed_refs import iterate_packed, packed_path
from store.index.ref_stat_cache import (
    folder_times,
    is_too_recent,
    real_name,
    refs_to_reread,
    shown_name,
)
from store.repository.ref_name import REMOTES, SESSIONS, TAGS, fold_name
from store.repository.ref_read import read_ref
from store.repository.repository import Repository

PREFIXES = (SESSIONS, TAGS, REMOTES)
_PACKED = "packed-refs"
_LOGGED = 10_000

_Times = tuple[int, int, int]  # mtime, ctime, when they were looked at


class RefMove(NamedTuple):
    """A ref that moved; None means that it is absent."""

    name: str
    old: str | None
    new: str | None


class _Sync(NamedTuple):
    repository: Repository
    connection: sqlite3.Connection
    moves: dict[str, RefMove]
    unwritten: dict[str, str]


def sync_refs(
    repository: Repository, connection: sqlite3.Connection
) -> tuple[list[RefMove], dict[str, str]]:
    """Bring the mirror up to date and return the refs that moved, inside a write transaction.

    Also return those among them, name to id, that the mirror lacks and the caller has to add.

    Raises:
        CorruptRef: `packed-refs` is damaged, so the refs in it are unknown.
    """
    sync = _Sync(repository, connection, {}, {})
    rows = connection.execute("SELECT path, mtime, ctime, seen FROM folders")
    known: dict[str, _Times] = {real_name(row[0]): row[1:] for row in rows}
    below = _tree_of(known)
    found: set[str] = set()
    pending = [prefix.rstrip("/") for prefix in PREFIXES]
    while pending:
        folder = pending.pop()
        # The time is read before the folder: a change in between is noticed the next time.
        seen = time.time_ns()  # noqa: TID251 - compared with file times, which are the clock's
        times = folder_times(os.path.join(repository.path, folder))
        found.add(folder)
        old = known.get(folder)
        if old is not None and old[:2] == times and not is_too_recent(*old):
            pending += below.get(folder, ())
            continue
        pending += _scan(sync, folder, seen)
        row = (shown_name(folder), *times, seen)
        connection.execute("REPLACE INTO folders VALUES (?, ?, ?, ?)", row)
    for gone in set(known) - found - {_PACKED}:
        _drop_folder(sync, gone)
    _sync_packed(sync, known.get(_PACKED))
    for name in refs_to_reread(connection):
        _take(sync, real_name(name))
    return list(sync.moves.values()), sync.unwritten


def put_ref(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Note a ref's value; a changed one loses its commit, which has to be found out again."""
    shown = shown_name(name)
    connection.execute(
        "INSERT INTO refs (name, folded, id) VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
        "SET id = excluded.id, pos = NULL, time = NULL, problem = NULL "
        "WHERE id <> excluded.id OR problem IS NOT NULL",
        (shown, fold_name(shown), value),
    )


def put_written_ref(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Note a ref that was just written as a file, so that its removal will be noticed.

    The next scan of its folder notes the file's size and times.
    """
    put_ref(connection, name, value)
    shown = shown_name(name)
    folder = os.path.dirname(shown)
    row = (shown, folder, -1, 0, 0, 0, False)
    connection.execute("INSERT OR IGNORE INTO loose VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    while folder.count("/") > 1:
        connection.execute("INSERT OR IGNORE INTO folders VALUES (?, 0, 0, 0)", (folder,))
        folder = os.path.dirname(folder)


def record_broken(connection: sqlite3.Connection, name: str, problem: str) -> None:
    """Note that a ref cannot be used; its id stays."""
    shown = shown_name(name)
    connection.execute(
        "INSERT INTO refs (name, folded, id, problem) VALUES (?, ?, '', ?) ON CONFLICT "
        "DO UPDATE SET pos = NULL, time = NULL, problem = excluded.problem",
        (shown, fold_name(shown), problem.encode("utf-8", "backslashreplace").decode()),
    )


def note_moves(
    connection: sqlite3.Connection, moved: Sequence[tuple[str]], moves: Iterable[RefMove]
) -> None:
    """Note refs that moved for those who follow them: porcelain, listings, and `session_log`."""
    connection.executemany("INSERT OR IGNORE INTO moved VALUES (?)", moved)
    stale = [row for row in moved if row[0].startswith(SESSIONS)]
    connection.executemany("INSERT OR IGNORE INTO stale_tips VALUES (?)", stale)
    log = [move for move in moves if move.name.startswith(SESSIONS) and move.old != move.new]
    sql = "INSERT INTO session_log (name, old, new) VALUES (?, ?, ?)"
    connection.executemany(sql, log[-_LOGGED:])
    sql = "DELETE FROM session_log WHERE seq <= (SELECT max(seq) FROM session_log) - ?"
    connection.execute(sql, (_LOGGED,))


def _scan(sync: _Sync, folder: str, seen: int) -> list[str]:
    """Compare one folder's files with the mirror; return its subfolders."""
    shown = shown_name(folder)
    rows = sync.connection.execute(
        "SELECT name, size, ctime, mtime, seen FROM loose WHERE folder = ?", (shown,)
    )
    known = {real_name(row[0]): row[1:] for row in rows}
    subfolders = []
    for entry in _entries(os.path.join(sync.repository.path, folder)):
        name = f"{folder}/{entry.name}"
        if "\\" in name:
            continue  # git allows no such name
        if entry.is_dir(follow_symlinks=False):
            subfolders.append(name)
            continue
        if entry.name.endswith(".lock") or entry.name.startswith("."):
            continue  # not a ref, as in git
        try:
            stat = entry.stat()
        except OSError:
            continue
        old = known.pop(name, None)
        facts = (stat.st_size, stat.st_ctime_ns, stat.st_mtime_ns)
        if old is not None and old[:3] == facts and not is_too_recent(old[2], old[1], old[3]):
            continue
        _take(sync, name)
        row = (shown_name(name), shown, *facts, seen, _is_link(sync.repository, name))
        sync.connection.execute("REPLACE INTO loose VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    for name in known:
        _forget_loose(sync, name)
    return subfolders


def _is_link(repository: Repository, name: str) -> bool:
    try:
        return (read_loose(repository.path, name) or "").startswith("ref:")
    except (CorruptRef, ValueError):
        return False


def _forget_loose(sync: _Sync, name: str) -> None:
    sync.connection.execute("DELETE FROM loose WHERE name = ?", (shown_name(name),))
    _take(sync, name)


def _take(sync: _Sync, name: str) -> None:
    """Read one ref as it is now and note how it moved."""
    try:
        value = read_ref(sync.repository, name)
    except CorruptRef as error:
        if error.name == _PACKED:
            raise
        record_broken(sync.connection, name, str(error))
        return
    _note(sync, name, value)


def _note(sync: _Sync, name: str, value: str | None) -> None:
    shown = shown_name(name)
    sql = "SELECT id, problem FROM refs WHERE name = ?"
    row = sync.connection.execute(sql, (shown,)).fetchone()
    before = (row[0] or None) if row else None
    if row is None and value is None:
        return
    if row is not None and before == value and row[1] is None:
        return
    if shown in sync.moves:
        before = sync.moves[shown].old
    sync.moves[shown] = RefMove(shown, before, value)
    if value is None:
        sync.connection.execute("DELETE FROM refs WHERE name = ?", (shown,))
    else:
        put_ref(sync.connection, name, value)


def _drop_folder(sync: _Sync, folder: str) -> None:
    shown = shown_name(folder)
    rows = sync.connection.execute("SELECT name FROM loose WHERE folder = ?", (shown,)).fetchall()
    sync.connection.execute("DELETE FROM folders WHERE path = ?", (shown,))
    for (name,) in rows:
        _forget_loose(sync, real_name(name))


def _sync_packed(sync: _Sync, old: _Times | None) -> None:
    seen = time.time_ns()  # noqa: TID251 - compared with file times
    path = packed_path(sync.repository.path)
    times = folder_times(path)
    if old is not None and old[:2] == times and not is_too_recent(*old):
        return
    digest = _digest(path)
    row = sync.connection.execute("SELECT value FROM meta WHERE key = 'packed'").fetchone()
    if row is None or row[0] != digest:
        _compare_packed(sync, _packed(sync))
        sync.connection.execute("REPLACE INTO meta VALUES ('packed', ?)", (digest,))
    fingerprint = (_PACKED, *times, seen)
    sync.connection.execute("REPLACE INTO folders VALUES (?, ?, ?, ?)", fingerprint)


def _compare_packed(sync: _Sync, packed: dict[str, str]) -> None:
    loose = {real_name(row[0]) for row in sync.connection.execute("SELECT name FROM loose")}
    rows = sync.connection.execute("SELECT name, id FROM refs")
    known = {real_name(row[0]): row[1] for row in rows}
    files: dict[str, set[str]] = {}
    for name, value in packed.items():
        if name in loose or known.get(name) == value or "\\" in name:
            continue
        folder, _, file = name.rpartition("/")
        if folder not in files:
            files[folder] = _names_in(os.path.join(sync.repository.path, folder))
        if file in files[folder]:  # it has become one since its folder was scanned
            _take(sync, name)
        elif name in known or name in sync.moves or not name.isascii():
            _note(sync, name, value)
        else:
            sync.moves[name] = RefMove(name, None, value)
            sync.unwritten[name] = value
    gone = [name for name in known if name not in loose and name not in packed]
    there = {n for n in gone if os.path.lexists(os.path.join(sync.repository.path, n))}
    # A ref may have been packed since, so what has no file is looked for once more.
    again = _packed(sync) if gone else {}
    for name in gone:
        if name in there or name in again:
            _take(sync, name)
        else:
            _note(sync, name, None)


def _packed(sync: _Sync) -> dict[str, str]:
    folder = sync.repository.path
    return {n: i for prefix in PREFIXES for n, i in iterate_packed(folder, prefix)}


def _names_in(path: str) -> set[str]:
    try:
        return set(os.listdir(path))
    except OSError:
        return set()


def _entries(path: str) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _tree_of(folders: Iterable[str]) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {}
    for folder in folders:
        below.setdefault(os.path.dirname(folder), []).append(folder)
    return below


def _digest(path: str) -> str:
    try:
        data = read_regular(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise CorruptRef(_PACKED, os.strerror(error.errno or 0)) from error
    return f"{len(data)}:{sha1(data).hexdigest()}"
