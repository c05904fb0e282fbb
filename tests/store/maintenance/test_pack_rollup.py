"""Small packs joined: the same objects, and nothing of what cannot be told for sure."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.errors import StorageFailure
from store.gitdir.durability import sync_folder
from store.gitdir.git_process import run_git
from store.maintenance import housekeeping
from store.maintenance.housekeeping import MANY_PACKS, count_packs, roll_up
from store.maintenance.pack_rollup import SMALL, join_small_packs, pack_folder, packs_within
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.bare import fsck, git, leftovers
from tests.store.session_store.conversations import message, session, store_at, texts

MANY = 12


@pytest.fixture
def store(repo_path: Path) -> SessionStore:
    """A conversation of twelve commits, each in a pack of its own."""
    store = store_at(repo_path)
    at = store.save(session("a", "0"))
    for number in range(1, MANY):
        at = store.append(at.id, [message(str(number))])
    assert count_packs(store.repository) == MANY
    return store


def packs(store: SessionStore) -> list[Path]:
    return sorted((Path(store.repository.path) / "objects" / "pack").glob("*.pack"))


def objects(store: SessionStore) -> dict[str, bytes]:
    """Return what git reads of every object that there is."""
    folder = Path(store.repository.path)
    listed = git(folder, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    ids = listed.decode().split()
    return {one: git(folder, "cat-file", "--batch", data=one.encode()) for one in ids}


def test_the_joined_pack_has_every_object_as_it_was(store: SessionStore) -> None:
    before = objects(store)

    assert join_small_packs(store.repository, 2) == MANY

    (one,) = packs(store)
    assert objects(store) == before
    listed = git(Path(store.repository.path), "verify-pack", "-v", str(one.with_suffix(".idx")))
    assert len([line for line in listed.splitlines() if len(line.split()) == 5]) == len(before)
    fsck(Path(store.repository.path))
    assert leftovers(store.repository.path) == []
    assert texts(store.load("a")) == [str(number) for number in range(MANY)]
    assert texts(SessionStore.open(store.repository.path).load("a"))[-1] == str(MANY - 1)


@contextmanager
def memory_limited(size: int) -> Iterator[None]:
    """Let this process have so many bytes more than it has."""
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_too_few_are_left_as_they_are(store: SessionStore) -> None:
    before = packs(store)

    assert join_small_packs(store.repository, MANY + 1) == 0

    assert packs(store) == before


def test_packs_that_are_large_kept_or_full_of_deltas_stay(store: SessionStore) -> None:
    folder = Path(store.repository.path)
    git(folder, "repack", "-a", "-d", "-q")  # git makes deltas
    at = store.append("a", [message("x" * 20)])
    large = os.urandom(SMALL + 1).hex()
    store.append(at.id, [message(large)])
    with ObjectBatch(store.repository) as batch:
        batch.add("blob", b"being written")
        batch.flush()
        before = set(packs(store))
        store.append("a", [message("small")])
        assert join_small_packs(store.repository, 2) == 2
        after = set(packs(store))

    assert len(before) == 4
    assert len(before & after) == 3
    fsck(folder)


@pytest.mark.parametrize("where", ["an entry", "the index", "the beginning", "cut short"])
def test_a_damaged_pack_is_left_alone(store: SessionStore, where: str) -> None:
    victim = packs(store)[3]
    name = victim.with_suffix(".idx") if where == "the index" else victim
    data = bytearray(name.read_bytes())
    place = {"an entry": 40, "the index": len(data) - 60, "the beginning": 3}.get(where, 0)
    data[place] ^= 0xFF
    name.chmod(0o644)
    name.write_bytes(data[: len(data) // 2] if where == "cut short" else data)

    assert join_small_packs(store.repository, 2) == MANY - 1

    assert victim in packs(store)
    assert len(packs(store)) == 2


def test_an_empty_pack_goes(store: SessionStore) -> None:
    folder = Path(store.repository.path)
    git(folder, "pack-objects", "-q", "objects/pack/pack", data=b"")
    assert count_packs(store.repository) == MANY + 1

    assert join_small_packs(store.repository, 2) == MANY + 1

    assert len(packs(store)) == 1
    fsck(folder)


def test_a_false_count_costs_nothing(store: SessionStore) -> None:
    index = packs(store)[2].with_suffix(".idx")
    data = bytearray(index.read_bytes())
    data[8 + 255 * 4 : 8 + 256 * 4] = (0x7FFFFFFF).to_bytes(4, "big")
    index.chmod(0o644)
    index.write_bytes(data)

    with memory_limited(256 * 1024 * 1024):
        assert join_small_packs(store.repository, 2) == MANY - 1


def test_what_git_is_writing_or_lets_expire_stays(store: SessionStore) -> None:
    folder = packs(store)[0].parent
    first, second = packs(store)[:2]
    for suffix in (".idx", ".pack"):
        first.with_suffix(suffix).rename(folder / f".tmp-1-{first.stem}{suffix}")
    second.with_suffix(".mtimes").write_bytes(b"MTME")

    assert join_small_packs(store.repository, 2) == MANY - 2

    assert (folder / f".tmp-1-{first.stem}.idx").exists()
    assert second.exists()


def test_a_pack_that_cannot_be_deleted_does_not_grow_into_more(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = {str(pack.with_suffix(".idx")) for pack in packs(store)[:3]}
    unlink = os.unlink

    def refuse(path: str, **options: int) -> None:
        if str(path) in stuck:
            raise PermissionError(1, "Operation not permitted", path)
        unlink(path, **options)

    monkeypatch.setattr(os, "unlink", refuse)
    before = objects(store)
    for number in range(4):
        store.append("a", [message(f"more {number}")])
        join_small_packs(store.repository, 2)
        assert len(packs(store)) == 4
    assert before.items() <= objects(store).items()
    fsck(Path(store.repository.path))


def test_the_joined_pack_is_kept_while_the_others_go(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink, kept = os.unlink, []

    def noting(path: str) -> None:
        if path.endswith(".pack"):
            kept.append(len(list(Path(path).parent.glob("*.keep"))))
        unlink(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", noting)
        join_small_packs(store.repository, 2)

    assert kept == [1] * MANY
    assert leftovers(store.repository.path) == []


def test_where_the_disk_is_full_nothing_changes(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = packs(store)

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(StorageFailure):
            join_small_packs(store.repository, 2)

    assert packs(store) == before
    assert leftovers(store.repository.path) == []


def test_whoever_reads_meanwhile_finds_everything(store: SessionStore) -> None:
    reader = Repository.open(store.repository.path)
    tip = store.resolve("a")
    reader.read(tip)  # has the packs open, of which it has read one

    join_small_packs(store.repository, 2)

    for object_id, data in objects(store).items():
        assert reader.read(object_id)[1] in data


def test_saving_rarely_starts_git(repo_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    started: list[object] = []

    def counted(*words: object, **options: object) -> subprocess.CompletedProcess[bytes] | None:
        started.append(words)
        return run_git(*words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("store.maintenance.housekeeping.run_git", counted)
    store = store_at(repo_path)
    at = store.save(session("a", "0"))
    for number in range(1, 300):
        at = store.append(at.id, [message(str(number))])
        assert count_packs(store.repository) <= MANY_PACKS + 1

    assert len(started) <= 1
    assert len(texts(store.load("a"))) == 300
    fsck(repo_path)


def test_a_roll_up_leaves_few_packs_however_few_of_them_are_small(repo_path: Path) -> None:
    store = store_at(repo_path)
    at = store.save(session("a", "0"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("store.session_store.writer.tidy", lambda *_, **__: None)
        for _ in range(40):
            at = store.append(at.id, [message(os.urandom(SMALL).hex())])
        for number in range(20):
            at = store.append(at.id, [message(str(number))])
    assert count_packs(store.repository) == 61

    assert roll_up(store.repository, wait=True)

    assert count_packs(store.repository) <= MANY_PACKS
    assert len(texts(store.load("a"))) == 61
    fsck(repo_path)


def test_the_folder_is_synced_before_packs_that_git_joined_are_deleted(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 1: the joined pack's name survives a power cut, or the old packs are there."""
    repository, before = store.repository, objects(store)
    old = set(packs(store))
    seen: list[set[Path]] = []

    def noted(folder: str) -> None:
        seen.append(set(packs(store)))
        sync_folder(folder)

    monkeypatch.setattr(housekeeping, "sync_folder", noted)
    monkeypatch.setattr(housekeeping, "join_small_packs", lambda *_: 0)
    assert roll_up(repository, wait=True)

    assert len(seen) == 1
    assert old < seen[0]
    assert len(packs(store)) == 1
    assert not old & set(packs(store))
    assert objects(store) == before
    fsck(Path(repository.path))


def test_a_pack_is_deleted_only_where_others_hold_all_of_it(store: SessionStore) -> None:
    folder = pack_folder(store.repository)
    one, two, *rest = [path.stem for path in packs(store)]
    assert packs_within(folder, [one, two], [one]) == [one]
    assert packs_within(folder, [one, two], [*rest, two]) == [two]
    Path(folder, f"{two}.idx").chmod(0o644)
    Path(folder, f"{two}.idx").write_bytes(b"damaged")
    assert packs_within(folder, [one, two, "missing"], [one, two]) == [one]
