"""The store lock: one holder, whoever asks, and nothing left when a holder dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from store.errors import StorageFailure, StoreLocked
from store.gitdir.lock import ProcessLock, process_lock, try_lock_file
from tests.harness.fake_time import FakeTime
from tests.harness.processes import Gate, finish, kill, start, together


@pytest.fixture
def lock(tmp_path: Path) -> ProcessLock:
    return process_lock(str(tmp_path / "store.lock"))


def is_free(lock: ProcessLock) -> bool:
    """Ask in another process."""
    child = start(lambda: _take(lock))
    return os.waitpid(child, 0)[1] == 0


def _take(lock: ProcessLock) -> None:
    try:
        with lock.held(0):
            pass
    except StoreLocked:
        os._exit(7)


def test_it_is_held_until_the_outermost_block_ends(lock: ProcessLock) -> None:
    with lock.held(1) as outer:
        with lock.held(1) as inner:
            assert (outer, inner) == (True, False)
            assert not is_free(lock)
        assert not is_free(lock)
    assert is_free(lock)
    with lock.held(1) as outer:
        assert outer


def test_all_handles_on_one_path_are_one_lock(lock: ProcessLock) -> None:
    assert process_lock(lock.path) is lock


def test_waiting_ends_and_names_the_file(
    lock: ProcessLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, done = Gate(), Gate()

    def hold() -> None:
        with lock.held(1):
            ready.open()
            done.wait()

    child = start(hold)
    ready.wait()
    clock = FakeTime()
    monkeypatch.setattr("store.gitdir.lock.time", clock)
    with (
        pytest.raises(StoreLocked, match=r"store\.lock has been held by another process"),
        lock.held(0.1),
    ):
        pass
    assert 0.1 <= clock.waited < 0.11
    done.open()
    finish(child)
    with lock.held(1):
        pass


def test_a_killed_holder_holds_it_no_longer(lock: ProcessLock) -> None:
    ready = Gate()

    def hold() -> None:
        with lock.held(1):
            ready.open()
            signal.pause()

    child = start(hold)
    ready.wait()
    assert not is_free(lock)
    kill(child)
    assert is_free(lock)


def test_threads_of_one_process_exclude_each_other(lock: ProcessLock) -> None:
    inside: list[int] = []
    most = []
    refused = []

    def work() -> None:
        for _ in range(20):
            with lock.held(600):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0002)
                inside.pop()

    def impatient() -> None:
        try:
            with lock.held(0.01):
                pass
        except StoreLocked as error:
            refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    with lock.held(1):
        other = threading.Thread(target=impatient)
        other.start()
        other.join()
    assert len(refused) == 1


def test_a_child_forked_by_the_holder_does_not_hold_it(lock: ProcessLock, tmp_path: Path) -> None:
    story: list[str] = []
    told, tried = tmp_path / "told", Gate()
    with lock.held(1):
        child = os.fork()
        if child:
            tried.wait()
        else:
            try:
                with lock.held(0.05):
                    story.append("holds it beside its parent")
            except StoreLocked:
                story.append("locked out")
            tried.open()
    if not child:
        try:
            # It has left a block that it never held: the lock must still know that.
            with lock.held(20) as outermost:
                story.append("free" if outermost else "held by nobody")
            told.write_text(", ".join(story))
        finally:
            os._exit(0)
    finish(child)
    assert told.read_text() == "locked out, free"
    assert is_free(lock)


def test_what_a_killed_holder_announced_is_told_to_the_next(lock: ProcessLock) -> None:
    def work() -> None:
        with lock.held(1):
            lock.announce(["refs/sessions/a 11", "refs/sessions/b\u2028c 22"])
            lock.announce(["packed-refs 33", "refs/sessions/\udcff 44"])
            os.kill(os.getpid(), 9)

    os.waitpid(start(work), 0)
    with lock.held(1):
        assert lock.left_behind() == [
            ("refs/sessions/a", "11"),
            ("refs/sessions/b\u2028c", "22"),
            ("packed-refs", "33"),
            ("refs/sessions/\udcff", "44"),
        ]
        lock.forget_announcement()
        assert lock.left_behind() == []


def test_letting_go_forgets_what_was_announced(lock: ProcessLock) -> None:
    for _ in range(2):
        with lock.held(1):
            assert lock.left_behind() == []
            lock.announce(["refs/sessions/a 11"])
    assert os.path.getsize(lock.path) == 0


def test_a_child_of_an_announcing_holder_starts_afresh(lock: ProcessLock) -> None:
    ready, go = Gate(), Gate()

    def later() -> None:
        go.wait()
        with lock.held(5):
            lock.announce(["refs/sessions/b 2"])
            assert lock.left_behind() == [("refs/sessions/b", "2")]

    with lock.held(1):
        lock.announce(["refs/sessions/a 1"])
        child = start(later)
    go.open()
    finish(child)
    ready.close()


@pytest.mark.parametrize("kind", ["missing folder", "folder"])
def test_a_lock_file_that_cannot_be_made_is_one_clear_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "there" / "store.lock"
    if kind == "folder":
        path.mkdir(parents=True)
    with (
        pytest.raises(StorageFailure, match=f"cannot write {path}: "),
        process_lock(str(path)).held(1),
    ):
        pass


def test_a_full_disk_is_told_from_an_announcement(
    lock: ProcessLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with lock.held(1):
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(StorageFailure, match="No space left"):
            lock.announce(["refs/sessions/a 11"])
    assert is_free(lock)


def test_an_announcement_written_in_pieces_is_whole(
    lock: ProcessLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: real(fd, data[:5], at))
    with lock.held(1):
        lock.announce(["refs/sessions/a 11"])
        assert lock.left_behind() == [("refs/sessions/a", "11")]


def test_eight_processes_count_without_losing_one(lock: ProcessLock, tmp_path: Path) -> None:
    place = tmp_path / "count"
    place.write_text("0")

    def work() -> None:
        for _ in range(20):
            with lock.held(30):
                place.write_text(str(int(place.read_text()) + 1))

    together(*[work] * 8)
    assert place.read_text() == "160"


def test_a_file_is_locked_without_waiting(tmp_path: Path) -> None:
    path = str(tmp_path / "rollup.lock")
    fd = try_lock_file(path)
    assert fd is not None
    assert try_lock_file(path) is None
    os.close(fd)
    again = try_lock_file(path)
    assert again is not None
    os.close(again)
