"""`sessions` selects, sorts and pages by names, times and declared fields, from the index alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from store.errors import FieldError
from store.index.database_file import index_path
from store.maintenance.housekeeping import gc
from store.objects.objects import Kind
from store.repository.object_database import ObjectDatabase
from store.session_store.commit_info import CommitInfo
from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git
from tests.store.session_store.conversations import message, session, store_at


def opened(path: Path, *fields: str) -> SessionStore:
    return SessionStore.init(path, fields=fields, clock=lambda: 1_700_000_000.25)


def names(found: list[CommitInfo]) -> list[str | None]:
    return [info.name for info in found]


def filled(path: Path) -> SessionStore:
    store = opened(path, "project", "size")
    headers: dict[str, dict[str, object]] = {
        "p/a": {"project": "red", "size": 10},
        "p/b": {"project": "red", "size": 9},
        "q/c": {"project": "blue", "size": 9.5},
        "q/d": {"project": None, "size": "large"},
        "r": {},
    }
    for name, header in headers.items():
        store.save(session(name, "hello").with_header(header))
    return store


def test_sessions_saved_within_one_second_come_back_in_that_order(repo_path: Path) -> None:
    store = opened(repo_path)
    for name in "dbaec":
        store.save(session(name, "hello"))
    assert names(store.sessions()) == list("ceabd")
    store.append("a", [message("more")])
    assert names(store.sessions()) == list("acebd")
    times = [info.timestamp_ms for info in store.sessions(order="time")]
    assert times == [1_700_000_000_000 + n for n in (250, 251, 253, 254, 255)]
    assert {info.timestamp for info in store.sessions()} == {1_700_000_000}
    assert store.sessions(1)[0].headers == ()
    fsck(repo_path)


def test_the_order_survives_the_loss_of_the_index(repo_path: Path) -> None:
    store = opened(repo_path)
    for name in "dbaec":
        store.save(session(name, "hello"))
    before = store.sessions()
    store.close()
    Path(index_path(str(repo_path))).unlink()
    assert SessionStore.open(repo_path).sessions() == before


def test_a_time_that_another_tool_changed_is_the_commits_own(repo_path: Path) -> None:
    store = opened(repo_path)
    tip = store.save(session("a", "hello"))
    data = git(repo_path, "cat-file", "commit", tip.id).replace(b"1700000000 ", b"1600000000 ")
    made = git(repo_path, "hash-object", "-t", "commit", "-w", "--stdin", data=data)
    git(repo_path, "update-ref", "refs/sessions/a", made.decode().strip())
    assert store.sessions()[0].timestamp_ms == 1_600_000_000_000


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"where": {"project": "red"}}, ["p/b", "p/a"]),
        ({"where": {"project": "red", "size": 9}}, ["p/b"]),
        ({"where": {"project": None}}, ["r", "q/d"]),
        ({"where": {"size": "9"}}, []),
        ({"prefix": "q/"}, ["q/d", "q/c"]),
        ({"prefix": "q/", "where": {"project": "blue"}}, ["q/c"]),
        ({"prefix": "nobody"}, []),
        ({"order": "time"}, ["p/a", "p/b", "q/c", "q/d", "r"]),
        ({"order": "name", "limit": 2}, ["p/a", "p/b"]),
        ({"order": "-name", "limit": 2}, ["r", "q/d"]),
        ({"order": "size"}, ["r", "p/b", "q/c", "p/a", "q/d"]),
        ({"order": "-size", "limit": 3}, ["q/d", "p/a", "q/c"]),
        ({"order": "project"}, ["q/d", "r", "q/c", "p/a", "p/b"]),
    ],
)
def test_what_a_listing_selects_and_how_it_sorts(
    repo_path: Path, asked: dict[str, Any], expected: list[str]
) -> None:
    assert names(filled(repo_path).sessions(**asked)) == expected


@pytest.mark.parametrize("order", ["time", "-time", "name", "-name", "size", "-size", "-project"])
def test_pages_make_up_the_whole_listing(repo_path: Path, order: str) -> None:
    store = filled(repo_path)
    whole, pages = store.sessions(order=order), list[CommitInfo]()
    while page := store.sessions(2, order=order, after=pages[-1] if pages else None):
        pages += page
    assert pages == whole


def test_fields_come_with_every_commit(repo_path: Path) -> None:
    store = opened(repo_path, "project", "tags")
    made = store.save(session("a", "1").with_header(project="red", tags=["x"]))
    longer = store.append("a", [message("2")])
    for info in (made, longer, *store.sessions(), *store.lineage("a"), *store.leaves()):
        assert info.fields == {"project": "red", "tags": ["x"]}
        assert hash(info)
    assert SessionStore.open(repo_path).sessions()[0].fields == {}


@pytest.mark.parametrize("lost", [False, True])
def test_the_repository_remembers_the_fields_of_all_openers(repo_path: Path, lost: bool) -> None:
    one, two = opened(repo_path, "project"), opened(repo_path, "size", "scope")
    one.save(session("a", "1").with_header(project="red", size=1, scope="s"))
    two.sessions()
    if lost:
        one.close()
        two.close()
        Path(index_path(str(repo_path))).unlink()
    one.save(session("b", "1").with_header(project="red", size=2, scope="s"))
    assert names(one.sessions(where={"project": "red"})) == ["b", "a"]
    assert names(two.sessions(where={"scope": "s"}, order="size")) == ["a", "b"]
    again = SessionStore.open(repo_path, fields=("size",))
    assert again.repository.config["wajutsu.fields"] == "project+scope+size"
    assert again.sessions(where={"size": 2})[0].fields == {"size": 2}


def test_a_listing_by_a_field_reads_no_object(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(repo_path)
    store.sessions()
    read: list[str] = []

    def count(_: ObjectDatabase, object_id: str) -> tuple[Kind, bytes]:
        read.append(object_id)
        raise KeyError(object_id)

    monkeypatch.setattr(ObjectDatabase, "read", count)
    assert names(store.sessions(where={"project": "red"}, order="size")) == ["p/b", "p/a"]
    assert read == []


def test_a_moved_or_deleted_session_is_listed_as_it_is(repo_path: Path) -> None:
    store = filled(repo_path)
    store.sessions()
    first = store.resolve("p/a")
    git(repo_path, "update-ref", "refs/sessions/q/c", first)
    git(repo_path, "update-ref", "-d", "refs/sessions/p/b")
    assert names(store.sessions(where={"project": "red"})) == ["p/a", "q/c"]


def test_a_repository_that_cannot_be_written_is_listed_by_fields(
    repo_path: Path, tmp_path: Path
) -> None:
    filled(repo_path).close()
    Path(index_path(str(repo_path))).unlink()
    copy = shutil.copytree(repo_path, tmp_path / "copy.git")
    folders = [copy, *(p for p in copy.rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    try:
        found = SessionStore.open(copy, fields=("project", "other")).sessions(
            where={"project": "blue"}
        )
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert names(found) == ["q/c"]


@pytest.mark.parametrize("fields", ["project", ("messages",), ("wajutsu",)])
def test_what_is_no_field_is_refused(repo_path: Path, fields: Any) -> None:
    with pytest.raises(FieldError):
        SessionStore.init(repo_path, fields=fields)


def test_a_field_that_was_not_declared_is_refused(repo_path: Path) -> None:
    store = filled(repo_path)
    for asked in ({"where": {"scope": 1}}, {"order": "scope"}):
        with pytest.raises(FieldError, match="'scope'") as caught:
            store.sessions(**asked)
        assert "fields=('scope', ...)" in caught.value.hint


def test_the_single_file_layout_has_fields_as_well(repo_path: Path) -> None:
    store_at(repo_path, "single-file").save(session("a", "1").with_header(project="red"))
    assert names(opened(repo_path, "project").sessions(where={"project": "red"})) == ["a"]


def test_git_is_started_in_a_repository_with_fields(repo_path: Path) -> None:
    store = filled(repo_path)
    assert gc(store.repository)
