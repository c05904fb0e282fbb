"""The input that `save`, `append` and `fork` accept, each sentence of it; and that which they refuse."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.errors import (
    AmbiguousId,
    InvalidRefName,
    InvalidSession,
    RefConflict,
    SessionExists,
    UnknownId,
)
from store.session.message import Message
from store.session.session import Session
from store.session_store.store import TIP, SessionStore
from store.tree_layout.layout import Layout
from tests.harness.bare import fsck, git, leftovers
from tests.harness.processes import together
from tests.store.session_store.conversations import ids, message, session, store_at, texts


@pytest.fixture(params=["native", "single-file"])
def store(request: pytest.FixtureRequest, repo_path: Path) -> SessionStore:
    layout: Layout = request.param
    return store_at(repo_path, layout)


def test_tip_starts_a_session_and_continues_it(store: SessionStore) -> None:
    one = store.save(session("a", "1"), parent=TIP)
    two = store.save(session("a", "1", "2"))
    assert (one.parents, two.parents) == ((), (one.id,))
    assert store.resolve("a") == two.id


def test_saving_the_same_again_returns_the_tip(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    assert store.save(session("a", "1")) == one
    assert store.save(session("a", "1"), parent=one.id) == one
    assert len(list(store.lineage("a"))) == 1


def test_tip_refuses_what_would_hide_another_writers_message(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    other = SessionStore.open(store.repository.path)
    two = other.append(one.id, [message("from elsewhere")])
    with pytest.raises(RefConflict) as caught:
        store.save(session("a", "1", "mine"))
    assert (caught.value.name, caught.value.expected, caught.value.actual) == ("a", one.id, two.id)
    assert store.resolve("a") == two.id
    with pytest.raises(RefConflict):
        store.save(session("a"))


def test_a_conflict_without_history_expects_nothing(store: SessionStore) -> None:
    tip = store.save(session("a", "1"))
    other = SessionStore.open(store.repository.path)
    with pytest.raises(RefConflict) as caught:
        other.save(session("a", "else"))
    assert (caught.value.expected, caught.value.actual) == (None, tip.id)


def test_on_the_tip_the_new_transcript_is_free(store: SessionStore) -> None:
    one = store.save(session("a", "1", "2"))
    two = store.save(session("a", "something else"), parent=one.short_id)
    assert two.parents == (one.id,)
    assert texts(store.load("a")) == ["something else"]


def test_a_commit_with_the_tips_very_transcript_stands_for_it(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    described = store.save(session("a", "1").with_header(notes="described"))
    assert described.parents == (one.id,)
    two = store.save(session("a", "2"), parent=one.id)
    assert two.parents == (described.id,)
    again = store.save(two_notes(store), parent=two.id)
    three = store.append(two.id, [message("3")])
    assert three.parents == (again.id,)


def two_notes(store: SessionStore) -> Session:
    return store.load("a").with_header(notes="again")


def test_any_other_commit_is_refused(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    two = store.save(session("a", "1", "2"))
    calls: list[Callable[[], object]] = [
        lambda: store.save(session("a", "1", "x"), parent=one.id),
        lambda: store.append(one.id, [message("x")], session="a"),
    ]
    for call in calls:
        with pytest.raises(RefConflict) as caught:
            call()
        assert (caught.value.expected, caught.value.actual) == (one.id, two.id)
    with pytest.raises(RefConflict) as caught:
        store.save(session("new", "1", "x"), parent=one.id)
    assert (caught.value.expected, caught.value.actual) == (one.id, None)
    assert ids(store.sessions()) == [two.id]


def test_none_starts_a_root_and_needs_a_new_name(store: SessionStore) -> None:
    one = store.save(session("a", "1"), parent=None)
    assert one.parents == ()
    with pytest.raises(RefConflict) as caught:
        store.save(session("a", "2"), parent=None)
    assert (caught.value.expected, caught.value.actual) == (None, one.id)


@pytest.mark.parametrize("parent", [TIP, None])
def test_a_name_that_is_gone_is_not_started_again(store: SessionStore, parent: None) -> None:
    saved = session("a", "1")
    tip = store.save(saved)
    loaded = store.load("a")
    git(store.repository.path, "update-ref", "refs/sessions/renamed", tip.id)
    git(store.repository.path, "update-ref", "-d", "refs/sessions/a")
    for value in (loaded.appended([message("2")]), saved.appended([message("2")])):
        with pytest.raises(RefConflict, match="'renamed'") as caught:
            store.save(value, parent=parent)
        assert caught.value.actual is None
    with pytest.raises(RefConflict, match="'renamed'"):
        SessionStore.open(store.repository.path).save(loaded)
    assert [info.name for info in store.sessions()] == ["renamed"]
    assert store.append("renamed", [message("2")]).parents == (tip.id,)


def test_a_session_is_saved_under_the_name_it_was_loaded_from(store: SessionStore) -> None:
    tip = store.save(session("a", "1"))
    git(store.repository.path, "update-ref", "refs/sessions/other", tip.id)
    git(store.repository.path, "update-ref", "-d", "refs/sessions/a")
    loaded = store.load("other")
    saved = store.save(loaded.appended([message("2")]))
    assert (loaded.name, loaded.id, saved.name, saved.session_id) == ("other", "a", "other", "a")


def test_append_adds_messages_as_values_or_bytes(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    raw = json.dumps(message("3"), separators=(",", ":")).encode()
    two = store.append(one.id, [message("2"), raw])
    assert texts(store.load(two.id)) == ["1", "2", "3"]
    assert two.message_count == 3
    assert two.message == "[a] 3"
    assert store.append(two.id, []) == two


def test_append_writes_the_tree_that_saving_the_whole_would(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", *map(str, range(98))))
    for count in (1, 1, 3, 150, 1):
        loaded = store.load(at.id)
        number = len(loaded.messages)
        more = [message(str(n)) for n in range(number, number + count)]
        at = store.append(at.id, more)
        whole = loaded.appended(more).with_header(updated_at=store.load(at.id).updated_at)
        fresh = Session.from_json(whole.with_id("fresh").to_json()).with_id(f"f{number}")
        assert store.load(at.id) == whole
        copy = store.save(fresh)
        trees = [git(repo_path, "rev-parse", f"{c}:messages") for c in (at.id, copy.id)]
        assert trees[0] == trees[1]
    fsck(repo_path)


@pytest.mark.parametrize(
    "one", ["text", b'{"a":1}', bytearray(b"x"), {"role": "user"}, Message(b"{}")]
)
def test_one_message_in_place_of_a_sequence_is_refused(repo_path: Path, one: Any) -> None:
    store = store_at(repo_path)
    lines = Session.from_lines([b'{"n":1}'], id="lines", format="codex")
    for name, begun in (("a", session("a", "1")), ("lines", lines)):
        saved = store.save(begun)
        loaded = store.load(saved.id)
        for wrong in (
            lambda: store.append(saved.id, one),  # noqa: B023 - called at once
            lambda: loaded.appended(one),  # noqa: B023 - called at once
            lambda: loaded.with_messages(one),  # noqa: B023 - called at once
            lambda: Session.new("n", model="", created_at="", messages=one),
            lambda: Session.from_lines(one, id="n", format="codex"),
        ):
            with pytest.raises(InvalidSession, match="must be a sequence of messages, not one"):
                wrong()
        assert store.resolve(name) == saved.id


def test_append_refuses_a_bad_message_and_changes_nothing(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    with pytest.raises(InvalidSession) as caught:
        store.append(one.id, [message("2"), {"role": "nobody", "content": "x"}])
    assert caught.value.where.startswith("$.messages[2]")
    assert store.resolve("a") == one.id
    assert leftovers(store.repository.path) == []


def test_append_goes_to_the_session_that_was_named(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    for name in ("b", "c"):
        git(store.repository.path, "update-ref", f"refs/sessions/{name}", one.id)
    assert store.append("b", [message("2")]).name == "b"
    assert store.append(one.id, [message("2")], session="c").name == "c"
    assert store.append(one.id, [message("2")]).name == "a"


def test_append_to_one_of_several_strangers_asks_which(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    for name in ("b", "c"):
        git(repo_path, "update-ref", f"refs/sessions/{name}", one.id)
    git(repo_path, "update-ref", "-d", "refs/sessions/a")
    with pytest.raises(AmbiguousId) as caught:
        SessionStore.open(repo_path).append(one.id, [message("2")])
    assert caught.value.candidates == ("b", "c")


def test_append_finds_a_session_that_was_renamed_and_described(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    tip = store.save(session("a", "1").with_header(notes="described"))
    git(store.repository.path, "update-ref", "refs/sessions/new", tip.id)
    git(store.repository.path, "update-ref", "-d", "refs/sessions/a")
    added = SessionStore.open(store.repository.path).append(one.id, [message("2")])
    assert (added.name, added.parents) == ("new", (tip.id,))


def test_a_fork_keeps_its_parents_layout_and_needs_a_free_name(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    fork = SessionStore.open(store.repository.path).fork(one.id, session("b", "1", "2"))
    kinds = [set(git(store.repository.path, "ls-tree", "--name-only", c).split()) for c in
             (one.id, fork.id)]  # fmt: skip
    assert kinds[0] == kinds[1]
    with pytest.raises(SessionExists):
        store.fork(one.id, session("b", "1", "3"))
    assert fork.parents == (one.id,)
    assert store.resolve("a") == one.id


@pytest.mark.parametrize(
    "name", ["", "..", "a..b", "-x", "a\x1bb", "a\u202eb", "x" * 300, "0" * 40, "k" * 32, "a b"]
)
def test_a_name_that_cannot_be_made_is_refused(store: SessionStore, name: str) -> None:
    with pytest.raises((InvalidRefName, InvalidSession)):
        store.save(session(name, "1"))
    assert store.sessions() == []


@pytest.mark.parametrize("name", ["A", "a/b", "Å"])
def test_a_name_too_close_to_another_is_refused(store: SessionStore, name: str) -> None:
    store.save(session("a", "1"))
    store.save(session("A\u030a", "1"))
    with pytest.raises(SessionExists):
        store.save(session(name, "1"))
    with pytest.raises(SessionExists):
        store.fork("a", session(name, "1"))
    assert len(store.sessions()) == 2


def test_a_name_comes_before_a_prefix(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    named = store.save(session(one.id[:8], "2"))
    assert store.resolve(one.id[:8]) == named.id
    assert store.resolve(one.id[:9]) == one.id
    assert store.resolve(one.id.upper()) == one.id


@pytest.mark.parametrize("text", ["", "zzz", "0000000", "0" * 40, "f" * 41, "a b", "\udc80", "\0"])
def test_what_is_no_commit_is_said_to_be_unknown(store: SessionStore, text: str) -> None:
    store.save(session("a", "1"))
    for call in (store.resolve, store.load, store.lineage, store.children):
        with pytest.raises(UnknownId):
            call(text)
    with pytest.raises(UnknownId):
        store.save(session("a", "2"), parent=text)


def test_another_kind_of_object_is_no_commit(store: SessionStore) -> None:
    one = store.save(session("a", "1"))
    tree = git(store.repository.path, "rev-parse", f"{one.id}^{{tree}}").decode().strip()
    with pytest.raises(UnknownId):
        store.resolve(tree)


def test_an_ambiguous_prefix_lists_the_candidates(repo_path: Path) -> None:
    store = store_at(repo_path)
    made = [store.save(session(f"s{n}", str(n))) for n in range(20)]
    shared: dict[str, list[str]] = {}
    for info in made:
        shared.setdefault(info.id[0], []).append(info.id)
    first, several = next((k, v) for k, v in shared.items() if len(v) > 1)
    with pytest.raises(AmbiguousId) as caught:
        store.resolve(first)
    assert sorted(several)[:9] == list(caught.value.candidates)
    assert all(store.resolve(info.short_id) == info.id for info in made)


def test_a_conversation_not_begun_has_the_id_of_its_name(repo_path: Path) -> None:
    store = store_at(repo_path)
    tree = git(repo_path, "hash-object", "-w", "-t", "tree", "/dev/null").decode().strip()
    made = git(repo_path, "-c", "user.name=a", "-c", "user.email=b", "commit-tree", tree, "-m", "")
    git(repo_path, "update-ref", "refs/sessions/empty", made.decode().strip())
    info = store.sessions()[0]
    assert (info.session_id, info.message_count, info.problem) == ("empty", 0, "")
    assert store.load(info.id).id == "empty"
    added = store.append("empty", [message("first")])
    assert (added.session_id, texts(store.load(added.id))) == ("empty", ["first"])


def test_a_large_session_is_saved_whole(repo_path: Path) -> None:
    store = store_at(repo_path)
    big = session("big", *(f"message {n}" for n in range(2500)))
    saved = store.save(big)
    assert store.load(saved.id) == big
    grown = store.save(store.load(saved.id).appended([message("x")]))
    assert grown.message_count == 2501
    fsck(repo_path)
    assert leftovers(repo_path) == []


def test_identity_clock_headers_and_layout_are_arguments(repo_path: Path) -> None:
    store = SessionStore.init(
        repo_path,
        author=("Ada", "ada@example.org"),
        clock=lambda: 1_700_000_000.5,
        headers=lambda: [("change-id", "k" * 32)],
    )
    info = store.save(session("a", "1"))
    raw = git(repo_path, "cat-file", "commit", info.id).decode()
    assert "author Ada <ada@example.org> 1700000000 +0000\n" in raw
    assert f"change-id {'k' * 32}\n" in raw
    assert info.headers == (("change-id", "k" * 32),)
    assert info.timestamp == 1_700_000_000


def test_a_store_is_shared_between_threads(repo_path: Path) -> None:
    store = store_at(repo_path)
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            at = store.save(session(name, "0"))
            for n in range(1, 6):
                at = store.append(at.id, [message(str(n))])
                store.leaves()
        except BaseException as error:  # noqa: BLE001 - handed over
            failed.append(error)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert {i.name: i.message_count for i in store.sessions()} == {f"t{n}": 6 for n in range(4)}


def test_a_store_is_used_after_a_fork(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "0"))

    def work(name: str) -> None:
        made = store.fork(at.id, session(name, "0", "mine"))
        assert store.append(made.id, [message("more")]).message_count == 3
        assert at.id in ids(list(store.lineage(name)))

    with store.index.writing():
        together(lambda: work("x"), lambda: work("y"))
    assert sorted(str(info.name) for info in store.sessions()) == ["a", "x", "y"]
    assert os.path.exists(repo_path / "store-index.sqlite")
    fsck(repo_path)


def test_an_append_writes_a_handful_of_objects_whatever_the_length(repo_path: Path) -> None:
    store = store_at(repo_path)
    written = []
    for number in (10, 1510):
        at = store.save(session(f"s{number}", *map(str, range(number))))
        before = _objects(repo_path)
        store.append(at.id, [message("one more")])
        written.append(_objects(repo_path) - before)
    # The message, its group, the groups, the document, the root, the commit.
    assert written == [6, 6]


def _objects(path: Path) -> int:
    lines = git(path, "count-objects", "-v").decode().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("count:", "in-pack:")))
