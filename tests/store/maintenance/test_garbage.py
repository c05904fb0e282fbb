"""Garbage is collected beside writers: they do not wait for it, and lose nothing to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from store.errors import ObjectNotFound, StorageFailure
from store.gitdir.git_process import run_git
from store.ids import CommitId
from store.maintenance import garbage
from store.maintenance.housekeeping import count_packs, gc
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.bare import commit, fsck, git, leftovers, set_ref
from tests.harness.processes import finish, start
from tests.store.session_store.conversations import message, session, store_at, texts

Hook = Callable[[Callable[[], object]], None]


@pytest.fixture
def after_packing(monkeypatch: pytest.MonkeyPatch) -> Hook:
    """Let something happen when git has packed what it found, before the old packs go."""

    def install(work: Callable[[], object]) -> None:
        def run(
            gitdir: str, words: Sequence[str], *, pass_fds: Sequence[int] = ()
        ) -> subprocess.CompletedProcess[bytes] | None:
            done = run_git(gitdir, words, pass_fds=pass_fds)
            if words[0] == "prune":
                work()
            return done

        monkeypatch.setattr(garbage, "run_git", run)

    return install


@pytest.fixture
def store(repo_path: Path) -> SessionStore:
    made = store_at(repo_path)
    at = made.save(session("a", "0"))
    for number in range(5):
        at = made.append(at.id, [message(str(number))])
    return made


def age(path: Path) -> None:
    """Make all objects older than any grace time."""
    for file in (path / "objects").rglob("*"):
        os.utime(file, (1, 1))


def test_writers_do_not_wait_for_it(
    store: SessionStore, repo_path: Path, after_packing: Hook
) -> None:
    def save() -> None:
        other = SessionStore.open(repo_path)
        other.save(session("b", "in another process"))
        other.append("a", [message("more")])

    after_packing(lambda: finish(start(save)))
    assert gc(store.repository, prune="now")
    again = SessionStore.open(repo_path)
    assert texts(again.load("b")) == ["in another process"]
    assert len(texts(again.load("a"))) == 7
    fsck(repo_path)
    assert leftovers(repo_path) == []


@pytest.mark.parametrize("prune", ["now", "2.weeks.ago"])
@pytest.mark.parametrize("is_loose", [True, False])
def test_an_object_that_is_reached_again_meanwhile_stays(
    store: SessionStore, repo_path: Path, after_packing: Hook, prune: str, *, is_loose: bool
) -> None:
    repository = store.repository
    parent = commit(repository, "forgotten")
    lost = commit(repository, "forgotten too", parent)
    if is_loose:
        for pack in sorted((repo_path / "objects/pack").glob("*.pack"))[-2:]:
            pack.rename(repo_path / pack.name)
            git(repo_path, "unpack-objects", "-q", data=(repo_path / pack.name).read_bytes())
            for suffix in (".idx", ".rev"):
                pack.with_suffix(suffix).unlink(missing_ok=True)
            (repo_path / pack.name).unlink()
    age(repo_path)

    def reach() -> None:
        set_ref(Repository.open(str(repo_path)), "refs/sessions/back", CommitId(lost))

    after_packing(lambda: finish(start(reach)))
    assert gc(repository, prune=prune)
    again = Repository.open(str(repo_path))
    assert again.read(lost)[0] == "commit"
    assert again.read(parent)[0] == "commit"
    git(repo_path, "rev-list", "--objects", "--all")
    fsck(repo_path)


def test_what_nothing_reaches_goes_when_it_is_old(store: SessionStore, repo_path: Path) -> None:
    repository = store.repository
    old = commit(repository, "old")
    age(repo_path)
    young = commit(repository, "young")
    assert gc(repository)
    assert repository.exists(young)
    with pytest.raises(ObjectNotFound):
        repository.read(old)
    assert count_packs(repository) == 1
    assert gc(repository)
    assert repository.exists(young)
    assert gc(repository, prune="now")
    assert not repository.exists(young)
    fsck(repo_path)
    assert git(repo_path, "count-objects").split()[0] == b"0"


def test_the_pack_of_a_writer_that_has_not_published_stays(
    store: SessionStore, repo_path: Path
) -> None:
    from store.repository.pack_writer import ObjectBatch

    with ObjectBatch(store.repository) as batch:
        blob = batch.add("blob", b"not yet named")
        batch.flush()
        assert gc(Repository.open(str(repo_path)), prune="now")
        assert Repository.open(str(repo_path)).exists(blob)


@pytest.mark.parametrize("words", ["pack-objects", "prune", "prune-packed"])
def test_a_git_that_fails_takes_nothing_away(
    store: SessionStore, repo_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    before = git(repo_path, "rev-list", "--objects", "--all")

    def run(
        gitdir: str, arguments: Sequence[str], *, pass_fds: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[bytes] | None:
        if arguments[0] == words:
            return subprocess.CompletedProcess([], 128, b"", b"fatal: No space left on device\n")
        return run_git(gitdir, arguments, pass_fds=pass_fds)

    monkeypatch.setattr(garbage, "run_git", run)
    with pytest.raises(StorageFailure):
        gc(store.repository)
    assert git(repo_path, "rev-list", "--objects", "--all") == before
    fsck(repo_path)


def test_the_lock_of_a_killed_git_is_removed(store: SessionStore, repo_path: Path) -> None:
    lock = repo_path / "objects" / "info" / "commit-graph.lock"
    lock.write_text("")
    assert gc(store.repository)
    assert lock.exists()  # it may be a live git's
    (repo_path / "rollup.lock").write_text("commit-graph\n")
    assert gc(store.repository)
    assert not lock.exists()
    assert (repo_path / "rollup.lock").read_bytes() == b""
    lock.write_text("")
    (repo_path / "rollup.lock").write_text("commit-graph\n")
    store.append("a", [message("the next writer")])
    assert not lock.exists()
    assert (repo_path / "rollup.lock").read_bytes() == b""
