"""The connection to the index: queries, transactions and recovery from failures of the file.

Outside a transaction no error of sqlite is raised. If the system refuses access, a copy in
memory is used. A damaged file is discarded and rebuilt, and the query repeated. A transaction
cannot be repeated here: `IndexLost` ends it, and the next transaction works.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from store.errors import StoreError
from store.index.database_file import (
    IndexLost,
    copy_to_memory,
    identity,
    index_path,
    is_refusal,
    open_index_file,
    remove_index_file,
    set_journal,
)

_T = TypeVar("_T")
_PATIENCE = 5.0
_MOST_LOSSES = 3
_AT_ONCE = 500
_abandoned: list[sqlite3.Connection] = []  # connections of a parent process, not to be closed here


class IndexConnection:
    """One opener's connection to the index of the repository at `gitdir`.

    `on_rebuild` lists the functions that bring a new, empty index up to date.
    """

    _connection: sqlite3.Connection
    _depth: int
    _pid: int
    _threads: threading.RLock

    def __init__(self, gitdir: str, tables: str, version: int) -> None:
        """Open the file."""
        self._gitdir = gitdir
        self._tables = tables
        self._version = version
        self.on_rebuild: list[Callable[[], object]] = []
        self.build = 0  # changes with a rebuild, which changes the positions
        self._rollbacks = 0
        self._known: dict[object, Any] = {}  # what holds for the rest of a transaction
        self._losses = 0
        self._start()

    def close(self) -> None:
        """Close the file."""
        if self._pid == os.getpid():
            self._connection.close()

    def move_to_memory(self, *, empty: bool = False) -> None:
        """Continue in memory with a copy, or an empty index; the file is not written any more."""
        with self._held():
            file = self._connection
            source = None if empty else file
            self._connection = copy_to_memory(source, self._tables, self._version)
            file.close()

    def discard_file(self) -> None:
        """Discard the file, whose content is no longer true, and continue with an empty one.

        Not inside a transaction. Other processes continue with the file that they have open.
        """
        with self._held():
            seen = self._identity
            self._connection.close()
            remove_index_file(self._gitdir, seen)
            self._open()
            if seen and self._identity == seen:  # it cannot be removed
                self._connection.close()
                self._connection = copy_to_memory(None, self._tables, self._version)

    def __del__(self) -> None:
        """Close the file of an index that was never closed, but not in a forked child."""
        if hasattr(self, "_connection"):
            if self._pid == os.getpid():
                self._connection.close()
            else:
                _abandoned.append(self._connection)

    @property
    def epoch(self) -> object:
        """A value that changes when a position may come to mean another commit."""
        return self.build, self._rollbacks

    def query(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of a query; a damaged file is rebuilt first."""
        with self._held():
            if self._depth:
                return self._connection.execute(sql, arguments).fetchall()
            try:
                return self._connection.execute(sql, arguments).fetchall()
            except sqlite3.Error as error:
                self._recover_and_rebuild(error)
            return self._connection.execute(sql, arguments).fetchall()

    def query_among(self, sql: str, values: Iterable[object], *first: object) -> list[Any]:
        """Return all rows of a query in which `{}` stands for a list of values.

        It is asked in portions. `first` are the arguments before the list.
        """
        wanted, found = [*values], []
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            found += self.query(sql.format(",".join("?" * len(some))), (*first, *some))
        return found

    def known(self, key: object, read: Callable[[], _T]) -> _T:
        """Return what `read` returns; in a transaction it reads again only for another key."""
        if not self._depth:
            return read()
        if (self.epoch, key) not in self._known:
            self._known = {(self.epoch, key): read()}
        found: _T = self._known[self.epoch, key]
        return found

    def retry_if_rebuilt(self, work: Callable[[], _T]) -> _T:
        """Run `work`, and repeat it once if the index was rebuilt meanwhile."""
        with self._held():
            build = self.build
            try:
                result = work()
            except (LookupError, sqlite3.Error):
                if build == self.build:
                    raise
            else:
                if build == self.build:
                    return result
            return work()

    @contextmanager
    def in_bulk(self) -> Iterator[None]:
        """Let the journal grow while much is written, and move its content to the file afterwards."""
        set_journal(self._connection, bulk=True)
        try:
            yield
        finally:
            set_journal(self._connection, bulk=False)

    @contextmanager
    def writing(self, patience: float = _PATIENCE) -> Iterator[sqlite3.Connection]:
        """Open a write transaction, all or nothing; a nested one joins the outer one.

        Waits `patience` seconds for another process, then continues in memory.

        Raises:
            IndexLost: the file failed, and the transaction is undone.
        """
        with self._held():
            if self._depth == 0:
                self._begin(patience)
            self._depth += 1
            try:
                yield self._connection
            except BaseException as error:
                self._leave("ROLLBACK")
                if isinstance(error, sqlite3.Error) and not self._depth:
                    self._recover(error)
                    raise IndexLost(index_path(self._gitdir), str(error)) from error
                raise
            self._leave("COMMIT")

    def try_writing(self, work: Callable[[sqlite3.Connection], None]) -> bool:
        """Run `work` in a transaction if the index is free at once; tell whether it ran.

        Failures of the index or of the objects are ignored: the next reader catches up.
        """
        with self._held():
            if self._depth:
                return False
            try:
                self._connection.execute("PRAGMA busy_timeout = 0")
                self._connection.execute("BEGIN IMMEDIATE")
                self._depth = 1
                work(self._connection)
                self._depth = 0
                self._connection.execute("COMMIT")
            except (sqlite3.Error, StoreError):
                return False
            finally:
                self._depth = 0
                self._roll_back()
                self._wait_for(_PATIENCE)
            return True

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the index for this thread; open it again first in a forked child."""
        if self._pid != os.getpid():
            _abandoned.append(self._connection)
            self._start()
        with self._threads:
            yield

    def _start(self) -> None:
        self._pid = os.getpid()
        self._threads = threading.RLock()
        self._depth = 0
        self._open()

    def _open(self) -> None:
        self._connection = open_index_file(self._gitdir, self._tables, self._version)
        self._identity = identity(self._gitdir)
        self.build += 1

    def _recovering(self, work: Callable[[], _T]) -> _T:
        with self._held():
            if self._depth:
                return work()
            for _ in range(_MOST_LOSSES):
                try:
                    return work()
                except IndexLost:
                    continue
                except sqlite3.Error as error:
                    self._recover(error)
            return work()

    def _begin(self, patience: float) -> None:
        try:
            self._wait_for(patience)
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._recover_and_rebuild(error)
            self._connection.execute("BEGIN IMMEDIATE")

    def _recover_and_rebuild(self, error: sqlite3.Error) -> None:
        build = self.build
        self._recover(error)
        if build != self.build:
            for work in self.on_rebuild:
                work()

    def _wait_for(self, seconds: float) -> None:
        try:
            self._connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        except sqlite3.Error:
            return  # the next statement fails as well, and is handled

    def _leave(self, how: str) -> None:
        if self._pid != os.getpid() or not self._depth:
            return  # a child that was forked inside has no transaction
        self._depth -= 1
        if self._depth:
            return
        self._known.clear()
        if how == "ROLLBACK":
            self._roll_back()
            return
        try:
            self._connection.execute(how)
        except sqlite3.Error as error:
            self._roll_back()
            self._recover(error)
            raise IndexLost(index_path(self._gitdir), str(error)) from error

    def roll_back_to(self, savepoint: str) -> None:
        """Undo all changes since a savepoint, which stays open."""
        self._rollbacks += 1
        self._connection.execute(f"ROLLBACK TO {savepoint}")

    def _roll_back(self) -> None:
        self._rollbacks += 1
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            return  # the caller discards the file

    def _recover(self, error: sqlite3.Error) -> None:
        """Replace the connection by one that works; positions stay if the index could be copied.

        Raises:
            IndexLost: it has failed too often.
        """
        if isinstance(error, sqlite3.ProgrammingError):
            raise error  # a fault of this program, which no new file repairs
        self._roll_back()
        self._losses += 1
        if self._losses > 2 * _MOST_LOSSES:
            raise IndexLost(index_path(self._gitdir), str(error)) from error
        broken = self._connection
        if is_refusal(error) and self._losses <= _MOST_LOSSES:
            self._connection = copy_to_memory(broken, self._tables, self._version)
            if not self._connection.execute("SELECT 1 FROM commits LIMIT 1").fetchone():
                self.build += 1
            broken.close()
            return
        broken.close()
        if self._losses > _MOST_LOSSES:
            self._connection = copy_to_memory(None, self._tables, self._version)
            self.build += 1
            return
        remove_index_file(self._gitdir, self._identity)
        self._open()
