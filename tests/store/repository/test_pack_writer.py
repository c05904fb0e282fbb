"""Batches: whole or not at all, and safe from a collector until they are published."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

import store.repository.pack_writer as batch_module
from store.errors import ObjectNotFound, StorageFailure
from store.ids import CommitId, RefName
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, fsck, git, leftovers, set_ref, stage_commit
from tests.harness.faults import failing_at, killed_at_every_step
from tests.harness.processes import Gate, finish, start

NAME = RefName("refs/sessions/a")


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


def packs(repository: Repository) -> list[str]:
    return sorted(os.listdir(os.path.join(repository.path, "objects", "pack")))


def test_staged_objects_are_read_back_before_and_after_landing(repository: Repository) -> None:
    with ObjectBatch(repository) as batch:
        one = batch.add("blob", b"one")
        assert batch.add("blob", b"one") == one
        assert (batch.staged, batch.staged_bytes) == (1, 3)
        assert batch.read(one) == ("blob", b"one")
        assert batch.holds(one)
        with pytest.raises(ObjectNotFound):
            repository.read(one)
        batch.flush()
        assert (batch.staged, batch.staged_bytes) == (0, 0)
        assert batch.read(one) == repository.read(one) == ("blob", b"one")
        assert batch.holds(one)
        batch.flush()
    assert len(packs(repository)) == 2
    fsck(repository.path)


def test_the_empty_blob_and_the_empty_tree_land(repository: Repository) -> None:
    with ObjectBatch(repository) as batch:
        ids = [batch.add("blob", b""), batch.add("tree", b""), batch.add("blob", b"\0")]
        batch.flush()
    assert [repository.read(i) for i in ids] == [("blob", b""), ("tree", b""), ("blob", b"\0")]


def test_an_abandoned_batch_leaves_nothing(repository: Repository) -> None:
    before = sorted(os.walk(repository.path))

    def fail() -> None:
        with ObjectBatch(repository) as batch:
            batch.add("blob", b"x" * 1000)
            raise RuntimeError("the caller changed its mind")

    with pytest.raises(RuntimeError):
        fail()
    with ObjectBatch(repository) as batch:
        batch.add("blob", b"forgotten")
    with ObjectBatch(repository) as batch:
        batch.flush()
    assert sorted(os.walk(repository.path)) == before


def test_until_it_is_released_a_landed_pack_is_kept_from_the_collector(
    repository: Repository,
) -> None:
    with ObjectBatch(repository) as batch:
        made = stage_commit(batch, "hello")
        batch.flush()
        git(repository.path, "gc", "-q", "--prune=now")
        git(repository.path, "repack", "-adq")
        with repository.locked():  # another holder of the lock must leave the mark alone
            pass
        git(repository.path, "prune", "--expire=now")
        assert git(repository.path, "cat-file", "-t", made) == b"commit\n"
        set_ref(repository, NAME, made)
    assert not leftovers(repository.path)
    git(repository.path, "gc", "-q", "--prune=now")
    fsck(repository.path)
    assert repository.read(made)[0] == "commit"


def test_a_staged_object_is_written_although_a_pack_has_it(repository: Repository) -> None:
    """Somebody else's unpublished pack has our message; it goes while we publish."""
    lost = commit(repository, "a message in common")
    common = git(repository.path, "rev-parse", f"{lost}:text").decode().strip()
    with ObjectBatch(repository) as batch:
        assert batch.read(common)[0] == "blob"
        made = stage_commit(batch, "a message in common")
        batch.flush()
        git(repository.path, "repack", "-adq")
        git(repository.path, "gc", "-q", "--prune=now")
        set_ref(repository, NAME, made)
    git(repository.path, "gc", "-q", "--prune=now")
    fsck(repository.path)
    assert repository.read(common) == ("blob", b"a message in common")


def test_after_a_release_the_same_object_is_written_again(repository: Repository) -> None:
    batch = ObjectBatch(repository)
    one = batch.add("blob", b"one")
    batch.flush()
    batch.release()
    git(repository.path, "gc", "-q", "--prune=now")
    git(repository.path, "prune", "--expire=now")
    assert batch.add("blob", b"one") == one
    assert batch.staged == 1
    batch.flush()
    batch.release()
    assert repository.read(one) == ("blob", b"one")


def test_large_batches_land_in_parts_and_stay_readable(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_module, "MAX_OBJECTS", 10)
    monkeypatch.setattr(batch_module, "MAX_BYTES", 1000)
    with ObjectBatch(repository) as batch:
        ids = [batch.add("blob", b"%d" % n) for n in range(35)]
        ids += [batch.add("blob", bytes([n]) * 600) for n in range(4)]
        assert [batch.read(i)[1] for i in ids[:35]] == [b"%d" % n for n in range(35)]
        assert batch.add("blob", b"3") == ids[3]
        assert all(batch.holds(i) for i in ids)
        batch.flush()
        assert len([name for name in packs(repository) if name.endswith(".keep")]) == 5
    assert [repository.read(i)[1] for i in ids[:35]] == [b"%d" % n for n in range(35)]
    assert not leftovers(repository.path)


def test_the_folder_of_packs_is_made_when_a_copy_lost_it(repository: Repository) -> None:
    shutil.rmtree(os.path.join(repository.path, "objects", "pack"))
    shutil.rmtree(os.path.join(repository.path, "wj-staging"))
    made = commit(repository, "hello")
    assert repository.read(made)[0] == "commit"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_fails_at_any_step_leaves_nothing_behind(
    repository: Repository, code: int
) -> None:
    def listed() -> dict[str, list[str]]:
        return {
            folder: sorted(name for name in files if not name.startswith("store-index"))
            for folder, _, files in os.walk(repository.path)
        }

    before = listed()
    step = 0
    while True:
        step += 1
        batch = ObjectBatch(repository)
        made = stage_commit(batch, "hello")
        with failing_at(step, code) as failed:
            if _flush_fails(batch):
                assert failed
        if not failed:
            break
        assert listed() == before, failed
        batch.flush()  # what is staged is still there, and the disk is well again
        batch.release()
        repository.refresh()
        assert repository.read(made)[0] == "commit"
        for name in packs(repository):
            os.unlink(os.path.join(repository.path, "objects", "pack", name))
    assert step > 8
    batch.release()


def _flush_fails(batch: ObjectBatch) -> bool:
    try:
        batch.flush()
    except StorageFailure as error:
        assert str(error).startswith("cannot write /")  # noqa: PT017 - the loop needs both ends
        return True
    return False


def test_a_pack_that_does_not_fit_leaves_nothing_behind(repository: Repository) -> None:
    """A limit of the system's, so that the failure comes from inside a buffered write."""

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        batch = ObjectBatch(repository)
        for _ in range(10):
            batch.add("blob", os.urandom(30_000))
        with pytest.raises(StorageFailure, match="File too large"):
            batch.flush()
        assert batch.staged == 10

    finish(start(work))
    assert packs(repository) == []
    assert leftovers(repository.path) == []


def test_signals_wait_until_a_flush_is_whole(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.rename

    def interrupted(*arguments: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        real(*arguments)

    def work() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        monkeypatch.setattr(os, "rename", interrupted)
        with ObjectBatch(repository) as batch:
            batch.add("blob", b"x")
            batch.flush()

    child = start(work)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGTERM
    assert [name.rpartition(".")[2] for name in packs(repository)] in (
        ["idx", "keep", "pack"],
        ["idx", "pack"],
    )
    assert os.listdir(os.path.join(repository.path, "wj-staging")) == []
    with repository.locked():
        pass
    assert not leftovers(repository.path)


def test_an_interrupt_during_a_flush_is_raised_after_it(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.rename

    def interrupted(*arguments: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(*arguments)

    # A shell starts what is in the background with SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(os, "rename", interrupted)
    batch = ObjectBatch(repository)
    made = batch.add("blob", b"x")
    try:
        with pytest.raises(KeyboardInterrupt):
            batch.flush()
    finally:
        signal.signal(signal.SIGINT, before)
    monkeypatch.undo()
    batch.release()
    assert repository.read(made) == ("blob", b"x")
    assert not leftovers(repository.path)


def test_killed_at_any_step_it_is_swept_by_the_next_holder(tmp_path: Path) -> None:
    template = fresh(tmp_path / "template.git")
    first = commit(template, "first")
    set_ref(template, NAME, first)

    def make(step: int) -> Repository:
        place = tmp_path / f"{step}.git"
        shutil.copytree(template.path, place)
        return Repository.open(str(place))

    def work(repository: Repository) -> None:
        with ObjectBatch(repository) as batch:
            made = stage_commit(batch, "second", first)
            batch.flush()
            update_refs(repository, [RefEdit(NAME, made, first)])

    step = 0
    for step, repository in killed_at_every_step(make, work):
        with repository.locked(1):
            pass
        assert leftovers(repository.path) == [], step
        found = read_ref(repository, NAME)
        assert found is not None
        assert repository.read(found)[0] == "commit"
        if step % 6 == 1:
            fsck(repository.path)
        update_refs(repository, [RefEdit(NAME, commit(repository, "x"), CommitId(found))])
        assert leftovers(repository.path) == [], step
        shutil.rmtree(repository.path)
    assert step > 25


def test_what_a_live_writer_wrote_is_not_swept_by_others(repository: Repository) -> None:
    """It goes on from one flush to the next while others take the lock all the time."""
    ready, landed = Gate(), Gate()
    keep_going = os.path.join(repository.path, "go-on")
    Path(keep_going).touch()

    def sweep() -> None:
        ready.open()
        while os.path.exists(keep_going):
            with repository.locked():
                pass

    def write() -> None:
        ready.wait()
        made: list[CommitId] = []
        with ObjectBatch(repository) as batch:
            for number in range(60):
                made.append(stage_commit(batch, f"{number}", *made[-1:]))
                batch.flush()
                marks = [name for name in packs(repository) if name.endswith(".keep")]
                assert len(marks) == number + 1
            update_refs(repository, [RefEdit(NAME, made[-1], Expect.MISSING)])
        landed.open()

    sweeper, writer = start(sweep), start(write)
    try:
        finish(writer)
    finally:
        os.unlink(keep_going)
    finish(sweeper)
    assert not leftovers(repository.path)
    assert git(repository.path, "rev-list", "--count", NAME) == b"60\n"
    fsck(repository.path)


def test_two_writers_beside_a_collector_lose_nothing(repository: Repository) -> None:
    """Every message is in both; the first always gives up."""
    stop = os.path.join(repository.path, "stop")
    script = 'while [ ! -e "$1" ]; do git -C "$2" repack -adq; git -C "$2" prune --expire=now; done'
    collector = subprocess.Popen(["sh", "-c", script, "sh", stop, repository.path])
    last: CommitId | None = None
    try:
        for number in range(40):
            with ObjectBatch(repository) as abandoned:
                stage_commit(abandoned, f"message {number}")
                abandoned.flush()
                with ObjectBatch(repository) as batch:
                    made = stage_commit(batch, f"message {number}", *([last] if last else []))
                    batch.flush()
                    abandoned.release()
                    update_refs(repository, [RefEdit(NAME, made, last or Expect.MISSING)])
            last = made
    finally:
        Path(stop).touch()
        collector.wait()
    assert git(repository.path, "rev-list", "--count", NAME) == b"40\n"
    fsck(repository.path)
