"""`append` by a session's name adds at its end, whoever else adds there."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from store.errors import RefConflict, UnknownId
from store.repository import ref_update
from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git
from tests.harness.processes import together
from tests.store.session_store.conversations import message, session, store_at, texts


def test_writers_that_append_to_one_name_never_conflict(repo_path: Path) -> None:
    store_at(repo_path).save(session("log", "start"))

    def adding(who: str) -> None:
        mine = SessionStore.open(repo_path)
        for number in range(20):
            mine.append("log", [message(f"{who}{number}")])

    together(*(lambda who=who: adding(who) for who in "abc"))
    found = texts(SessionStore.open(repo_path).load("log"))
    assert sorted(found) == sorted(["start", *(f"{w}{n}" for w in "abc" for n in range(20))])
    for who in "abc":
        assert [t for t in found if t[0] == who] == [f"{who}{n}" for n in range(20)]
    fsck(repo_path)


def test_threads_that_share_a_store_append_to_one_name(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("log", "start"))
    failed: list[BaseException] = []

    def adding(who: str) -> None:
        try:
            for number in range(10):
                store.append("log", [message(f"{who}{number}")])
        except BaseException as error:  # noqa: BLE001 - handed over
            failed.append(error)

    threads = [threading.Thread(target=adding, args=(who,)) for who in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert store.resolve("log") == next(iter(store.lineage("log"))).id
    assert store.load("log").rows == 41


def test_a_stale_handle_appends_behind_what_others_wrote(repo_path: Path) -> None:
    mine, other = store_at(repo_path), SessionStore.open(repo_path)
    one = mine.save(session("a", "1"))
    other.append("a", [message("2")])
    mine.append("a", [message("3")])
    assert texts(mine.load("a")) == ["1", "2", "3"]
    with pytest.raises(RefConflict):
        mine.append(one.id, [message("4")], session="a")


def test_plain_git_that_moves_the_session_at_the_last_moment_is_followed(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    store.append("a", [message("2")])
    real = ref_update.update_refs
    moved: list[str] = []

    def late(*arguments: object, **options: object) -> None:
        if not moved:
            moved.append("once")
            git(repo_path, "update-ref", "refs/sessions/a", one.id)
        real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("store.session_store.writer.update_refs", late)
    made = store.append("a", [message("3")])
    assert (made.parents, texts(store.load("a"))) == ((one.id,), ["1", "3"])


def test_a_session_that_is_not_there_is_not_begun_by_an_append(repo_path: Path) -> None:
    store = store_at(repo_path)
    with pytest.raises(UnknownId, match="no session is called 'nobody'"):
        store.append("nobody", [message("1")])
    assert store.sessions() == []
