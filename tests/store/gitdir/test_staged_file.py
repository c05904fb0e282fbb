"""Clearing what dead writers left, and nothing else."""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import signal
from pathlib import Path

import pytest

from store.errors import StorageFailure
from store.gitdir.durability import held_signals
from store.gitdir.staged_file import KEEP_MARK, StagedFile, sweep_staging
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, git, leftovers
from tests.harness.processes import Gate, finish, kill, start

TOKEN = "ab" * 20


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


def sweep(repository: Repository) -> None:
    with repository.locked():
        pass


def dead_holder_announced(repository: Repository, *lines: str) -> None:
    Path(repository.path, "store.lock").write_text("".join(f"{line}\n" for line in lines))


def test_a_staged_file_is_locked_until_it_is_discarded(repository: Repository) -> None:
    staged = StagedFile(repository.path, ".x", b"a" * 100_000)
    staged.sync()
    sweep(repository)
    assert Path(staged.path).read_bytes() == b"a" * 100_000
    staged.discard()
    staged.discard()
    assert not leftovers(repository.path)


def test_a_moved_file_is_discarded_where_it_is(repository: Repository) -> None:
    staged = StagedFile(repository.path, ".x")
    staged.move(os.path.join(repository.path, "here"))
    assert os.path.exists(os.path.join(repository.path, "here"))
    staged.discard()
    assert not os.path.exists(os.path.join(repository.path, "here"))


def test_discarding_what_somebody_removed_is_no_error(repository: Repository) -> None:
    staged = StagedFile(repository.path, ".x")
    os.unlink(staged.path)
    staged.discard()


def test_a_file_that_cannot_be_locked_is_not_left_behind(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock

    def no_locks(fd: int, operation: int) -> None:
        if operation & fcntl.LOCK_EX:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
        real(fd, operation)

    gc.collect()  # files of earlier tests are closed now, not in between
    open_before = len(os.listdir("/dev/fd"))
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", no_locks)
        with pytest.raises(StorageFailure, match="No locks available"):
            StagedFile(repository.path, ".x")
    assert os.listdir(os.path.join(repository.path, "wj-staging")) == []
    assert len(os.listdir("/dev/fd")) == open_before


def test_a_dead_writers_files_go_and_a_live_ones_stay(repository: Repository) -> None:
    ready = Gate()

    def write_and_sleep() -> None:
        StagedFile(repository.path, ".x")
        ready.open()
        signal.pause()

    dead, living = start(write_and_sleep), start(write_and_sleep)
    os.read(ready._reading, 1)
    ready.wait()
    kill(dead)
    try:
        sweep(repository)
        names = os.listdir(os.path.join(repository.path, "wj-staging"))
        assert [name.partition("-")[0] for name in names] == [str(living)]
    finally:
        kill(living)
    sweep(repository)
    assert not leftovers(repository.path)


def test_a_writer_that_has_not_locked_its_file_yet_is_waited_for(repository: Repository) -> None:
    """Between making a file and locking it a writer holds the folder."""
    folder = os.path.join(repository.path, "wj-staging")
    fresh_file = Path(folder, "1-abc.pack")
    fresh_file.write_bytes(b"")
    fd = os.open(folder, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_SH)
    sweep(repository)
    assert fresh_file.exists()
    os.close(fd)
    sweep(repository)
    assert not fresh_file.exists()


def test_where_folders_cannot_be_locked_nothing_is_swept_and_nothing_fails(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = Path(repository.path, "wj-staging", "1-abc.pack")
    stale.touch()
    real = fcntl.flock

    def as_nfs(fd: int, operation: int) -> None:
        if operation & fcntl.LOCK_EX and os.path.isdir(f"/dev/fd/{fd}"):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real(fd, operation)

    monkeypatch.setattr(fcntl, "flock", as_nfs)
    sweep(repository)
    assert stale.exists()
    assert commit(repository, "it can be written all the same")


def pack_file(repository: Repository, suffix: str, data: bytes = b"") -> Path:
    place = Path(repository.path, "objects", "pack", f"pack-{TOKEN}{suffix}")
    place.write_bytes(data)
    return place


def test_only_marks_of_ours_are_removed(repository: Repository) -> None:
    foreign = [pack_file(repository, ".keep", data) for data in (b"", b"fetch-pack 12 on host\n")]
    sweep(repository)
    assert all(place.exists() for place in foreign)
    longer = pack_file(repository, ".keep", KEEP_MARK + b"and a note of the user's\n")
    sweep(repository)
    assert longer.exists()


def test_a_half_landed_pack_of_a_dead_writer_goes(repository: Repository) -> None:
    keep, pack = pack_file(repository, ".keep", KEEP_MARK), pack_file(repository, ".pack", b"PACK")
    sweep(repository)
    assert not keep.exists()
    assert not pack.exists()


def test_a_half_landed_pack_of_a_live_writer_stays(repository: Repository) -> None:
    keep, pack = pack_file(repository, ".keep", KEEP_MARK), pack_file(repository, ".pack", b"PACK")
    fd = os.open(keep, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    sweep(repository)
    assert keep.exists()
    assert pack.exists()
    os.close(fd)


def test_a_whole_pack_of_a_dead_writer_stays_without_its_mark(repository: Repository) -> None:
    made = commit(repository, "hello")
    (stem,) = {p.stem for p in Path(repository.path, "objects", "pack").iterdir()}
    keep = Path(repository.path, "objects", "pack", f"{stem}.keep")
    keep.write_bytes(KEEP_MARK)
    sweep(repository)
    assert not keep.exists()
    assert repository.read(made)[0] == "commit"


def test_a_mark_that_goes_while_it_is_looked_at_is_no_error(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = pack_file(repository, ".keep", KEEP_MARK)
    real = os.path.exists

    def released_meanwhile(path: str) -> bool:
        if str(path).endswith(".idx"):
            keep.unlink(missing_ok=True)
        return real(path)

    monkeypatch.setattr(os.path, "exists", released_meanwhile)
    sweep(repository)


def test_an_announced_lock_goes_only_if_it_holds_what_was_announced(
    repository: Repository,
) -> None:
    ours = Path(repository.path, "refs", "sessions", "ours\u2028x.lock")
    foreign = ours.with_name("foreign.lock")
    packed = Path(repository.path, "packed-refs.lock")
    ours.parent.mkdir(parents=True)
    ours.write_text(f"{TOKEN}\n")
    packed.write_text("0f0f\n")
    for content in ("", TOKEN, f"{TOKEN}\nmore", f"{'cd' * 20}\n"):
        foreign.write_text(content)
        lines = [f"refs/sessions/foreign {TOKEN}", "packed-refs 0e0e"]
        dead_holder_announced(repository, *lines)
        sweep(repository)
        assert foreign.read_text() == content
    dead_holder_announced(
        repository, f"refs/sessions/ours\u2028x {TOKEN}", "packed-refs 0f0f", "refs/sessions/no x"
    )
    sweep(repository)
    assert not ours.exists()
    assert not packed.exists()
    assert Path(repository.path, "store.lock").read_bytes() == b""


def test_a_received_lock_file_cannot_reach_outside_the_refs(
    repository: Repository, tmp_path: Path
) -> None:
    targets = [tmp_path / "x.lock", Path(repository.path, "config.lock")]
    for target in targets:
        target.write_text("known\n")
    dead_holder_announced(
        repository,
        "refs/../../x known",
        "refs/sessions/../../../x known",
        f"{tmp_path}/x known",
        "../x known",
        "config known",
        "\0 known",
        "",
        "no content",
        "refs/\0 x",
    )
    sweep(repository)
    assert all(target.exists() for target in targets)


def test_a_missing_staging_folder_is_made_again(repository: Repository) -> None:
    os.rmdir(os.path.join(repository.path, "wj-staging"))
    sweep_staging(repository.path)
    StagedFile(repository.path, ".x").discard()
    assert os.path.isdir(os.path.join(repository.path, "wj-staging"))


def test_held_signals_arrive_afterwards() -> None:
    reached = Gate()

    def work() -> None:
        with held_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            reached.open()
        os._exit(3)

    child = start(work)
    reached.wait()
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGTERM


def test_signals_that_a_caller_blocks_stay_blocked() -> None:
    def work() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        with held_signals(), held_signals():
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ())

    finish(start(work))


def test_a_clone_of_the_repository_has_nothing_of_it(
    repository: Repository, tmp_path: Path
) -> None:
    commit(repository, "x")
    git(tmp_path, "clone", "-q", "--mirror", repository.path, "clone.git")
    clone = Repository.open(str(tmp_path / "clone.git"))
    sweep(clone)
    assert commit(clone, "y")
    assert not leftovers(clone.path)
