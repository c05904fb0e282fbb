"""The index is a cache: damaged, foreign, locked or missing, the answers stay the same."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from store.errors import StorageFailure
from store.ids import CommitId, TreeId
from store.index.commit_index import Index, IndexLost
from store.index.commit_row import CommitRow
from store.index.database_file import index_path
from store.objects.commit import Commit, Signature, write_commit
from store.objects.tree import FILE, TreeEntry, write_tree
from store.repository.pack_writer import ObjectBatch
from store.session_store.store import SessionStore
from tests.harness.bare import commit, fresh, git, set_ref
from tests.harness.processes import Gate, finish, start, together
from tests.store.session_store.conversations import ids, message, session, store_at

EXTRA = "CREATE TABLE extra (number INTEGER); CREATE INDEX extra_number ON extra (number);"


def everything(index: Index) -> list[tuple[object, ...]]:
    """Return all that the index says of the commits, whatever their positions."""
    index.refresh()
    rows: list[tuple[object, ...]] = []
    for row in index.rows("1 = 1 ORDER BY id"):
        above = sorted(index.row_at(p).id for p in index.parents(row.pos) if p)
        rows.append((*row[1:20], index.conversation(row), tuple(above)))
    return rows


def grown(path: Path) -> SessionStore:
    """Make a store with forks, appends in both layouts, and an unreadable commit."""
    store = store_at(path)
    one = store.save(session("a", "1"))
    two = store.append(one.id, [message("2"), message("answer", "assistant")])
    store.append(two.id, [message(str(n)) for n in range(120)])
    store.fork(one.id, session("b", "1", "other"))
    single = store_at(path, "single-file")
    flat = single.save(session("flat", "1"))
    single.append(flat.id, [message("2")])
    store.save(store.load("b").with_header(notes="new"))
    git(path, "update-ref", "refs/sessions/odd", commit(store.repository, "no session"))
    return store


def listed(path: Path) -> int:
    """Return how many commits the file of the index has, without bringing it up to date."""
    with sqlite3.connect(index_path(str(path))) as file:
        found: int = file.execute("SELECT count(*) FROM commits").fetchone()[0]
    return found


def test_appends_in_a_row_are_noted_together(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.index.noting._TOGETHER", 1e6)  # seconds, on the slowest machine
    store = store_at(repo_path)
    store.save(session("a", "1"))
    for number in range(40):
        store.append("a", [message(str(number))])
    assert 33 <= listed(repo_path) < 41
    other = store_at(repo_path)
    assert [info.message_count for info in other.sessions()] == [41]
    assert listed(repo_path) == 41
    store.append("a", [message("one more")])
    store.close()
    assert listed(repo_path) == 42
    assert [info.message_count for info in store.sessions()] == [42]


def test_an_append_whose_session_was_deleted_meanwhile_is_not_noted(repo_path: Path) -> None:
    store, other = store_at(repo_path), store_at(repo_path)
    store.save(session("a", "1"))
    store.append("a", [message("2")])
    other.delete("a")
    store.close()
    assert listed(repo_path) == 1
    assert store.sessions() == []


def test_what_is_noted_while_writing_is_what_a_rebuild_finds(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    store.close()
    os.unlink(index_path(str(repo_path)))
    assert everything(Index(store.repository)) == before
    assert len(before) == 8


def test_a_damaged_file_is_rebuilt_unasked(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    path = index_path(str(repo_path))
    for damage in (b"", b"garbage" * 2000, b"SQLite format 3\0" + b"\xff" * 5000):
        store.close()
        Path(path).write_bytes(damage)
        assert everything(Index(store.repository)) == before


def test_damage_under_an_open_index_is_repaired_in_the_middle_of_a_query(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    leaves = store.leaves()
    index = store.index
    index._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    index._connection.execute("PRAGMA cache_size = 0")
    with open(index_path(str(repo_path)), "r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (os.path.getsize(index_path(str(repo_path))) - 100))
    assert store.leaves() == leaves
    assert everything(index) == before
    with sqlite3.connect(index_path(str(repo_path))) as repaired:
        assert repaired.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    repaired.close()


def test_damage_inside_a_transaction_ends_it_and_the_next_one_works(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    index = store.index

    def work() -> None:
        with index.writing() as connection, index.writing():
            connection.execute("DELETE FROM commits")
            raise sqlite3.DatabaseError("database disk image is malformed")

    with pytest.raises(IndexLost) as caught:
        work()
    assert isinstance(caught.value, StorageFailure)
    assert everything(index) == before
    with index.writing() as connection:
        connection.execute("INSERT INTO meta VALUES ('k', 'v')")
    assert index.query("SELECT value FROM meta WHERE key = 'k'") == [("v",)]


def test_a_transaction_is_all_or_nothing(repo_path: Path) -> None:
    index = Index(fresh(repo_path))

    def work() -> None:
        with index.writing() as outer:
            outer.execute("INSERT INTO meta VALUES ('k', 'v')")
            with index.writing() as inner:
                inner.execute("INSERT INTO meta VALUES ('l', 'v')")
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert index.query("SELECT * FROM meta WHERE key IN ('k', 'l')") == []


def test_without_its_turn_a_process_goes_on_in_memory(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    other = sqlite3.connect(index_path(str(repo_path)), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    added = store.append("b", [message("more")])  # notes nothing, loses nothing
    index = Index(store.repository)
    with index.writing(patience=0.01) as connection:
        connection.execute("INSERT INTO meta VALUES ('k', 'v')")
    assert len(everything(index)) == len(before) + 1
    assert index.row(added.id) is not None
    other.execute("ROLLBACK")
    other.close()
    assert everything(Index(store.repository)) == everything(index)


def test_where_no_file_can_be_it_works_in_memory(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    store.close()
    for suffix in ("", "-wal", "-shm"):
        Path(index_path(str(repo_path)) + suffix).unlink(missing_ok=True)
    os.mkdir(index_path(str(repo_path)))
    store = SessionStore.open(repo_path)
    assert everything(store.index) == before
    assert store.append("b", [message("x")]).id in ids(store.leaves())
    assert os.path.isdir(index_path(str(repo_path)))


def test_a_copied_index_is_not_used(repo_path: Path) -> None:
    store = grown(repo_path)
    with store.index.writing() as connection:
        connection.execute("UPDATE commits SET title = 'forged'")
    store.close()
    copy = repo_path.with_name("copy.git")
    shutil.copytree(repo_path, copy)
    linked = repo_path.with_name("linked.git")
    shutil.copytree(repo_path, linked, copy_function=os.link)
    for path in (copy, linked):
        rows = SessionStore.open(path).index
        rows.refresh()
        assert rows.query("SELECT 1 FROM commits WHERE title = 'forged'") == []
    assert SessionStore.open(repo_path).index.query("SELECT 1 FROM commits WHERE title = 'forged'")


def test_another_version_is_rebuilt(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    store.index.query("PRAGMA user_version = 999")
    store.close()
    assert everything(Index(store.repository)) == before


def test_an_openers_own_tables_share_the_file(repo_path: Path) -> None:
    store = grown(repo_path)
    store.leaves()
    inode = os.stat(index_path(str(repo_path))).st_ino
    index = Index(store.repository, EXTRA, 1)
    with index.writing() as connection:
        connection.execute("INSERT INTO extra VALUES (7)")
    store.append("b", [message("from store alone")])
    assert SessionStore.open(repo_path).leaves()
    assert Index(store.repository, EXTRA, 1).query("SELECT * FROM extra") == [(7,)]
    assert os.stat(index_path(str(repo_path))).st_ino == inode
    assert Index(store.repository, EXTRA, 2).query("SELECT * FROM extra") == []


def test_processes_that_build_it_at_once_agree(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    store.close()
    Path(index_path(str(repo_path))).write_bytes(b"broken" * 1000)
    gate = Gate()

    def work() -> None:
        gate.wait()
        for _ in range(3):
            assert everything(Index(store.repository, EXTRA, 1)) == before

    children = [start(work) for _ in range(4)]
    for _ in children:
        gate.open()
    for child in children:
        finish(child)
    gate.close()
    assert everything(Index(store.repository)) == before


def test_a_forked_child_has_a_connection_of_its_own(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)

    def work() -> None:
        assert everything(store.index) == before
        with store.index.writing() as connection:
            connection.execute("REPLACE INTO meta VALUES ('k', 'v')")

    with store.index.writing():
        child = start(lambda: _same(store.index, before))
    finish(child)
    together(work, work)
    assert store.index.query("SELECT value FROM meta WHERE key = 'k'") == [("v",)]


def _same(index: Index, before: list[tuple[object, ...]]) -> None:
    assert everything(index) == before


def test_threads_share_one_index(repo_path: Path) -> None:
    store = grown(repo_path)
    before = everything(store.index)
    store.close()
    os.unlink(index_path(str(repo_path)))
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(everything(store.index))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [before] * 4


def test_a_lineage_begun_before_a_rebuild_goes_on_after_it(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "0"))
    for n in range(200):
        at = store.append(at.id, [message(str(n))])
    expected = ids(list(store.lineage(at.id)))
    for first_parent in (True, False):
        walk = store.lineage(at.id, first_parent=first_parent)
        seen = [next(walk).id for _ in range(5)]
        store.index._connection.execute("PRAGMA user_version = 0")
        store.index.on_rebuild = [lambda: None]
        with pytest.raises(IndexLost), store.index.writing():
            raise sqlite3.DatabaseError("malformed")
        assert seen + ids(list(walk)) == expected


def test_hostile_commits_do_not_stop_the_others(repo_path: Path) -> None:
    repo = fresh(repo_path)
    who = Signature("a", "b", 2**62)
    documents = {
        "surrogate": b'{"id": "\\ud800", "model": "\\udfff", "messages": 3, "wajutsu": {"title": 3}}',
        "huge": b'{"id": "x", "messages": ' + b"9" * 60 + b"}",
        "negative": b'{"id": "x", "messages": -7}',
        "deep": b'{"id": ' + b"[" * 100_000,
        "list": b"[1]",
        "empty": b"",
        "bom": b"\xef\xbb\xbf{}",
        "counts": b'{"id": "x", "messages": 1, "format": "f", "wajutsu": {"message_count": '
        + b"9" * 50 + b"}}",
        "flat": b'{"id": "x", "messages": [{"role": 7}, null, "\\ud800"]}',
    }  # fmt: skip
    with ObjectBatch(repo) as batch:
        for name, data in documents.items():
            tree = write_tree(batch, [TreeEntry("session.json", FILE, batch.add("blob", data))])
            made = write_commit(
                batch,
                Commit(TreeId(tree), (), who, who, "\udcff\x00\x1b[1m", (("change-id", "\udcfe"),)),
            )
            batch.flush()
            set_ref(repo, f"refs/sessions/{name}", made)
    store = SessionStore.open(repo_path)
    good = store.save(session("good", "1"))
    listed = {info.name: info for info in store.sessions()}
    assert set(listed) == {*documents, "good"}
    assert listed["good"].id == good.id
    assert all(listed[name].problem for name in ("deep", "list", "empty", "bom", "huge"))
    assert everything(store.index)


def test_rows_have_the_columns_that_they_promise(repo_path: Path) -> None:
    store = grown(repo_path)
    row = store.index.row(store.resolve("a"))
    assert row is not None
    assert (row.session, row.model, row.rows, row.messages) == ("a", "m", 123, 123)
    assert (row.title, row.format, row.empty, row.generated) == ("119", "pawan", False, True)
    assert (row.live, row.visible, row.generation) == (True, False, 3)
    assert len(CommitRow._fields) == 21


def marks(index: Index) -> dict[str, tuple[bool, bool]]:
    """Return for each commit whether it is live, and whether it is a leaf."""
    rows = index.query("SELECT lower(hex(id)), live, leaf FROM commits")
    return {one: (bool(live), bool(leaf)) for one, live, leaf in rows}


@pytest.mark.parametrize("tagged", [False, True])
def test_many_new_refs_give_what_one_after_the_other_gives(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch, tagged: bool
) -> None:
    store = grown(repo_path)
    if tagged:
        me = ("-c", "user.name=a", "-c", "user.email=a@b")
        git(repo_path, *me, "tag", "-a", "-m", "kept", "v1", store.resolve("a"))
    git(repo_path, "update-ref", "refs/sessions/inside", [*store.lineage("a")][2].id)
    before, marked = everything(store.index), marks(store.index)
    tables = store.index.query("SELECT name, sql FROM sqlite_master ORDER BY name")
    assert sorted(leaf for _, leaf in marked.values()) == [False] * 4 + [True] * 4
    store.close()
    os.unlink(index_path(str(repo_path)))
    git(repo_path, "pack-refs", "--all")
    monkeypatch.setattr("store.index.commit_index.MANY", 2)
    monkeypatch.setattr("store.index.row_builder.MANY", 2)
    monkeypatch.setattr("store.index.followed_refs.MANY", 2)
    monkeypatch.setattr("store.index.row_builder._MOST_KEPT", 2)
    index = Index(store.repository)
    assert everything(index) == before
    assert marks(index) == marked
    assert index.query("SELECT name, sql FROM sqlite_master ORDER BY name") == tables
    assert index.positions([CommitId(str(row[0])) for row in before]) == {
        row.id: row.pos for row in index.rows("1 = 1")
    }
