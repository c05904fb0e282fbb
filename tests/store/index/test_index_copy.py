"""A copy of the index that went ahead in memory takes the place of what the file holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.index.commit_index import Index, contains_commits
from store.index.database_file import index_path
from store.session_store.store import SessionStore
from tests.harness.bare import commit, git, set_ref
from tests.store.session_store.conversations import session, store_at


@pytest.fixture
def store(repo_path: Path) -> SessionStore:
    """A store with two commits, both in the index."""
    store = store_at(repo_path)
    store.save(session("a", "1"))
    store.save(session("b", "1"))
    return store


def add(store: SessionStore, name: str) -> str:
    """Make a commit and a ref that no index knows of."""
    made = commit(store.repository, name)
    set_ref(store.repository, f"refs/sessions/{name}", made)
    return made


def ahead(store: SessionStore) -> Index:
    """Return a copy of the index that knows one commit more than the file."""
    copy = Index(store.repository)
    copy.move_to_memory()
    add(store, "more")
    copy.refresh()
    return copy


def in_the_file(store: SessionStore) -> dict[str, int]:
    """Return the positions of the commits that the file holds."""
    with closing(sqlite3.connect(index_path(store.repository.path))) as file:
        rows = file.execute("SELECT id, pos FROM commits WHERE pos > 0").fetchall()
        return {commit_id.hex(): position for commit_id, position in rows}


def test_the_file_holds_what_the_copy_did(store: SessionStore) -> None:
    reader, index = Index(store.repository), Index(store.repository)
    before = in_the_file(store)
    copy = ahead(store)
    made = git(Path(store.repository.path), "rev-parse", "refs/sessions/more").decode().strip()
    assert reader.position(made) is None

    assert index.replace_by_copy(copy, contains_commits)

    after = in_the_file(store)
    assert after == {**before, made: 1 + max(before.values())}
    assert reader.position(made) == index.position(made) == after[made]
    assert index.refresh() == []
    with closing(sqlite3.connect(index_path(store.repository.path))) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_it_can_be_done_within_a_transaction_of_the_copy(store: SessionStore) -> None:
    index, copy = Index(store.repository), ahead(store)

    with copy.writing() as connection:
        connection.execute("INSERT INTO meta VALUES ('first', 1)")
        assert index.replace_by_copy(copy, contains_commits)
        connection.execute("INSERT INTO meta VALUES ('second', 2)")

    noted = "SELECT key FROM meta WHERE key IN ('first', 'second') ORDER BY key"
    assert index.query(noted) == [("first",)]
    assert copy.query(noted) == [("first",), ("second",)]


def test_what_others_added_meanwhile_is_not_lost(store: SessionStore) -> None:
    index, copy = Index(store.repository), ahead(store)
    add(store, "other")
    git(Path(store.repository.path), "update-ref", "-d", "refs/sessions/more")
    Index(store.repository).refresh()
    before = in_the_file(store)

    assert not index.replace_by_copy(copy, contains_commits)

    assert in_the_file(store) == before
    assert len(before) == 3


def test_who_writes_meanwhile_is_not_disturbed(store: SessionStore) -> None:
    index, other, copy = Index(store.repository), Index(store.repository), ahead(store)
    before = in_the_file(store)

    with other.writing() as connection:
        connection.execute("INSERT INTO meta VALUES ('mine', 1)")
        assert not index.replace_by_copy(copy, contains_commits)

    assert in_the_file(store) == before
    assert index.query("SELECT value FROM meta WHERE key = 'mine'") == [(1,)]


@pytest.mark.parametrize("how", ["renewed by another", "in memory", "in a transaction"])
def test_it_is_left_to_others_where_the_file_is_none_of_ours(store: SessionStore, how: str) -> None:
    index, copy = Index(store.repository), ahead(store)
    if how == "renewed by another":
        Index(store.repository).discard_file()
    elif how == "in memory":
        index.move_to_memory()
    before = in_the_file(store)

    if how == "in a transaction":
        with index.writing():
            assert not index.replace_by_copy(copy, contains_commits)
    else:
        assert not index.replace_by_copy(copy, contains_commits)

    assert in_the_file(store) == before


def test_without_a_journal_of_its_own_nobody_is_kept_waiting(store: SessionStore) -> None:
    index, copy = Index(store.repository), ahead(store)
    store.close()
    with closing(sqlite3.connect(index_path(store.repository.path))) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    index._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert index._connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    before = in_the_file(store)
    asked: list[str] = []
    index._connection.set_trace_callback(asked.append)

    assert not index.replace_by_copy(copy, contains_commits)

    assert not [one for one in asked if not one.startswith("PRAGMA")]
    assert in_the_file(store) == before
