"""Finds the files that killed programs leave in a repository, and damage in the index and refs.

Only `drop_broken_ref` changes anything. A lock or a staged file counts as left behind if it
stays the same for a second and no process holds it: a live writer is done with it by then.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

from store.errors import CorruptRef, ObjectError, StorageFailure
from store.gitdir.durability import storage_errors, unlink
from store.gitdir.git_process import run_git
from store.gitdir.lock import flocked
from store.gitdir.loose_ref import read_loose
from store.gitdir.own_files import check_folders
from store.gitdir.staged_file import STAGING, is_marked_keep, is_staged
from store.ids import CommitId
from store.index.database_file import index_path
from store.repository.repository import Repository

PATIENCE = 1.0
_OURS = ("store.lock", "rollup.lock")  # these files are locked with flock and never removed


def stale_locks(repository: Repository, patience: float = PATIENCE) -> list[str]:
    """Return git's lock files that no process seems to use, relative to the git directory."""
    return _lasting(lambda: _locks(repository.path), patience)


def staging_leftovers(repository: Repository, patience: float = PATIENCE) -> list[str]:
    """Return the staged files and the marked `.keep` files whose writers are gone."""
    return _lasting(lambda: _unheld(repository.path), patience)


def index_fault(repository: Repository) -> str:
    """Return the fault of the index's file, "" if it is sound or missing.

    SQLite cannot read it in a read-only folder; that is no fault of the file.
    """
    try:
        rows = _ask_index(repository, "PRAGMA quick_check(1)")
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return "" if code == sqlite3.SQLITE_READONLY else str(error)
    return "" if rows in ([], [("ok",)]) else str(rows[0][0])


def index_rows(repository: Repository, sql: str) -> list[Any]:
    """Return rows of the index's file as it is; none if it is missing or damaged."""
    try:
        return _ask_index(repository, sql)
    except sqlite3.Error:
        return []


def all_commits(repository: Repository) -> Iterator[CommitId]:
    """Yield every commit in the object database, reachable or not, in no order.

    Without C git every object is read.
    """
    arguments = (
        *("cat-file", "--batch-all-objects", "--unordered", "--buffer"),
        "--batch-check=%(objecttype) %(objectname)",
    )
    done = run_git(repository.path, arguments)
    if done is not None and done.returncode == 0:
        for line in done.stdout.decode().splitlines():
            kind, _, object_id = line.partition(" ")
            if kind == "commit":
                yield CommitId(object_id)
        return
    for object_id in repository.objects:
        try:
            if repository.read(object_id)[0] == "commit":
                yield CommitId(object_id)
        except ObjectError:
            continue


def drop_broken_ref(repository: Repository, name: str) -> bool:
    """Remove a loose ref that holds neither an id nor a link; tell whether it was removed.

    Afterwards its value in packed-refs counts.

    Raises:
        StoreLocked, StorageFailure
    """
    with repository.locked():
        try:
            read_loose(repository.path, name)
        except CorruptRef:
            path = os.path.join(repository.path, name)
            check_folders(repository.path, name)
            with storage_errors(path):
                unlink(path)
            return True
        except ValueError:
            pass
        return False


def _lasting(look: Callable[[], Iterable[tuple[str, int]]], patience: float) -> list[str]:
    found = set(look())
    deadline = time.monotonic() + patience
    while found and time.monotonic() < deadline:
        time.sleep(min(0.05, patience))
        found &= set(look())
    return sorted(name for name, _ in found)


def _locks(gitdir: str) -> Iterator[tuple[str, int]]:
    for name in _names(gitdir):
        if name.endswith(".lock") and name not in _OURS:
            yield from _seen(gitdir, name)
    for folder, _, files in os.walk(os.path.join(gitdir, "refs")):
        for name in files:
            if name.endswith(".lock"):
                yield from _seen(gitdir, os.path.relpath(os.path.join(folder, name), gitdir))


def _unheld(gitdir: str) -> Iterator[tuple[str, int]]:
    for name in _names(os.path.join(gitdir, STAGING)):
        path = os.path.join(STAGING, name)
        if is_staged(os.path.join(gitdir, path)) and _is_free(os.path.join(gitdir, path)):
            yield from _seen(gitdir, path)
    packs = os.path.join("objects", "pack")
    for name in _names(os.path.join(gitdir, packs)):
        path = os.path.join(packs, name)
        whole = os.path.join(gitdir, path)
        if name.endswith(".keep") and is_marked_keep(whole) and _is_free(whole):
            yield from _seen(gitdir, path)


def _seen(gitdir: str, name: str) -> Iterator[tuple[str, int]]:
    try:
        yield name, os.lstat(os.path.join(gitdir, name)).st_ino
    except OSError:
        return


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageFailure(folder, os.strerror(error.errno or 0)) from error


def _is_free(path: str) -> bool:
    try:
        with flocked(path, fcntl.LOCK_SH | fcntl.LOCK_NB) as is_free:
            return is_free
    except OSError:
        return False


def _ask_index(repository: Repository, sql: str) -> list[Any]:
    path = index_path(repository.path)
    if not os.path.exists(path):
        return []
    name = f"file:{quote(os.fsencode(path))}?mode=ro"
    connection = sqlite3.connect(name, uri=True, timeout=5.0)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
