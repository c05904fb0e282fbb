"""`append` by a session's name adds at its end, whoever else adds there."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from store.errors import InvalidSession, RefConflict, SessionExists, UnknownId
from store.objects.commit import read_commit
from store.objects.objects import Scratch
from store.repository import ref_update
from store.session_store.store import SessionStore
from store.tree_layout.layout import Layout, write_session
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


def test_fields_and_headers_change_with_the_same_commit(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    two = store.append("a", [message("2")], fields={"notes": "n", "x": [1]}, headers=[("by", "me")])
    assert (two.parents, two.headers) == ((one.id,), (("by", "me"),))
    loaded = store.load("a")
    assert (loaded.header["notes"], loaded.header["x"], loaded.rows) == ("n", [1], 2)
    three = store.append("a", fields={"notes": "other"})
    assert three.parents == (two.id,)
    assert store.append("a", fields={"notes": "other"}).id == three.id
    assert store.append("a").id == three.id
    with pytest.raises(InvalidSession):
        store.append("a", fields={"messages": []})
    assert store.resolve("a") == three.id
    fsck(repo_path)


def test_an_append_with_a_field_is_the_tree_of_a_whole_save(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    made = store.append("a", [message("2")], fields={"notes": "n"})
    tree = read_commit(store.repository, made.id).tree
    scratch = Scratch(store.repository)
    assert write_session(scratch, store.load("a"), "native") == tree


def test_an_append_expects_a_commit_if_it_is_told_to(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    two = store.append("a", [message("2")], expected=one.id)
    with pytest.raises(RefConflict) as caught:
        store.append("a", [message("3")], expected=one.short_id)
    assert (caught.value.expected, caught.value.actual) == (one.id, two.id)
    assert store.append("a", [message("3")], expected=two.id).parents == (two.id,)


@pytest.mark.parametrize(
    ("at", "parent", "kept"),
    [
        (None, 1, ["1", "2", "3", "4"]),
        (4, 1, ["1", "2", "3", "4"]),
        (3, 0, ["1", "2", "3"]),
        (2, 0, ["1", "2"]),
        (1, None, ["1"]),
        (0, None, []),
    ],
)
@pytest.mark.parametrize("layout", ["native", "single-file"])
def test_a_fork_begins_after_any_row(
    repo_path: Path, layout: Layout, at: int | None, parent: int | None, kept: list[str]
) -> None:
    store = store_at(repo_path, layout)
    commits = [store.save(session("a", "1", "2")), store.append("a", [message("3"), message("4")])]
    info, made = store.fork("a", "b", at=at)
    assert info.parents == (() if parent is None else (commits[parent].id,))
    assert (made.name, made.id, texts(made)) == ("b", "b", kept)
    assert [made.header[key] for key in ("parent_id", "root_id", "branch_depth")] == ["a", "a", 1]
    assert store.append("b", [message("x")]).parents == (info.id,)
    deeper = store.fork("b", "c").session
    assert [deeper.header[key] for key in ("parent_id", "root_id", "branch_depth")] == ["b", "a", 2]
    fsck(repo_path)


def test_a_fork_that_cannot_be_made_changes_nothing(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    for name, at, error in (
        ("b", 2, InvalidSession),
        ("b", -1, InvalidSession),
        ("a", 1, SessionExists),
    ):
        with pytest.raises(error):
            store.fork("a", name, at=at)
    assert [info.name for info in store.sessions()] == ["a"]


def test_what_is_expected_is_a_commit_and_not_a_transcript(repo_path: Path) -> None:
    kept = store_at(repo_path)
    first = kept.save(session("a", "one"))
    kept.append("a", fields={"notes": "another's"})  # the same messages
    with pytest.raises(RefConflict):
        kept.append("a", fields={"notes": "mine"}, expected=first.id)
    assert kept.load("a").header["notes"] == "another's"


def test_a_fork_within_a_commit_shares_what_it_keeps(repo_path: Path) -> None:
    kept = store_at(repo_path)
    kept.save(session("long", *(f"text {number}" for number in range(350))))
    forked = kept.fork("long", "short", at=250)
    assert texts(forked.session) == [f"text {number}" for number in range(250)]
    counts = git(repo_path, "count-objects", "-v").decode()
    # The fork has written a half group and a document, not its 250 messages again.
    assert int(counts.partition("in-pack: ")[2].split()[0]) < 350 + 20
    fsck(repo_path)


def test_a_fork_of_a_deleted_session_writes_what_it_needs(repo_path: Path) -> None:
    kept = store_at(repo_path)
    tip = kept.save(session("gone", "a", "b", "c"))
    kept.delete("gone")
    forked = kept.fork(tip.id, "again", at=2)
    assert texts(forked.session) == ["a", "b"]
    fsck(repo_path)
