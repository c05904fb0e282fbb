"""A batch is one pack and all or nothing, whatever happens in between."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from store.errors import RefConflict, SessionExists, StorageFailure, UnknownId
from store.gitdir import ref_intent
from store.repository import ref_update
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_lock import RefLock
from store.session_store.batch import Batch
from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git, leftovers
from tests.harness.processes import start, together
from tests.store.session_store.conversations import ids, message, session, store_at, texts


def packs(path: Path) -> int:
    return len([*(path / "objects" / "pack").glob("*.pack")])


def state(path: Path) -> dict[str | None, int]:
    with SessionStore.open(path) as store:
        return {info.name: store.load(info.id).rows for info in store.sessions()}


def test_a_batch_is_one_pack_over_several_sessions(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    gone = store.save(session("gone", "x"))
    before = packs(repo_path)
    with store.batch() as batch:
        batch.append("a", [message("2")], fields={"notes": "n"})
        batch.append("a", [message("3")], headers=[("by", "me")])
        batch.save(session("b", "1"))
        batch.append("b", [message("2")])
        batch.fork("b", session("c", "1", "2", "forked"))
        batch.delete("gone", expected=gone.id)
        batch.save(session("gone", "begun again"))
        assert state(repo_path) == {"a": 1, "gone": 1}
    assert packs(repo_path) == before + 1
    two, three, first, second, fork, deleted, again = batch.results
    assert (deleted.id, deleted.name) == (gone.id, None)
    assert (three.parents, three.headers, three.message_count) == ((two.id,), (("by", "me"),), 3)
    assert two.parents == (one.id,)
    assert (second.parents, fork.parents, again.parents) == ((first.id,), (second.id,), ())
    assert state(repo_path) == {"a": 3, "b": 2, "c": 3, "gone": 1}
    assert texts(store.load("gone")) == ["begun again"]
    assert store.load(gone.id).rows == 1
    assert store.append("c", [message("more")]).parents == (fork.id,)
    assert leftovers(repo_path) == []
    fsck(repo_path)


def write_and(store: SessionStore, step: Callable[[Batch], object]) -> None:
    with store.batch() as batch:
        batch.append("a", [message("2")])
        batch.save(session("new", "1"))
        step(batch)


def test_a_write_that_is_refused_changes_nothing(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    store.save(session("b", "1"))
    before = packs(repo_path)
    refused: list[tuple[type[Exception], Callable[[Batch], object]]] = [
        (SessionExists, lambda batch: batch.fork("a", session("b"))),
        (SessionExists, lambda batch: batch.save(session("NEW", "x"))),
        (RefConflict, lambda batch: batch.append("b", [message("2")], expected=one.id)),
        (RefConflict, lambda batch: batch.save(session("b", "other"))),
        (UnknownId, lambda batch: batch.delete("nobody")),
    ]
    for error, step in refused:
        with pytest.raises(error):
            write_and(store, step)
    with pytest.raises(KeyError):
        write_and(store, lambda _: dict[str, int]()["no such key"])
    assert state(repo_path) == {"a": 1, "b": 1}
    assert packs(repo_path) == before


def test_an_empty_batch_and_one_that_changes_nothing_write_nothing(repo_path: Path) -> None:
    store = store_at(repo_path)
    tip = store.save(session("a", "1"))
    before = packs(repo_path)
    with store.batch():
        pass
    with store.batch() as batch:
        batch.append("a")
        batch.save(session("a", "1"))
    assert batch.results == [tip, tip]
    assert packs(repo_path) == before


def test_batches_of_several_processes_lose_nothing(repo_path: Path) -> None:
    store = store_at(repo_path)
    for name in "ab":
        store.save(session(name, "0"))

    def adding(who: str) -> None:
        mine = SessionStore.open(repo_path)
        for number in range(8):
            with mine.batch() as batch:
                for name in "ab":
                    batch.append(name, [message(f"{who}{number}")])

    together(*(lambda who=who: adding(who) for who in "xyz"))
    assert state(repo_path) == {"a": 25, "b": 25}
    assert texts(store.load("a")) == texts(store.load("b"))
    fsck(repo_path)


def killed(work: Callable[[], object], patch: Callable[[pytest.MonkeyPatch], None]) -> int:
    """Run `work` in a process that ends where the patch says, and return its status."""

    def run() -> None:
        with pytest.MonkeyPatch.context() as context:
            patch(context)
            work()

    return os.waitstatus_to_exitcode(os.waitpid(start(run), 0)[1])


def write(path: Path) -> None:
    with SessionStore.open(path).batch() as batch:
        batch.append("a", [message("2")])
        batch.save(session("new", "1"))
        batch.delete("packed")
        batch.delete("loose")


@pytest.mark.parametrize("committed", range(5))
def test_a_batch_whose_writer_is_killed_is_completed_by_the_next(
    repo_path: Path, committed: int
) -> None:
    store = store_at(repo_path)
    for name in ("a", "packed"):
        store.save(session(name, "1"))
    git(repo_path, "pack-refs", "--all")
    store.save(session("loose", "1"))
    left = [committed]
    real = RefLock.commit

    def commit(lock: RefLock) -> None:
        if not left[0]:
            os._exit(9)
        left[0] -= 1
        real(lock)

    def gone(*_: object) -> bool:
        os._exit(9)

    def patch(context: pytest.MonkeyPatch) -> None:
        context.setattr(RefLock, "commit", commit)
        if committed == 4:
            context.setattr(ref_update, "remove_packed", gone)

    assert killed(lambda: write(repo_path), patch) == 9
    SessionStore.open(repo_path).save(session("next", "1"))
    assert state(repo_path) == {"a": 2, "new": 1, "next": 1}
    assert leftovers(repo_path) == []
    assert (repo_path / "store.lock").read_bytes() == b""
    fsck(repo_path)


def test_a_writer_that_is_killed_before_the_intent_is_whole_changes_nothing(
    repo_path: Path,
) -> None:
    store = store_at(repo_path)
    for name in ("a", "packed", "loose"):
        store.save(session(name, "1"))

    def torn(lock: object, intents: list[ref_intent.Intent]) -> None:
        lock.announce([f"intent {' '.join(intents[0])}"])  # type: ignore[attr-defined]
        os._exit(9)

    def patch(context: pytest.MonkeyPatch) -> None:
        context.setattr(ref_update, "record_intent", torn)

    assert killed(lambda: write(repo_path), patch) == 9
    store.save(session("next", "1"))
    assert state(repo_path) == {"a": 1, "packed": 1, "loose": 1, "next": 1}
    assert leftovers(repo_path) == []


def test_a_full_disk_at_the_intent_changes_nothing(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(repo_path)
    for name in ("a", "packed", "loose"):
        store.save(session(name, "1"))

    def full(*_: object) -> None:
        raise StorageFailure("store.lock", "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(ref_update, "record_intent", full)
        with pytest.raises(StorageFailure):
            write(repo_path)
    assert state(repo_path) == {"a": 1, "packed": 1, "loose": 1}


def test_what_plain_git_moved_since_is_left(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    two = store.append("a", [message("2")])
    store.save(session("b", "1"))
    other = store.save(session("c", "1"))
    lines = [f"intent refs/sessions/{name} {two.id} {store.resolve(name)}" for name in "bc"]
    git(repo_path, "update-ref", "refs/sessions/c", two.parents[0])
    (repo_path / "store.lock").write_text("\n".join([*lines, "intended 2", ""]))
    store.save(session("next", "1"))
    assert ids([store.info(store.resolve(name)) for name in "bc"]) == [two.id, two.parents[0]]
    assert other.id != two.parents[0]


def test_a_large_session_is_stored_before_the_lock_is_taken(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    real, largest = ObjectBatch.flush, list[int]()

    def flush(batch: ObjectBatch) -> None:
        if batch.repository.lock_file.fd >= 0:
            largest.append(batch.staged)
        real(batch)

    monkeypatch.setattr(ObjectBatch, "flush", flush)
    with store.batch() as batch:
        batch.append("a", [message("2")])
        batch.save(session("large", *map(str, range(1200))))
    assert max(largest) < 100
    assert state(repo_path) == {"a": 2, "large": 1200}
    fsck(repo_path)


def test_a_batch_that_plain_git_runs_into_names_the_session(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    two = store.append("a", [message("2")])
    real = ObjectBatch.flush

    def flush(batch: ObjectBatch) -> None:
        real(batch)
        git(repo_path, "update-ref", "refs/sessions/a", one.id)

    monkeypatch.setattr(ObjectBatch, "flush", flush)
    with pytest.raises(RefConflict) as caught:
        write_and(store, lambda _: None)
    assert (caught.value.name, caught.value.expected, caught.value.actual) == ("a", two.id, one.id)
    assert state(repo_path) == {"a": 1}
