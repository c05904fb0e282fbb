"""Promise: an error says whether the write happened; after publication it is `NotDurable`."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from porcelain.transaction.transaction import Published
from store.errors import NotDurable, StorageFailure, StoreError
from store.gitdir.durability import sync_file
from store.session_store.commit_info import CommitInfo
from store.session_store.store import SessionStore
from tests.harness.faults import failing_at
from tests.harness.world import World, chat
from tests.porcelain.cli.sandbox import Sandbox

Work = Callable[[World], object]


def heads(world: World) -> dict[str, str]:
    """Return all refs that a write can move."""
    return world.refs("refs/sessions") | world.refs("refs/tags") | world.refs("refs/wj/op")


def store_save(world: World) -> object:
    return world.store().save(chat("talk", "one", "two"))


def store_start(world: World) -> object:
    return world.store().save(chat("other", "one"))


def store_append(world: World) -> object:
    return world.store().append("talk", [{"role": "user", "content": "two"}])


def store_fork(world: World) -> object:
    return world.store().fork(world.refs()["talk"], chat("fork", "one"))


def append(world: World) -> object:
    return world.append("two")


def delete(world: World) -> object:
    repo = world.repo()
    with repo.transaction("session delete") as tx:
        tx.set_session("talk", None)
    return tx.published


def large(world: World) -> object:
    with world.repo().transaction("new", large=True) as tx:
        tx.write_new(tx.commit(world.tip("talk")).tree, (world.tip("talk"),), "child\n")
    return tx.published


@pytest.mark.parametrize(
    "work", [store_save, store_start, store_append, store_fork, append, delete, large]
)
def test_an_error_says_whether_the_write_happened(tmp_path: Path, work: Work) -> None:
    """Whichever call to the operating system fails."""
    told = set()
    for step in count(1):
        world = World(tmp_path / f"{step}.git")
        world.save(chat("talk", "one"))
        world.git("pack-refs", "--all")
        world.repo()
        before = heads(world)
        with failing_at(step, errno.EIO, every_call=True) as failed:
            try:
                work(world)
                outcome = "done"
            except NotDurable as error:
                outcome = "not durable" if error.recorded is not None else "without a record"
            except (StoreError, OSError):  # an error of reading keeps its own type
                outcome = "refused"
        assert (outcome == "refused") == (heads(world) == before), (step, failed)
        told.add(outcome)
        if not failed:
            break
    assert told == {"done", "not durable", "refused"}


def failing_sync(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let the disk fail to sync one folder, from now on."""
    broken = os.stat(folder).st_ino

    def sync(fd: int) -> None:
        if os.fstat(fd).st_ino == broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync_file(fd)

    patch.setattr("store.gitdir.durability.sync_file", sync)


def test_a_saved_commit_that_may_not_last_is_returned_with_the_error(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SessionStore.init(repo_path)
    first = store.save(chat("talk", "one"))
    failing_sync(repo_path / "refs" / "sessions", monkeypatch)

    with pytest.raises(NotDurable, match="is recorded and visible, but may not survive") as caught:
        store.append("talk", [{"role": "user", "content": "two"}])

    info = caught.value.recorded
    assert isinstance(info, CommitInfo)
    assert info.parents == (first.id,)
    assert SessionStore.open(repo_path).sessions()[0].id == info.id
    assert not isinstance(caught.value, StorageFailure)


def test_a_published_operation_that_may_not_last_is_in_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one"))
    failing_sync(world.path / "refs" / "wj", monkeypatch)
    repo = world.repo()

    with pytest.raises(NotDurable) as caught, repo.transaction("describe it") as tx:
        tx.write_new(tx.commit(world.tip("talk")).tree, (world.tip("talk"),), "child\n")

    assert isinstance(caught.value.recorded, Published)
    operation = caught.value.recorded.operation
    assert operation is not None
    assert str(caught.value).startswith(f"operation {operation.id[:12]} is recorded")
    assert repo.head == operation.id
    assert world.kinds()[0] == "describe"


def test_a_command_that_may_not_last_says_that_it_is_done(box: Sandbox) -> None:
    box.ok(f"init {box.repo}")
    box.ok("append -m hi")
    with pytest.MonkeyPatch.context() as patch:
        failing_sync(box.repo / "refs" / "wj", patch)
        run = box.run("append", "-m", "hello", "--json")

    assert len(box.json("op log")) == 3  # with the root
    assert run.code == 1
    assert run.error["code"] == "not_durable"
    assert "is recorded and visible, but may not survive a power cut" in run.error["message"]
    assert run.error["hints"] == ["It is done, so do not run it again; check the disk"]


def test_warnings_that_are_errors_fail_nothing_after_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one"))

    def warn(*_: object, **__: object) -> None:
        warnings.warn("old", DeprecationWarning, stacklevel=2)

    for place in (
        "porcelain.transaction.publish.export",
        "store.maintenance.housekeeping.tidy",
        "store.session_store.writer.tidy",
        "store.index.commit_index.Index.note_ref",
        "store.session_store.reader.SessionReader.short_id",
    ):
        monkeypatch.setattr(place, warn)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        world.append("two")
        info = world.store().save(chat("other", "one"))

    assert world.kinds()[0] == "append"
    assert world.refs()["other"] == info.id
