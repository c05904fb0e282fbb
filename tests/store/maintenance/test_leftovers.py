"""Files that count as left behind, and those that a live writer holds."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from store.gitdir.staged_file import KEEP_MARK, StagedFile
from store.index.commit_index import Index
from store.maintenance import leftovers as inspection
from store.maintenance.leftovers import (
    all_commits,
    drop_broken_ref,
    index_fault,
    index_rows,
    staging_leftovers,
    stale_locks,
)
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import read_ref
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, git, set_ref, stage_commit
from tests.harness.fake_time import FakeTime


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


def test_a_repository_at_rest_has_nothing_left_behind(repository: Repository) -> None:
    with repository.locked():
        assert stale_locks(repository, 0.01) == []
        assert staging_leftovers(repository, 0.01) == []


def test_a_lock_that_stays_is_stale_and_one_that_goes_is_not(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(repository.path)
    (path / "packed-refs.lock").touch()
    going = path / "refs" / "going.lock"
    going.touch()
    clock = FakeTime(lambda: going.unlink(missing_ok=True))
    monkeypatch.setattr(inspection, "time", clock)

    assert stale_locks(repository, 0.3) == ["packed-refs.lock"]
    assert clock.waited >= 0.3


def test_a_lock_that_is_made_anew_each_time_is_in_use(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = Path(repository.path) / "refs" / "busy.lock"
    lock.write_text("1")

    def renew() -> None:
        other = lock.with_name("other")
        other.write_text("another")
        other.replace(lock)

    monkeypatch.setattr(inspection, "time", FakeTime(renew))

    assert stale_locks(repository, 0.3) == []


def test_what_a_live_writer_holds_is_not_left_behind(repository: Repository) -> None:
    held = StagedFile(repository.path, ".pack")
    with ObjectBatch(repository) as batch:
        stage_commit(batch, "one")
        batch.flush()
        assert staging_leftovers(repository, 0.01) == []
    name = os.path.relpath(held.path, repository.path)
    held.close()
    keep = Path(repository.path) / "objects" / "pack" / "pack-1.keep"
    keep.write_bytes(KEEP_MARK)
    keep.with_name("pack-2.keep").write_text("a user's own")

    assert staging_leftovers(repository, 0.01) == ["objects/pack/pack-1.keep", name]


def test_the_index_is_asked_as_it_is(repository: Repository) -> None:
    assert index_fault(repository) == ""
    assert index_rows(repository, "SELECT 1 FROM commits") == []
    index = Index(repository)
    set_ref(repository, "refs/sessions/a", commit(repository, "one"))
    index.refresh()
    index.close()
    assert index_fault(repository) == ""
    assert index_rows(repository, "SELECT count(*) FROM commits") == [(1,)]

    file = Path(repository.path) / "store-index.sqlite"
    sqlite3.connect(file).close()
    file.write_bytes(b"no database" * 100)

    assert "not a database" in index_fault(repository)
    assert index_rows(repository, "SELECT count(*) FROM commits") == []


@pytest.mark.parametrize("has_git", [True, False])
def test_every_commit_is_found_reachable_or_not(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, has_git: bool
) -> None:
    made = {commit(repository, text) for text in ("one", "two")}
    loose = git(
        repository.path,
        *("-c", "user.name=B", "-c", "user.email=b@example.org"),
        *("commit-tree", "-m", "loose", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    )
    if not has_git:
        monkeypatch.setattr(inspection, "run_git", lambda *_: None)

    assert set(all_commits(repository)) == {*made, loose.decode().strip()}


def test_only_a_broken_ref_is_dropped_and_the_packed_one_counts_then(
    repository: Repository,
) -> None:
    first, second = (commit(repository, text) for text in ("one", "two"))
    set_ref(repository, "refs/sessions/a", first)
    git(repository.path, "pack-refs", "--all")
    set_ref(repository, "refs/sessions/a", second)

    assert not drop_broken_ref(repository, "refs/sessions/a")
    assert read_ref(repository, "refs/sessions/a") == second
    (Path(repository.path) / "refs" / "sessions" / "a").write_text("nonsense")
    assert drop_broken_ref(repository, "refs/sessions/a")
    assert read_ref(repository, "refs/sessions/a") == first
    assert not drop_broken_ref(repository, "refs/sessions/none")
