"""Refs after something went wrong: full disks, killed writers, locks that were left behind."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import store.repository.ref_lock
import store.repository.ref_update
from store.errors import NotDurable, RefConflict, RefLocked, StorageFailure, StoreError
from store.ids import CommitId, RefName
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, fsck, git, leftovers, set_ref
from tests.harness.fake_time import FakeTime
from tests.harness.faults import failing_at, killed_at_every_step
from tests.harness.processes import start

A = RefName("refs/sessions/a")
B = RefName("refs/sessions/b/c")
GONE = RefName("refs/sessions/gone")


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


@pytest.fixture
def one(repository: Repository) -> CommitId:
    return commit(repository, "one")


@pytest.fixture
def two(repository: Repository) -> CommitId:
    return commit(repository, "two")


def pack(repository: Repository) -> None:
    git(repository.path, "pack-refs", "--all", "--prune")


@pytest.mark.parametrize("delete", [False, True])
def test_a_disk_that_fails_at_any_step_leaves_refs_and_no_locks(
    repository: Repository, one: CommitId, two: CommitId, delete: bool
) -> None:
    set_ref(repository, A, one)
    set_ref(repository, "refs/sessions/other", one)
    pack(repository)
    step, failed = 0, ["first"]
    while failed:
        step += 1
        with failing_at(step, errno.EIO if step % 2 else errno.ENOSPC) as failed:
            error = _error(repository, RefEdit(A, None if delete else two, one))
        if failed:
            is_old = isinstance(error, StorageFailure)
            assert read_ref(repository, A) == (one if is_old else None if delete else two), failed
            assert not leftovers(repository.path)
            if read_ref(repository, A) != one:
                set_ref(repository, A, one)
                pack(repository)
    assert read_ref(repository, A) == (None if delete else two)
    assert read_ref(repository, "refs/sessions/other") == one
    assert step > 4
    fsck(repository.path)


def _error(repository: Repository, edit: RefEdit) -> StoreError | None:
    try:
        update_refs(repository, [edit])
    except (StorageFailure, NotDurable) as error:
        return error
    return None


def test_file_systems_without_hard_links(
    repository: Repository, one: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: str) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    step, failed = 0, ["first"]
    while failed:
        step += 1
        set_ref(repository, A, one)
        pack(repository)
        with failing_at(step) as failed:
            _error(repository, RefEdit(A, None, one))
        assert not leftovers(repository.path), (step, failed)
        assert read_ref(repository, A) in ((one, None) if failed else (None,))
    assert step > 8


def test_a_vanishing_staging_folder_is_an_error_and_no_endless_loop(
    repository: Repository, one: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def emptied(source: str, target: str) -> None:
        shutil.rmtree(os.path.dirname(source))
        real(source, target)

    monkeypatch.setattr(os, "link", emptied)
    with pytest.raises(StorageFailure, match="No such file"):
        set_ref(repository, A, one)


def copies(template: Repository) -> Callable[[int], Repository]:
    """Return what makes a copy of a repository for each step."""

    def make(step: int) -> Repository:
        place = f"{template.path}-{step}"
        shutil.copytree(template.path, place)
        return Repository.open(place)

    return make


@pytest.mark.parametrize("packed", ["loose", "packed", "both"])
def test_killed_at_any_step_a_change_is_made_or_not(
    repository: Repository, one: CommitId, two: CommitId, packed: str
) -> None:
    """A move, a creation in a new folder and a deletion in one call."""
    for name in (A, GONE):
        set_ref(repository, name, one)
    if packed != "loose":
        pack(repository)
    if packed == "both":
        for name in (A, GONE):
            set_ref(repository, name, two)
            set_ref(repository, name, one)
    edits = [RefEdit(A, two, one), RefEdit(B, two, Expect.MISSING), RefEdit(GONE, None, one)]
    before = {A: one, B: None, GONE: one}
    after = {A: two, B: two, GONE: None}
    steps = 0

    def work(copy: Repository) -> None:
        update_refs(copy, edits)

    every = 3 if packed == "both" else 1
    for step, copy in killed_at_every_step(copies(repository), work, every=every):
        steps = step
        found = {name: read_ref(copy, name) for name in before}
        assert all(value in (before[name], after[name]) for name, value in found.items()), step
        listed = list_refs(copy, "refs/")
        assert listed == {name: value for name, value in found.items() if value}
        # The next writer is held up by nothing, and clears up; so is git.
        again = [
            edit._replace(expected=CommitId(value) if value else Expect.MISSING)
            for edit, value in zip(edits, found.values(), strict=True)
        ]
        update_refs(copy, again, patience=0)
        assert {name: read_ref(copy, name) for name in before} == after
        assert leftovers(copy.path) == [], step
        assert Path(copy.path, "store.lock").read_bytes() == b""
        if step % 8 == 0:
            fsck(copy.path)
            git(copy.path, "update-ref", GONE, one)
            git(copy.path, "update-ref", "-d", A)
            git(copy.path, "pack-refs", "--all")
        shutil.rmtree(copy.path)
    assert steps > 50


def test_killed_at_any_step_git_finds_refs_that_it_can_read(
    repository: Repository, one: CommitId, two: CommitId
) -> None:
    """Leftovers of a killed writer never hide or break another ref for git."""
    set_ref(repository, A, one)
    set_ref(repository, GONE, one)
    pack(repository)

    def work(copy: Repository) -> None:
        update_refs(copy, [RefEdit(A, two, one), RefEdit(GONE, None, one)])

    for step, copy in killed_at_every_step(copies(repository), work, every=5):
        listed = git(copy.path, "for-each-ref", "--format=%(refname)").decode().split()
        assert listed in ([A, GONE], [A]), step
        fsck(copy.path)
        shutil.rmtree(copy.path)


def killed_with_locks(repository: Repository, *edits: RefEdit) -> None:
    """Leave what a holder leaves that dies after it took its locks."""

    def work() -> None:
        store.repository.ref_update._apply = lambda *_: os._exit(9)
        update_refs(repository, edits)

    os.waitpid(start(work), 0)


def test_locks_of_a_killed_holder_are_removed_at_once(
    repository: Repository, one: CommitId, two: CommitId
) -> None:
    set_ref(repository, A, one)
    odd = RefName("refs/sessions/odd\u2028name\udcff")
    killed_with_locks(
        repository,
        RefEdit(A, two, one),
        RefEdit(B, two, Expect.MISSING),
        RefEdit(odd, two, Expect.MISSING),
    )
    assert len(leftovers(repository.path)) == 3
    assert read_ref(repository, A) == one
    update_refs(repository, [RefEdit(odd, one, Expect.MISSING)], patience=0)
    assert not leftovers(repository.path)


def fake_time(patch: pytest.MonkeyPatch, on_sleep: Callable[[], object]) -> FakeTime:
    """Let no time pass while a ref is locked but in sleeps, in each of which `on_sleep` runs."""
    clock = FakeTime(on_sleep)
    patch.setattr(store.repository.ref_lock, "time", clock)
    return clock


def test_a_foreign_lock_is_reported_and_left(
    repository: Repository, one: CommitId, two: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_ref(repository, A, one)
    lock = Path(repository.path, f"{A}.lock")
    lock.write_text(f"{two}\n")
    clock = fake_time(monkeypatch, lambda: None)
    with pytest.raises(RefLocked, match=r"is locked by .*/refs/sessions/a\.lock") as caught:
        update_refs(
            repository, [RefEdit(A, two, one), RefEdit(B, one, Expect.MISSING)], patience=0.2
        )
    assert 0.2 <= clock.waited < 0.3
    assert caught.value.name == A
    assert lock.exists()
    assert (read_ref(repository, A), read_ref(repository, B)) == (one, None)
    lock.unlink()
    assert not leftovers(repository.path)


def test_a_foreign_lock_that_goes_in_time_is_waited_for(
    repository: Repository, one: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = Path(repository.path, f"{A}.lock")
    lock.parent.mkdir(parents=True)
    lock.touch()

    def unlock() -> None:
        if clock.waited > 0.2:
            lock.unlink(missing_ok=True)

    clock = fake_time(monkeypatch, unlock)
    update_refs(repository, [RefEdit(A, one, Expect.MISSING)], patience=5)
    assert 0.2 < clock.waited < 0.3
    assert read_ref(repository, A) == one


def test_a_foreign_lock_on_packed_refs_changes_nothing(
    repository: Repository, one: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.repository.ref_lock, "LOCK_PATIENCE", 0.05)
    set_ref(repository, A, one)
    pack(repository)
    lock = Path(repository.path, "packed-refs.lock")
    lock.touch()
    with pytest.raises(RefLocked, match=r"packed-refs\.lock"):
        update_refs(repository, [RefEdit(A, None, one), RefEdit(B, one, Expect.MISSING)])
    assert (read_ref(repository, A), read_ref(repository, B)) == (one, None)
    lock.unlink()
    assert not leftovers(repository.path)


def test_a_dead_lock_on_a_ref_that_only_we_write_is_broken(
    repository: Repository, one: CommitId, two: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.repository.ref_lock, "BREAK_AFTER", 0.3)
    head = RefName("refs/wj/op")
    set_ref(repository, head, one)
    lock = Path(repository.path, f"{head}.lock")
    lock.touch()
    clock = fake_time(monkeypatch, lambda: None)
    update_refs(repository, [RefEdit(head, two, one, breakable=True)], patience=0.01)
    assert 0.3 <= clock.waited < 0.5
    assert read_ref(repository, head) == two
    assert not leftovers(repository.path)


def test_a_living_lock_is_not_broken(
    repository: Repository, one: CommitId, two: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Always another file: somebody is at work."""
    monkeypatch.setattr(store.repository.ref_lock, "BREAK_AFTER", 0.25)
    head = RefName("refs/wj/op")
    set_ref(repository, head, one)
    lock = Path(repository.path, f"{head}.lock")
    lock.touch()

    def keep_locking() -> None:
        other = lock.with_name("other")
        other.touch()
        other.rename(lock)

    fake_time(monkeypatch, keep_locking)
    with pytest.raises(RefLocked):
        update_refs(repository, [RefEdit(head, two, one, breakable=True)])
    assert read_ref(repository, head) == one
    assert lock.exists()


def test_a_conflict_lets_go_of_every_lock(repository: Repository, one: CommitId) -> None:
    with pytest.raises(RefConflict):
        update_refs(repository, [RefEdit(B, one, Expect.MISSING), RefEdit(A, one, one)])
    assert not leftovers(repository.path)
    assert list_refs(repository, "refs/") == {}
    assert not os.path.exists(os.path.join(repository.path, os.path.dirname(B)))
