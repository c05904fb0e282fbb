"""Sessions are deleted, renamed, looked for and erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.errors import (
    EraseRefused,
    InvalidRefName,
    RefConflict,
    SessionExists,
    UnknownId,
)
from store.objects.commit import read_commit
from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git
from tests.harness.world import World
from tests.store.session_store.conversations import message, session, store_at, texts


def test_a_deleted_session_is_gone_and_its_commits_are_kept(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    tip = store.append("a", [message("2")])
    assert ("a" in store, store.exists("b"), 7 in store) == (True, False, False)
    assert store.delete("a") == tip.id
    assert "a" not in store
    assert store.sessions() == []
    git(repo_path, "gc", "-q", "--prune=now")
    assert texts(store.load(tip.id)) == ["1", "2"]
    assert store.fork(tip.id, store.load(tip.id).with_id("b")).parents == (tip.id,)
    fsck(repo_path)
    with pytest.raises(UnknownId):
        store.delete("a")


def test_a_session_that_has_moved_is_not_deleted(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    two = store.append("a", [message("2")])
    for call in (
        lambda: store.delete("a", expected=one.id),
        lambda: store.rename("a", "b", expected=one.id),
    ):
        with pytest.raises(RefConflict) as caught:
            call()
        assert (caught.value.expected, caught.value.actual) == (one.id, two.id)
    assert store.delete("a", expected=two.short_id) == two.id


@pytest.mark.parametrize("packed", [False, True])
def test_an_open_store_begins_a_name_again_that_another_deleted(
    repo_path: Path, packed: bool
) -> None:
    store, other = store_at(repo_path), SessionStore.open(repo_path)
    saved = session("a", "1")
    store.save(saved)
    loaded = store.load("a")
    if packed:
        git(repo_path, "pack-refs", "--all")
    other.delete("a")
    for stale in (saved, saved.appended([message("2")]), loaded):
        with pytest.raises(RefConflict, match="renamed or deleted"):
            store.save(stale)
    again = store.save(session("a", "1"))
    assert again.parents == ()
    assert store.append("a", [message("2")]).parents == (again.id,)


def test_a_renamed_session_keeps_its_commits_and_document(repo_path: Path) -> None:
    store = store_at(repo_path)
    tip = store.save(session("a", "1"))
    stale = store.load("a")
    made = store.rename("a", "b/c")
    assert (made.id, made.name, made.session_id) == (tip.id, "b/c", "a")
    assert [info.name for info in store.sessions()] == ["b/c"]
    assert store.append("b/c", [message("2")]).parents == (tip.id,)
    with pytest.raises(RefConflict, match="'b/c'"):
        store.save(stale)
    assert store.rename("b/c", "B/C").name == "B/C"
    fsck(repo_path)


def test_a_name_that_cannot_be_made_renames_nothing(repo_path: Path) -> None:
    store = store_at(repo_path)
    for name in ("a", "b"):
        store.save(session(name, "1"))
    for new, error in (
        ("b", SessionExists),
        ("B", SessionExists),
        ("a/c", InvalidRefName),
        ("-x", InvalidRefName),
    ):
        with pytest.raises(error):
            store.rename("a", new)
    with pytest.raises(UnknownId):
        store.rename("nobody", "c")
    assert sorted(str(info.name) for info in store.sessions()) == ["a", "b"]


def objects(path: Path) -> set[str]:
    shown = git(path, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return set(shown.decode().split())


def test_what_only_an_erased_session_holds_is_gone(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "shared", "secret"))
    tip = store.append("a", [message("another secret")])
    other = store.save(session("b", "shared"))
    secrets = [row.blob_id for row in store.load("a").messages][1:]
    done = store.erase("a")
    assert (done.name, done.held_by) == ("a", ("b",))
    assert done.objects > len(secrets)
    assert objects(repo_path).isdisjoint(
        {*secrets, tip.id, read_commit(store.repository, other.id).tree}
        - {read_commit(store.repository, other.id).tree}
    )
    assert texts(store.load("b")) == ["shared"]
    files = [path for path in repo_path.rglob("*") if path.is_file()]
    assert not any(b"secret" in path.read_bytes() for path in files)
    with pytest.raises(UnknownId):
        store.load(tip.id)
    assert store.save(session("a", "begun again")).parents == ()
    fsck(repo_path)


def test_an_erased_fork_leaves_its_origin_whole(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    store.fork(one.id, session("b", "1", "2"))
    done = store.erase("b")
    assert (done.held_by, texts(store.load("a"))) == (("a",), ["1"])
    assert done.shared >= 3
    fsck(repo_path)


def test_a_deleted_session_is_erased_as_well(repo_path: Path) -> None:
    store = store_at(repo_path)
    tip = store.save(session("a", "secret"))
    store.delete("a")
    assert store.erase("a").held_by == ()
    assert objects(repo_path) == set()
    with pytest.raises(UnknownId):
        store.erase("a")
    with pytest.raises(UnknownId):
        store.load(tip.id)


def test_beside_an_operation_log_nothing_is_erased(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    world.store().save(session("a", "1"))
    world.new("root()")
    with pytest.raises(EraseRefused) as caught:
        world.store().erase("a")
    assert "wj redact --purge" in caught.value.hint
    assert "a" in world.store()
