"""Roll-up, packing of refs, gc and verify: everything that was saved is still there."""

from __future__ import annotations

import os
import time
import zlib
from pathlib import Path

import pytest

from store.gitdir.lock import try_lock_file
from store.maintenance.housekeeping import (
    MANY_LOOSE_REFS,
    MANY_PACKS,
    compact,
    count_packs,
    gc,
    roll_up,
    tidy,
)
from store.maintenance.verify import verify
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_pack import pack_refs
from store.repository.ref_read import list_refs
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.bare import commit, fresh, fsck, git, leftovers, set_ref
from tests.harness.processes import Gate, finish, start
from tests.store.session_store.conversations import message, session, store_at, texts


@pytest.fixture(params=[True, False], ids=["git", "no-git"])
def with_git(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> bool:
    if not request.param:
        monkeypatch.setattr("store.maintenance.housekeeping.find_git", lambda: None)
        monkeypatch.setattr("store.maintenance.housekeeping.run_git", lambda *_, **__: None)
    return bool(request.param)


def test_packs_stay_few_and_nothing_is_lost(repo_path: Path, with_git: bool) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "0"))
    lost = commit(store.repository, "nothing names this")
    for number in range(1, 2 * MANY_PACKS):
        at = store.append(at.id, [message(str(number))])
        assert count_packs(store.repository) <= MANY_PACKS + 1
    assert texts(store.load("a")) == [str(n) for n in range(2 * MANY_PACKS)]
    assert store.repository.exists(lost)
    fsck(repo_path)
    assert leftovers(repo_path) == []


def test_compacting_halves_the_room_of_many_small_writes(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", *(str(number) for number in range(90))))
    for number in range(90, 90 + MANY_PACKS // 2):
        at = store.append(at.id, [message(str(number))])
    before = room(repo_path)
    assert compact(store.repository)
    assert room(repo_path) < before / 2
    assert count_packs(store.repository) < 4
    assert texts(store.load("a")) == [str(n) for n in range(90 + MANY_PACKS // 2)]
    fsck(repo_path)
    assert not compact(store.repository)  # a few packs are not worth it
    assert leftovers(repo_path) == []


def test_compacting_without_git_does_nothing(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "0"))
    for number in range(1, 12):
        at = store.append(at.id, [message(str(number))])
    monkeypatch.setattr("store.maintenance.housekeeping.find_git", lambda: None)
    assert not compact(store.repository)
    assert count_packs(store.repository) == 12


def room(repo_path: Path) -> int:
    return sum(path.stat().st_size for path in repo_path.rglob("*.pack"))


def test_a_roll_up_leaves_the_pack_of_a_writer_alone(repo_path: Path, with_git: bool) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "0"))
    with ObjectBatch(store.repository) as batch:
        blob = batch.add("blob", b"not yet named")
        batch.flush()
        for number in range(MANY_PACKS + 4):
            commit(store.repository, str(number))
        roll_up(store.repository, wait=True)
        gc(store.repository, prune="now")
        assert Repository.open(str(repo_path)).read(blob)[1] == b"not yet named"
    assert store.resolve("a") == at.id


def test_gc_prunes_what_nothing_names_and_keeps_the_rest(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "1"))
    lost = commit(store.repository, "lost")
    assert gc(store.repository)
    assert store.repository.exists(lost)
    assert gc(store.repository, prune="now")
    assert not Repository.open(str(repo_path)).exists(lost)
    assert texts(SessionStore.open(repo_path).load(at.id)) == ["1"]
    assert count_packs(store.repository) == 1


def test_gc_without_git_joins_the_packs(repo_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.maintenance.housekeeping.find_git", lambda: None)
    store = store_at(repo_path)
    at = store.save(session("a", "1"))
    at = store.append(at.id, [message("2")])
    assert not gc(store.repository)
    assert count_packs(store.repository) == 1
    assert texts(SessionStore.open(repo_path).load(at.id)) == ["1", "2"]
    fsck(repo_path)


def test_many_loose_refs_are_packed(repo_path: Path) -> None:
    repo = fresh(repo_path)
    tip = commit(repo, "1")
    for number in range(MANY_LOOSE_REFS + 1):
        (repo_path / "refs" / "sessions").mkdir(exist_ok=True)
        (repo_path / "refs" / "sessions" / f"s{number}").write_text(f"{tip}\n")
    before = list_refs(repo, "refs/")
    tidy(repo, new_ref=False)
    assert not (repo_path / "packed-refs").exists()
    tidy(repo, new_ref=True)
    assert (repo_path / "packed-refs").exists()
    assert list_refs(repo, "refs/") == before
    assert len(SessionStore.open(repo_path).sessions()) == MANY_LOOSE_REFS + 1


def test_refs_are_packed_on_demand(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "1"))
    assert pack_refs(store.repository)
    assert not (repo_path / "refs" / "sessions" / "a").exists()
    assert store.append("a", [message("2")]).parents == (at.id,)
    assert leftovers(repo_path) == []


def test_housekeeping_never_fails_a_save(repo_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "0"))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(5, "no")

    monkeypatch.setattr("store.maintenance.housekeeping.run_git", refuse)
    for number in range(MANY_PACKS + 3):
        at = store.append(at.id, [message(str(number))])
    assert at.message_count == MANY_PACKS + 4


def test_verify_is_content_with_a_sound_repository(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "1"))
    store.fork(at.id, session("b", "1", "2"))
    git(repo_path, "-c", "user.name=a", "-c", "user.email=b", "tag", "-am", "x", "t", at.id)
    assert list(verify(store.repository)) == []


def test_verify_names_what_is_missing_damaged_or_no_session(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "1", "2"))
    odd = commit(store.repository, "no session")
    set_ref(store.repository, "refs/sessions/odd", odd)
    git(repo_path, "update-ref", "refs/heads/x", at.id)
    (repo_path / "refs" / "sessions" / "broken").write_text("nonsense\n")
    _unpack(repo_path)
    blobs = [row.blob_id for row in store.load("a").messages]
    _loose(repo_path, blobs[0]).unlink()
    path = _loose(repo_path, blobs[1])
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"blob 3\0abc"))
    found = {problem.name: problem.reason for problem in verify(Repository.open(str(repo_path)))}
    assert set(found) == {"refs/sessions/broken", odd, at.id, *blobs}
    assert "missing" in found[blobs[0]]
    assert "session" in found[odd]


def test_verify_names_damaged_packed_refs(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    (repo_path / "packed-refs").write_text("# pack-refs with: sorted \nnonsense\n")
    assert [problem.name for problem in verify(store.repository)] == ["packed-refs"]


def _unpack(path: Path) -> None:
    packs = path / "objects" / "pack"
    for pack in list(packs.glob("*.pack")):
        data = pack.read_bytes()
        for file in packs.glob(f"{pack.stem}.*"):
            file.unlink()
        git(path, "unpack-objects", "-q", data=data)


def _loose(path: Path, object_id: str) -> Path:
    return path / "objects" / object_id[:2] / object_id[2:]


def test_git_is_not_given_the_callers_surroundings(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "1"))
    marker = tmp_path / "ran"
    hook = repo_path / "hooks" / "pre-auto-gc"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    assert gc(store.repository)
    assert not marker.exists()
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.delenv(name)
    assert store.resolve("a") == at.id
    assert os.listdir(tmp_path) == [repo_path.name]


def test_gc_waits_for_whoever_joins_packs(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    begun, done = Gate(), repo_path / "joined"

    def join() -> None:
        fd = try_lock_file(str(repo_path / "rollup.lock"))
        assert fd is not None
        begun.open()
        time.sleep(0.3)
        done.touch()

    child = start(join)
    begun.wait()
    gc(store.repository)

    assert done.exists()
    finish(child)
