"""Attachments: small named contents beside a conversation, carried with it, no part of what was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.errors import InvalidSession
from store.index.commit_index import Index
from store.session_store.store import SessionStore
from store.tree_layout.layout import Layout
from tests.harness.bare import fsck, git
from tests.store.session_store.conversations import message, session, store_at, texts

NAMES = ("plan.md", ".git", "a/b c", "状態", "x" * 200)


def test_they_stay_with_the_conversation_until_they_are_changed(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    one = store.append("a", attachments={name: name.encode() for name in NAMES})
    two = store.append("a", [message("2")])
    store.append("a", attachments={"plan.md": b"new", ".git": None, "unknown": None})
    everything = {name: name.encode() for name in sorted(NAMES)}
    assert store.attachments(one.id) == store.attachments(two.id) == everything
    left = {**everything, "plan.md": b"new"}
    del left[".git"]
    assert store.attachments("a") == SessionStore.open(repo_path).attachments("a") == left
    assert texts(store.load("a")) == ["1", "2"]
    store.append("a", attachments=dict.fromkeys(left))
    assert store.attachments("a") == {}
    fsck(repo_path)


@pytest.mark.parametrize("layout", ["native", "single-file"])
def test_a_longer_conversation_and_a_fork_have_them(repo_path: Path, layout: Layout) -> None:
    store = store_at(repo_path, layout)
    store.save(session("a", "1"))
    store.append("a", [message("2")], attachments={"state": b"early"})
    store.append("a", [message("3")], attachments={"state": b"late"})
    longer = store.load("a").appended([message("4")])
    store.save(longer)
    assert store.attachments("a") == {"state": b"late"}
    store.fork("a", "whole")
    store.fork("a", "cut", at=2)
    store.fork("a", "begun", at=1)
    found = [store.attachments(name) for name in ("whole", "cut", "begun")]
    assert found == [{"state": b"late"}, {"state": b"early"}, {}]


def test_what_changes_nothing_makes_no_commit(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    one = store.append("a", attachments={"state": b"1"})
    assert store.append("a", attachments={"state": b"1", "other": None}).id == one.id
    with store.batch() as batch:
        batch.append("a", attachments={"state": b"1"})
        batch.append("a", [message("2")], attachments={"state": b"2"})
    assert [info.id == one.id for info in batch.results] == [True, False]
    assert store.attachments("a") == {"state": b"2"}


@pytest.mark.parametrize(
    ("attachments", "said"),
    [
        ({"": b""}, "a name is a text of 1 to 200 bytes"),
        ({"x" * 201: b""}, "a name is a text of 1 to 200 bytes"),
        ({1: b""}, "a name is a text of 1 to 200 bytes"),
        ({"\ud800": b""}, "the name is not valid Unicode"),
        ({"a": "text"}, "must be bytes, or None to remove it"),
        ({"a": bytes(16 * 1024 * 1024 + 1)}, "at most 16777216 are allowed: keep it elsewhere"),
    ],
)
def test_what_cannot_be_attached_is_refused(
    repo_path: Path, attachments: dict[str, bytes], said: str
) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    with pytest.raises(InvalidSession, match=said):
        store.append("a", attachments=attachments)
    with store.batch() as batch, pytest.raises(InvalidSession, match=said):
        batch.append("a", attachments=attachments)
    assert store.resolve("a") == one.id


def test_only_a_repository_that_has_some_refuses_older_programs(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    assert git(repo_path, "config", "wajutsu.version").strip() == b"1"
    store.append("a", attachments={"state": b"1"})
    assert git(repo_path, "config", "wajutsu.version").strip() == b"2"


def test_a_commit_that_only_attaches_is_not_empty_in_any_index(repo_path: Path) -> None:
    store = store_at(repo_path)
    begun = store.save(session("a", "1"))
    attached = store.append("a", attachments={"state": b"1"})
    store.index.refresh()
    fresh = Index(store.repository)
    fresh.move_to_memory(empty=True)
    fresh.refresh()
    for index in (store.index, fresh):
        rows = {row.id: row.empty for row in index.rows("1 = 1")}
        assert rows == {begun.id: False, attached.id: False}


def test_strange_entries_are_ignored_and_go_with_the_next_change(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    tip = store.append("a", attachments={"state": b"1"})
    blob = git(repo_path, "hash-object", "-w", "--stdin", data=b"x").decode().strip()
    lines = [f"100644 blob {blob}\t{name}" for name in ("plain", "=%2", "=a")]
    inner = git(repo_path, "mktree", data="\n".join(lines).encode()).decode().strip()
    old = git(repo_path, "ls-tree", tip.id).decode().splitlines()
    rest = [line for line in old if not line.endswith("\tattachments")]
    made = [*rest, f"040000 tree {inner}\tattachments"]
    tree = git(repo_path, "mktree", data="\n".join(made).encode()).decode().strip()
    who = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    commit = git(repo_path, *who, "commit-tree", tree, "-p", tip.id, "-m", "odd").decode().strip()
    git(repo_path, "update-ref", "refs/sessions/a", commit)
    other = SessionStore.open(repo_path)
    assert other.attachments("a") == {"a": b"x"}
    other.append("a", attachments={"b": b"y"})
    assert other.attachments("a") == {"a": b"x", "b": b"y"}
    fsck(repo_path)
