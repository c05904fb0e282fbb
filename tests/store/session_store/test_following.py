"""Messages are found by their keys; what happens to sessions can be followed."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from store.errors import AmbiguousId, FieldError, TokenExpired, UnknownId
from store.index import ref_mirror
from store.index.database_file import index_path
from store.index.session_log import Change
from store.session.session import Session
from store.session_store.folder_events import FolderEvents
from store.session_store.store import SessionStore
from tests.harness.bare import git
from tests.store.session_store.conversations import message, session, store_at


def keyed(path: Path, member: str = "uuid") -> SessionStore:
    return SessionStore.init(path, message_key=member)


def rows(*keys: str) -> list[dict[str, object]]:
    return [{"uuid": key, "id": f"id-{key}", "text": "x"} for key in keys]


def test_a_message_is_found_by_its_key(repo_path: Path) -> None:
    store = keyed(repo_path)
    store.save(Session.of(rows("a", "b"), id="one"))
    store.append("one", rows("c"))
    found = store.find_message("c")
    assert (found.name, found.row, found.commit) == ("one", 2, store.resolve("one"))
    assert found.message.value == rows("c")[0]
    store.append("one", [*rows("d"), {"no": "key"}, b"[1]", {"uuid": 7}])
    assert [store.find_message(key).row for key in "abd"] == [0, 1, 3]
    with pytest.raises(UnknownId, match="'e'"):
        store.find_message("e")
    assert keyed(repo_path, "id").find_message("id-d").row == 3


def test_a_key_in_several_sessions_is_ambiguous(repo_path: Path) -> None:
    store = keyed(repo_path)
    store.save(Session.of(rows("a", "b"), id="one"))
    store.fork("one", "two", at=1)
    store.append("two", rows("c"))
    store.save(Session.of([*rows("x", "a"), *rows("a")], id="three"))
    assert [(f.name, f.row) for f in store.find_messages("a")] == [
        ("one", 0),
        ("three", 1),
        ("three", 2),
        ("two", 0),
    ]
    with pytest.raises(AmbiguousId) as caught:
        store.find_message("a")
    assert set(caught.value.candidates) == {"one", "two", "three"}
    assert (store.find_message("b").name, store.find_message("c").name) == ("one", "two")


def test_a_message_that_was_taken_out_or_shifted_is_found_as_it_is(repo_path: Path) -> None:
    store = keyed(repo_path)
    tip = store.save(Session.of(rows("a", "b", "c"), id="one"))
    assert store.find_message("b").row == 1
    loaded = store.load("one")
    tip = store.save(loaded.with_messages(loaded.messages[1:]), parent=tip.id)
    assert [store.find_message(key).row for key in "bc"] == [0, 1]
    with pytest.raises(UnknownId):
        store.find_message("a")
    store.delete("one")
    assert store.find_messages("b") == []


def test_a_search_needs_a_member(repo_path: Path) -> None:
    with pytest.raises(FieldError) as caught:
        store_at(repo_path).find_message("a")
    assert "message_key=" in caught.value.hint


def seen(store: SessionStore, since: str) -> list[tuple[str, str]]:
    return [(change.kind, change.name) for change in store.changes(since)]


def test_changes_since_a_token_are_told_in_order(repo_path: Path) -> None:
    store, other = store_at(repo_path), SessionStore.open(repo_path)
    start = store.token()
    assert store.changes(start) == []
    one = store.save(session("a", "1"))
    other.save(session("b", "1"))
    assert seen(store, start) == [("created", "a"), ("created", "b")]
    middle = store.changes(start)[-1].token
    two = other.append("a", [message("2")])
    (moved,) = store.changes(middle)
    assert (moved.kind, moved.old, moved.new) == ("moved", one.id, two.id)
    other.rename("b", "c")
    git(repo_path, "update-ref", "-d", "refs/sessions/a")
    assert sorted(seen(store, moved.token)) == [
        ("created", "c"),
        ("deleted", "a"),
        ("deleted", "b"),
    ]
    assert len(store.changes(start, limit=2)) == 2
    assert store.changes(store.token()) == []
    assert seen(other, middle) == seen(store, middle)


def test_a_token_of_another_index_has_expired(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(repo_path)
    start = store.token()
    monkeypatch.setattr(ref_mirror, "_LOGGED", 3)
    for number in range(5):
        store.save(session(f"s{number}", "1"))
    late = store.token()
    for token in (start, "", "x-1", late + "0", late.replace("-", "-x"), "-"):
        with pytest.raises(TokenExpired):
            store.changes(token)
    store.close()
    Path(index_path(str(repo_path))).unlink()
    with pytest.raises(TokenExpired) as caught:
        store.changes(late)
    assert "token()" in caught.value.hint


def test_a_watcher_sees_what_another_writer_does(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    start = store.token()
    got: list[str] = []

    def watching() -> None:
        with SessionStore.open(repo_path) as mine:
            for change in mine.watch(start, timeout=60):
                got.append(change.name)
                if len(got) == 3:
                    return

    watcher = threading.Thread(target=watching)
    watcher.start()
    store.append("a", [message("2")])
    store.save(session("b", "1"))
    deadline = time.monotonic() + 60
    while len(got) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    store.save(session("c", "1"))
    watcher.join()
    assert got == ["a", "b", "c"]
    assert list(store.watch(timeout=0)) == []


@pytest.mark.parametrize("told", [True, False])
def test_a_watcher_hears_of_new_folders_packed_refs_and_git(
    repo_path: Path, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not told:
        monkeypatch.setattr(FolderEvents, "opened", lambda: None)
    store, other = store_at(repo_path), store_at(repo_path)
    changes = store.watch(store.token(), timeout=30)
    heard = []
    steps = [
        lambda: other.save(session("deep/er/a", "1")),
        lambda: other.append("deep/er/a", [message("2")]),
        lambda: git(repo_path, "pack-refs", "--all", "--prune"),
        lambda: other.append("deep/er/a", [message("3")]),
        lambda: git(repo_path, "update-ref", "-d", "refs/sessions/deep/er/a"),
    ]
    wanted = ["created", "moved", None, "moved", "deleted"]
    for step, kind in zip(steps, wanted, strict=True):
        later = threading.Timer(0.01, step)
        later.start()
        if kind is not None:
            heard.append(next(changes).kind)
        later.join()
    assert heard == [kind for kind in wanted if kind]


def test_a_watcher_that_nobody_disturbs_does_not_look(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    store.token()
    looks: list[str] = []
    real = SessionStore.changes

    def counted(self: SessionStore, since: str, limit: int | None = None) -> list[Change]:
        looks.append(since)
        return real(self, since, limit)

    monkeypatch.setattr(SessionStore, "changes", counted)
    assert list(store.watch(timeout=0.3)) == []
    assert len(looks) <= 3
