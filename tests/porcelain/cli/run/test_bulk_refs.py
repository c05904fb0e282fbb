"""Promise: the refs of an operation are written together, with few syncs, however many they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.gitdir.packed_refs import Buffer
from store.ids import CommitId
from store.objects.objects import Kind
from store.repository.pack_writer import ObjectBatch
from tests.harness.world import World, chat, check
from tests.porcelain.cli.sandbox import Sandbox


@contextmanager
def counting(name: str) -> Iterator[list[object]]:
    """Note the first argument of each call of an `os` function."""
    real, calls = getattr(os, name), list[object]()

    def call(*arguments: object, **named: object) -> object:
        calls.append(arguments[0])
        return real(*arguments, **named)

    setattr(os, name, call)
    try:
        yield calls
    finally:
        setattr(os, name, real)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one"))
    world.repo()
    world.append("two")
    return world


def test_a_command_syncs_at_most_six_times(world: World) -> None:
    with counting("fsync") as synced:
        world.append("three")
    assert len(synced) <= 6


def many(world: World, count: int) -> CommitId:
    """Make sessions, packed as a large repository has them."""
    tip = world.tip("talk")
    lines = [f"{tip} refs/sessions/q{number:05}" for number in range(count)]
    packed = world.path / "packed-refs"
    world.git("pack-refs", "--all")
    head, *rest = packed.read_text().splitlines()
    entries = sorted([*rest, *lines], key=lambda line: line[41:].encode())
    packed.write_text("\n".join([head, *entries]) + "\n")
    return tip


def test_deleted_names_rewrite_packed_refs_once(world: World) -> None:
    many(world, 300)
    world.repo()
    with counting("rename") as renamed, world.repo().transaction("session delete") as tx:
        for number in range(300):
            tx.set_session(f"q{number:05}", None)
    assert len([path for path in renamed if ".packed-refs" in str(path)]) == 1
    assert set(world.refs()) == {"talk"}
    check(world)
    world.repo().undo()
    assert len(world.refs()) == 301
    check(world)


def test_names_that_exclude_each_other_change_places(world: World) -> None:
    tip = world.tip("talk")
    with world.repo().transaction("a") as tx:
        tx.set_session("a", tip)
    with world.repo().transaction("a/b") as tx:
        tx.set_session("a", None)
        tx.set_session("a/b", tip)
    assert set(world.refs()) == {"talk", "a/b"}
    check(world)
    world.repo().undo()
    assert set(world.refs()) == {"talk", "a"}
    check(world)


def test_one_ref_that_cannot_be_written_leaves_the_others(world: World) -> None:
    tip = world.tip("talk")
    (world.path / "refs/sessions/m.lock").touch()
    with world.repo().transaction("names") as tx:
        for name in "lmn":
            tx.set_session(name, tip)
    assert set(world.refs()) == {"talk", "l", "n"}
    (world.path / "refs/sessions/m.lock").unlink()
    world.append("more")
    assert set(world.refs()) == {"talk", "l", "m", "n"}
    check(world)


def test_a_foreign_lock_is_waited_for_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("store.repository.ref_lock.LOCK_PATIENCE", 0.05)
    monkeypatch.setattr("store.repository.ref_lock.time.sleep", slept.append)
    lock = world.path / "refs/sessions/talk.lock"
    lock.touch()
    world.append("three")
    assert slept
    slept.clear()
    for text in ("four", "five"):
        world.append(text)
    assert slept == []
    lock.rename(lock.with_name("kept"))  # so that the next one has another inode
    lock.touch()
    world.append("six")
    assert slept
    lock.unlink()
    world.append("seven")
    assert world.refs()["talk"] == world.tip("talk")
    lock.with_name("kept").unlink()
    check(world)


def test_deleting_many_names_reads_nothing_for_each(box: Sandbox) -> None:
    """Neither packed-refs nor a part of the view."""
    box.ok("init")
    box.ok("append -m hi --session talk")
    world = World(box.repo, make=False)
    many(world, 2000)
    box.ok("new")  # records what was made outside
    opened, looked = list[str](), list[int]()
    read = ObjectBatch.read

    def counted(batch: ObjectBatch, object_id: str) -> tuple[Kind, bytes]:
        opened.append(object_id)
        return read(batch, object_id)

    def is_sorted(data: Buffer) -> bool:
        looked.append(len(data))
        return True

    box.patch.setattr(ObjectBatch, "read", counted)
    box.patch.setattr("store.gitdir.packed_refs._is_sorted", is_sorted)
    box.ok("session delete glob:q*")
    assert len(opened) < 1000
    assert len(looked) < 20
    assert set(world.refs()) == {"talk"}
