"""The full-text file is a cache: whatever becomes of it, a search finds the same."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import porcelain
from porcelain.index.text import fill, find, text_file
from porcelain.index.text.find import TextSearch, Wanted
from porcelain.index.text.question import Words
from porcelain.repo.repo import Repo
from store.session.session import Session
from store.session_store.store import SessionStore

TEXTS = ["the first needle", "plain", "a second Needle", "needle three", "nothing"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Five sessions of a message each, in a log."""
    store = SessionStore.init(tmp_path / "r.git")
    for number, text in enumerate(TEXTS):
        message = {"role": "user", "content": text, "tool_calls": []}
        at = f"2026-01-01T00:00:0{number}+00:00"
        store.save(Session.new(f"s{number}", model="m", messages=[message], created_at=at))
    repo = porcelain.open(str(tmp_path / "r.git"))
    with repo.transaction("tag") as tx:
        tx.set("tags", "all", repo.resolve("s0"))
    repo.index.close()
    return tmp_path / "r.git"


def found(path: Path, progress: Callable[[int, int], object] = max) -> list[str]:
    with closing(TextSearch(porcelain.open(str(path)).index, progress)) as search:
        return sorted(one.text for one in search.find(Wanted(Words("needle"))))


FOUND = sorted([TEXTS[0], TEXTS[2], TEXTS[3]])


def filled(path: Path) -> int:
    with closing(sqlite3.connect(path / "store-index.text")) as file:
        count: int = file.execute("SELECT count(*) FROM commits").fetchone()[0]
        return count


def test_the_first_search_fills_it_and_the_next_reads_no_commit(path: Path) -> None:
    assert not (path / "store-index.text").exists()
    assert found(path) == FOUND
    assert filled(path) == len(TEXTS)

    def read(done: int, count: int) -> None:
        pytest.fail("something was read again")

    assert found(path, read) == FOUND


def test_what_others_saved_is_read_once_although_no_operation_has_recorded_it(path: Path) -> None:
    store = SessionStore.open(path)
    store.append("s1", [{"role": "user", "content": "a needle from outside", "tool_calls": []}])
    assert found(path) == sorted([*FOUND, "a needle from outside"])

    def read(done: int, count: int) -> None:
        pytest.fail("something was read again")

    assert found(path, read) == sorted([*FOUND, "a needle from outside"])


def test_a_word_that_most_messages_have_is_followed_by_time_and_not_sorted(path: Path) -> None:
    found(path)
    with closing(text_file.open_text_file(str(path)) or sqlite3.connect(":memory:")) as file:
        sql, arguments = find._listing(file, Wanted(Words("needle*")))
        plan = file.execute(f"EXPLAIN QUERY PLAN {sql}", (*arguments, 1 << 62, 0, 20)).fetchall()
    steps = [row[3] for row in plan]
    assert any("texts USING INDEX texts_time" in step for step in steps)
    assert not any("ORDER BY" in step for step in steps)


@pytest.mark.parametrize("left", ["", "-wal"])
def test_a_damaged_file_is_replaced(path: Path, left: str) -> None:
    found(path)
    (path / f"store-index.text{left}").write_bytes(b"no database" * 1000)
    assert found(path) == FOUND
    assert found(path) == FOUND


def test_damage_that_shows_late_loses_nothing(path: Path) -> None:
    found(path)
    file = path / "store-index.text"
    pages = file.read_bytes()
    file.write_bytes(pages[:4096] + b"\xff" * (len(pages) - 4096))
    assert found(path) == FOUND
    assert found(path) == FOUND
    assert filled(path) == len(TEXTS)


def test_a_file_of_another_version_or_another_repository_is_replaced(path: Path) -> None:
    found(path)
    with closing(sqlite3.connect(path / "store-index.text")) as file:
        file.execute("UPDATE meta SET value = 'older' WHERE key = 'version'")
        file.execute("DELETE FROM texts")
        file.commit()
    assert found(path) == FOUND
    twin = path.with_name("twin.git")
    shutil.copytree(path, twin)
    with closing(sqlite3.connect(twin / "store-index.text")) as file:
        file.execute("DELETE FROM texts")
        file.commit()
    assert found(twin) == FOUND
    assert filled(twin) == len(TEXTS)


def test_without_full_text_search_in_sqlite_everything_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "_TABLES", text_file._TABLES.replace("fts5", "missing"))
    assert found(path) == FOUND


def test_where_there_can_be_no_file_everything_is_read(path: Path) -> None:
    os.mkdir(path / "store-index.text")
    assert found(path) == FOUND


def test_while_another_process_writes_it_everything_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        text_file,
        "open_database",
        lambda name: sqlite3.connect(name, timeout=0, isolation_level=None),
    )
    with closing(text_file.open_text_file(str(path)) or sqlite3.connect(":memory:")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert found(path) == FOUND
        other.execute("ROLLBACK")
    assert filled(path) == 0


def test_an_interrupted_search_keeps_what_it_has_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "_MOST_COMMITS", 2)

    def interrupt(done: int, count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        found(path, interrupt)
    assert filled(path) == 2
    counts = []
    assert found(path, lambda _, count: counts.append(count)) == FOUND
    assert set(counts) == {3}


def test_two_searches_fill_it_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "_MOST_COMMITS", 1)
    others = []
    assert found(path, lambda *_: others.append(found(path))) == FOUND
    assert others == [FOUND] * len(others)
    with closing(sqlite3.connect(path / "store-index.text")) as file:
        assert file.execute("SELECT count(*), count(DISTINCT blob) FROM texts").fetchall() == [
            (5, 5)
        ]


def test_a_search_beside_a_writer_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "_MOST_COMMITS", 2)
    store = SessionStore.open(path)

    def write(done: int, count: int) -> None:
        store.append(
            f"s{done - 1}", [{"role": "user", "content": f"needle {done}", "tool_calls": []}]
        )

    assert set(FOUND) <= set(found(path, write))
    assert found(path) == sorted([*FOUND, "needle 2", "needle 4", "needle 5"])


def test_the_same_message_is_stored_once(path: Path) -> None:
    repo: Repo = porcelain.open(str(path))
    with repo.transaction("fork") as tx:
        tx.fork(repo.resolve("s0"), session="again")
    found(path)
    with closing(sqlite3.connect(path / "store-index.text")) as file:
        assert file.execute("SELECT count(*) FROM texts").fetchone() == (len(TEXTS),)


def test_the_single_file_layout_is_searched_too(tmp_path: Path) -> None:
    store = SessionStore.init(tmp_path / "r.git", layout="single-file")
    message = {"role": "user", "content": "a needle", "tool_calls": []}
    at = "2026-01-01T00:00:00+00:00"
    info = store.save(Session.new("s", model="m", messages=[message], created_at=at))
    store.append(info.id, [{"role": "user", "content": "needle two", "tool_calls": []}])
    assert found(tmp_path / "r.git") == ["a needle", "needle two"]
    assert found(tmp_path / "r.git") == ["a needle", "needle two"]
