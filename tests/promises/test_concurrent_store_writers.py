"""Promise (laws 1, 2 and 7): concurrent library saves lose nothing, beside kills and `git gc`.

The numbers are small here; the soak tests use large ones.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from store.errors import RefConflict
from store.index.commit_row import CommitRow
from store.maintenance.housekeeping import count_packs
from store.maintenance.verify import verify
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository
from store.session.message import Message
from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git, leftovers
from tests.harness.faults import killed_at_every_step
from tests.harness.processes import Gate, finish, start
from tests.store.session_store.conversations import ids, message, session, store_at, texts

PROCESSES = 8
KEEP = 50


@contextmanager
def looping(path: Path, *commands: tuple[str, ...]) -> Iterator[None]:
    """Run git commands on a repository again and again, beside the block."""
    stop = path.with_name("stop")
    stop.unlink(missing_ok=True)
    children = [start(lambda c=command: _loop(path, c, stop)) for command in commands]  # type: ignore[misc]
    try:
        yield
    finally:
        stop.touch()
        for child in children:
            finish(child)


def _loop(path: Path, command: tuple[str, ...], stop: Path) -> None:
    while not stop.exists():
        subprocess.run(["git", "-C", str(path), *command], capture_output=True, check=False)


def write_all(path: Path, count: int, same: bool) -> list[str]:
    """Let all processes save `count` times each; return every acknowledged commit."""
    children = []
    for number in range(PROCESSES):
        log = path.with_name(f"acknowledged-{number}")
        name = "shared" if same else f"own-{number}"
        children.append(
            start(lambda n=number, log=log, name=name: _write(path, name, n, count, log))  # type: ignore[misc]
        )
    for child in children:
        finish(child)
    logs = [path.with_name(f"acknowledged-{n}") for n in range(PROCESSES)]
    return [line for log in logs for line in log.read_text().split()]


def _write(path: Path, name: str, number: int, count: int, log: Path) -> None:
    store = SessionStore.open(path)
    with log.open("w") as file:
        for step in range(count):
            info = _save_once(store, name, f"{number}.{step}")
            file.write(f"{info}\n")
            file.flush()


def _save_once(store: SessionStore, name: str, text: str) -> str:
    """Save until accepted: after a refusal for a stale tip, load and save again."""
    while True:
        try:
            if store.place(name) is None:
                return store.save(session(name, text), parent=None).id
            at = store.load(name)
            return store.save(at.appended([message(text)])).id
        except RefConflict:
            continue


def check_all(path: Path, acknowledged: list[str], count: int) -> None:
    assert len(set(acknowledged)) == PROCESSES * count
    reached = set(git(path, "rev-list", "--glob=refs/sessions/*").decode().split())
    assert set(acknowledged) <= reached
    store = SessionStore.open(path)
    assert set(acknowledged) <= {row.id for row in _indexed(store)}
    assert sum(info.message_count for info in store.sessions()) == PROCESSES * count
    fsck(path)
    assert list(verify(Repository.open(str(path)))) == []
    store.save(session("last", "clears what killed writers left"))
    assert leftovers(path) == []
    assert count_packs(store.repository) <= KEEP


def _indexed(store: SessionStore) -> list[CommitRow]:
    store.leaves()
    return store.index.rows("live = 1")


@pytest.mark.parametrize("same", [False, True])
def test_every_acknowledged_save_is_reachable(repo_path: Path, same: bool) -> None:
    store_at(repo_path)
    check_all(repo_path, write_all(repo_path, 8, same), 8)


@pytest.mark.soak
@pytest.mark.parametrize("same", [False, True])
def test_every_acknowledged_save_is_reachable_of_500_each(repo_path: Path, same: bool) -> None:
    # A shared session is saved again after each conflict: of 500 each most are refused.
    store_at(repo_path)
    check_all(
        repo_path, write_all(repo_path, 500 if not same else 60, same), 500 if not same else 60
    )


COLLECTORS = [("gc", "-q"), ("repack", "-adq")]


def test_the_same_with_git_collecting_beside(repo_path: Path) -> None:
    store_at(repo_path)
    with looping(repo_path, *COLLECTORS):
        acknowledged = write_all(repo_path, 5, same=False)
    check_all(repo_path, acknowledged, 5)


@pytest.mark.soak
def test_the_same_with_git_collecting_beside_of_500_each(repo_path: Path) -> None:
    store_at(repo_path)
    with looping(repo_path, *COLLECTORS):
        acknowledged = write_all(repo_path, 100, same=False)
    check_all(repo_path, acknowledged, 100)


def test_different_names_are_created_at_once(repo_path: Path) -> None:
    store_at(repo_path)
    gate = Gate()

    def work(number: int) -> None:
        gate.wait()
        store = SessionStore.open(repo_path)
        for step in range(5):
            store.save(session(f"n{number}/s{step}", "x"))

    children = [start(lambda n=n: work(n)) for n in range(6)]  # type: ignore[misc]
    for _ in children:
        gate.open()
    for child in children:
        finish(child)
    gate.close()
    assert len(SessionStore.open(repo_path).sessions()) == 30
    fsck(repo_path)


def test_one_name_is_created_once(repo_path: Path) -> None:
    store_at(repo_path)
    folder = repo_path.with_name("won")
    folder.mkdir()
    gate = Gate()

    def work(number: int) -> None:
        store = SessionStore.open(repo_path)
        gate.wait()
        try:
            info = store.save(session("one", f"from {number}"))
        except RefConflict:
            return
        (folder / info.id).touch()

    children = [start(lambda n=n: work(n)) for n in range(6)]  # type: ignore[misc]
    for _ in children:
        gate.open()
    for child in children:
        finish(child)
    gate.close()
    assert [path.name for path in folder.iterdir()] == ids(SessionStore.open(repo_path).sessions())


@pytest.mark.parametrize("killed", [False, True])
def test_a_message_in_common_with_a_writer_that_failed(repo_path: Path, killed: bool) -> None:
    store = store_at(repo_path)
    base = store.save(session("base", "0"))
    common = message("in common " * 50)

    def fail() -> None:
        other = Repository.open(str(repo_path))
        batch = ObjectBatch(other)
        for n in range(3):
            batch.add("blob", Message.of(common).raw)
            batch.add("blob", f"own {n} {os.getpid()}".encode())
            batch.flush()
        if killed:
            os.kill(os.getpid(), 9)
        batch.release()

    with looping(repo_path, ("repack", "-adq"), ("gc", "--prune=now", "-q")):
        for round_ in range(4):
            child = start(fail)
            made = store.fork(base.id, session(f"f{round_}", "0"))
            added = store.append(made.id, [common])
            os.waitpid(child, 0)
            assert texts(SessionStore.open(repo_path).load(added.id))[1] == common["content"]
    fsck(repo_path)
    assert list(verify(Repository.open(str(repo_path)))) == []
    store.append("base", [common])
    assert leftovers(repo_path) == []


def _save(store: SessionStore) -> None:
    store.save(store.load("a").appended([message("2")]))


def _append(store: SessionStore) -> None:
    store.append("a", [message("2")])


def _fork(store: SessionStore) -> None:
    store.fork("a", store.load("a").with_id("deep/b").appended([message("2")]))


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("work", [_save, _append, _fork])
def test_a_kill_at_any_step_leaves_before_or_after(
    tmp_path: Path, work: Callable[[SessionStore], None], every: int
) -> None:
    with ExitStack() as closing:
        seen: set[int] = set()

        def make(step: int) -> SessionStore:
            path = tmp_path / f"{step}.git"
            store = store_at(path)
            store.save(session("a", "1"))
            store.sessions()
            store.close()
            return store

        for step, _ in killed_at_every_step(make, work, every=every):
            path = tmp_path / f"{step}.git"
            after = SessionStore.open(path)
            closing.callback(after.close)
            state = {info.name: texts(after.load(info.id)) for info in after.sessions()}
            assert state in (
                {"a": ["1"]},
                {"a": ["1", "2"]},
                {"a": ["1"], "deep/b": ["1", "2"]},
            ), step
            seen.add(sum(len(value) for value in state.values()))
            fsck(path)
            at = after.append("a", [message("next")])
            assert at.id == after.resolve("a")
            assert leftovers(path) == [], step
            assert after.problems() == []
        assert len(seen) == 2
