"""Refs under fire: several of us, plain git and `git pack-refs`, all at once."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from store.errors import RefConflict
from store.ids import CommitId, RefName
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import list_refs, read_ref
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import commit, fresh, fsck, git, leftovers, set_ref, stage_commit
from tests.harness.processes import finish, start, together

COUNTER = RefName("refs/sessions/counter")


@pytest.fixture
def repository(repo_path: Path) -> Repository:
    return fresh(repo_path)


class Looping:
    """A shell command that runs again and again beside the test."""

    def __init__(self, command: str, path: str) -> None:
        self._stop = f"{path}.stop"
        script = f'while [ ! -e "$1" ]; do {command}; done'
        self._child = subprocess.Popen(["sh", "-c", script, "sh", self._stop], cwd=path)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        Path(self._stop).touch()
        self._child.wait()


def increment(repository: Repository, times: int) -> None:
    """Add commits to one line by compare-and-swap alone, trying again after a conflict."""
    while times:
        tip = read_ref(repository, COUNTER)
        parents = [CommitId(tip)] if tip else []
        with ObjectBatch(repository) as batch:
            made = stage_commit(batch, f"{os.getpid()} {times}", *parents)
            batch.flush()
            try:
                expected = CommitId(tip) if tip else Expect.MISSING
                update_refs(repository, [RefEdit(COUNTER, made, expected)])
            except RefConflict:
                continue
        times -= 1


def test_four_processes_swap_one_ref_and_lose_nothing(repository: Repository) -> None:
    together(*[lambda: increment(repository, 25)] * 4)
    assert git(repository.path, "rev-list", "--count", COUNTER) == b"100\n"
    assert not leftovers(repository.path)
    fsck(repository.path)


def test_so_do_they_while_git_packs_refs(repository: Repository) -> None:
    with Looping("git pack-refs --all --prune", repository.path):
        together(*[lambda: increment(repository, 15)] * 3)
    assert git(repository.path, "rev-list", "--count", COUNTER) == b"45\n"
    fsck(repository.path)


def test_plain_git_and_we_swap_the_same_ref(repository: Repository) -> None:
    """Each side's compare-and-swap is honoured by the other; git gives up after 0.1 s."""
    made = [commit(repository, str(number)) for number in range(8)]
    set_ref(repository, COUNTER, made[0])
    log = Path(f"{repository.path}.log")

    def git_side() -> None:
        done = 0
        for turn in range(40):
            old = git(repository.path, "rev-parse", COUNTER).decode().strip()
            new = made[turn % 4]
            if old != new:
                asked = ("update-ref", COUNTER, new, old)
                process = subprocess.run(
                    ["git", *asked], cwd=repository.path, capture_output=True, check=False
                )
                done += process.returncode == 0
        log.write_text(str(done))

    child = start(git_side)
    ours = 0
    for turn in range(150):
        old = read_ref(repository, COUNTER)
        assert old in made
        try:
            edit = RefEdit(COUNTER, made[4 + turn % 4], CommitId(old))
            update_refs(repository, [edit], patience=60)
            ours += 1
        except RefConflict as error:
            assert error.actual in made[:4]  # noqa: PT017 - both outcomes are right
    finish(child)
    assert ours > 0
    assert int(log.read_text()) > 0
    assert read_ref(repository, COUNTER) in made
    assert not leftovers(repository.path)


def test_deleted_refs_stay_deleted_and_others_stay_while_git_packs(
    repository: Repository,
) -> None:
    """A `git pack-refs` that has read a ref must not bring it back."""
    one = commit(repository, "one")
    kept = {RefName(f"refs/tags/kept-{number}"): str(one) for number in range(10)}
    for name in kept:
        set_ref(repository, name, one)

    def churn(which: str) -> None:
        for turn in range(25):
            name = RefName(f"refs/sessions/{which}-{turn}")
            update_refs(repository, [RefEdit(name, one, Expect.MISSING)], patience=60)
            if turn % 3:
                update_refs(repository, [RefEdit(name, None, one)], patience=60)
                assert read_ref(repository, name) is None

    with Looping("git pack-refs --all --prune", repository.path):
        together(lambda: churn("x"), lambda: churn("y"))
    git(repository.path, "pack-refs", "--all", "--prune")
    stay = {
        RefName(f"refs/sessions/{which}-{turn}"): str(one)
        for which in "xy"
        for turn in range(0, 25, 3)
    }
    assert list_refs(repository, "refs/") == dict(sorted({**stay, **kept}.items()))
    fsck(repository.path)


def test_a_pack_between_reading_and_deleting_brings_nothing_back(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, with git let in at the worst moments."""
    one = commit(repository, "one")
    set_ref(repository, COUNTER, one)
    real = os.unlink
    packs: list[int] = []

    def unlink(path: str) -> None:
        if str(path).endswith(("counter", "packed-refs.lock")):
            done = subprocess.run(
                ["git", "-c", "core.packedRefsTimeout=0", "pack-refs", "--all"],
                cwd=repository.path,
                capture_output=True,
                check=False,
            )
            packs.append(done.returncode)
        real(path)

    monkeypatch.setattr(os, "unlink", unlink)
    set_ref(repository, COUNTER, None)
    monkeypatch.undo()
    assert len(packs) == 2
    assert read_ref(repository, COUNTER) is None
    assert git(repository.path, "for-each-ref") == b""


def test_a_listing_never_misses_a_ref_that_is_packed_meanwhile(repository: Repository) -> None:
    made = [commit(repository, str(number)) for number in range(2)]
    names = {RefName(f"refs/sessions/{number}") for number in range(30)}
    for name in names:
        set_ref(repository, name, made[0])
    loosen = f"git update-ref refs/sessions/7 {made[1]}; git update-ref refs/sessions/7 {made[0]}"
    with Looping(f"git pack-refs --all --prune; {loosen}", repository.path):
        for _ in range(200):
            assert set(list_refs(repository, "refs/sessions/")) == names
            assert read_ref(repository, "refs/sessions/7") in made


def test_a_ref_packed_between_two_looks_is_listed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, with git let in at the worst moment."""
    one = commit(repository, "one")
    set_ref(repository, COUNTER, one)
    real = os.scandir
    once: list[str] = []

    def scandir(path: str) -> object:
        entries = real(path)
        if not once and str(path).endswith("sessions"):
            once.append(path)
            git(repository.path, "pack-refs", "--all", "--prune")
        return entries

    monkeypatch.setattr(os, "scandir", scandir)
    assert list_refs(repository, "refs/") == {COUNTER: one}
    assert once
