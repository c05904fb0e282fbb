"""The seed: its own four tests, and repositories that it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from store.errors import SessionExists
from store.session.session import Session
from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git
from tests.harness.seed_port import SeedStore, seed_session
from tests.store.session_store.conversations import ids, message, session, store_at, texts


def test_init_save_and_load(repo_path: Path) -> None:
    store = store_at(repo_path)
    saved = store.save(session("abc", "hello", "hi there"))
    loaded = store.load(saved.id)
    assert loaded.id == "abc"
    assert texts(loaded) == ["hello", "hi there"]
    assert (saved.message_count, saved.model, saved.name) == (2, "m", "abc")


def test_fork_creates_two_leaves(repo_path: Path) -> None:
    store = store_at(repo_path)
    root = store.save(session("root", "base"))
    first = store.fork(root.id, session("fork-a", "base", "path a"))
    second = store.fork(root.id, session("fork-b", "base", "path b"))
    assert set(ids(store.leaves())) == {first.id, second.id}


def test_lineage(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("s", "1"))
    two = store.save(session("s", "1", "2"), parent=one.id)
    three = store.save(session("s", "1", "2", "3"), parent=two.id)
    assert ids(list(store.lineage(three.id))) == [three.id, two.id, one.id]


def test_children(repo_path: Path) -> None:
    store = store_at(repo_path)
    root = store.save(session("root", "base"))
    first = store.fork(root.id, session("a", "base", "x"))
    second = store.fork(root.id, session("b", "base", "y"))
    assert ids(store.children(root.id)) == [first.id, second.id]
    assert store.children(first.id) == []


@pytest.fixture
def seeded(repo_path: Path) -> tuple[SeedStore, list[str]]:
    seed = SeedStore.init(repo_path)
    root = seed.save_commit(seed_session("11aa22bb", "hello", "hi"), None)
    longer = seed.save_commit(seed_session("11aa22bb", "hello", "hi", "more"), root)
    fork = seed.fork(root, seed_session("33cc44dd", "hello", "hi", "another way"))
    return seed, [root, longer, fork]


def test_a_repository_of_the_seed_is_opened_and_listed(
    repo_path: Path, seeded: tuple[SeedStore, list[str]]
) -> None:
    seed, (root, longer, fork) = seeded
    store = SessionStore.open(repo_path)
    assert {i.name: i.id for i in store.sessions()} == {"11aa22bb": longer, "33cc44dd": fork}
    assert set(ids(store.leaves())) == {info.hash for info in seed.list_leaves()}
    assert ids(list(store.lineage(longer))) == [info.hash for info in seed.lineage(longer)]
    assert set(ids(store.children(root))) == {info.hash for info in seed.children(root)}
    assert [i.message for i in store.lineage(longer)] == ["[11aa22bb] more", "[11aa22bb] hello"]
    assert json.loads(store.load(fork).to_json()) == seed.load_commit(fork)
    assert store.problems() == []


def test_a_repository_of_the_seed_is_forked_and_extended_and_read_back_by_it(
    repo_path: Path, seeded: tuple[SeedStore, list[str]]
) -> None:
    _, (root, longer, _) = seeded
    store = SessionStore.open(repo_path)
    added = store.append("11aa22bb", [message("and more")])
    assert added.parents == (longer,)
    forked = store.fork(root, store.load(root).with_id("55ee66ff"))
    saved = store.save(store.load(added.id).appended([message("the end")]), parent=added.id)
    read = SeedStore.open(repo_path)
    assert [m["content"] for m in read.load_commit(saved.id)["messages"]][-2:] == [
        "and more",
        "the end",
    ]
    assert read.load_commit(forked.id)["id"] == "55ee66ff"
    assert [info.hash for info in read.lineage(saved.id)][:2] == [saved.id, added.id]
    assert {info.hash for info in read.list_leaves()} == set(ids(store.leaves()))
    fsck(repo_path)


def test_the_single_file_layout_is_the_seeds(repo_path: Path) -> None:
    store = store_at(repo_path, layout="single-file")
    saved = store.save(Session.from_json(json.dumps(seed_session("abc", "hello"), indent=2)))
    seed = SeedStore.open(repo_path)
    assert seed.load_commit(saved.id) == seed_session("abc", "hello")
    assert git(repo_path, "ls-tree", "--name-only", saved.id) == b"session.json\n"
    assert seed.list_sessions()[0][1].message == saved.message == "[abc] hello"


def test_where_the_seed_orphans_a_tip_we_refuse(repo_path: Path) -> None:
    store = store_at(repo_path)
    root = store.save(session("a", "1"))
    tip = store.save(session("a", "1", "2"))
    with pytest.raises(SessionExists):
        store.fork(root.id, session("a", "1", "other"))
    assert store.resolve("a") == tip.id
