"""A transaction that stores something of version 2: published with it, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porcelain.actions.recording import record as recording
from porcelain.model.operation import FORMAT, Operation, decode_operation, encode_operation
from tests.harness.bare import git
from tests.harness.faults import killed_at_every_step
from tests.harness.world import World, chat, check, log_of


def versions(world: World) -> list[int]:
    return [operation.data.version for operation in log_of(world.open())]


def config(world: World) -> str:
    return world.git("config", "wajutsu.version").strip()


def write(world: World, text: str, *, large: bool = False, fail: bool = False) -> None:
    repo = world.repo()
    with repo.transaction(large=large) as tx:
        tx.needs_version(2)
        recording.append(tx, recording.write_rows(tx, "user", [text]))
        if fail:
            raise ZeroDivisionError


@pytest.mark.parametrize("large", [False, True])
def test_an_operation_that_needs_version_2_raises_it(tmp_path: Path, large: bool) -> None:
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one", "two"))
    assert (config(world), versions(world)) == ("1", [1])

    write(world, "three", large=large)
    world.append("four")
    world.repo().undo()

    assert (config(world), versions(world)) == ("2", [2, 2, 2, 1])
    check(world)


@pytest.mark.parametrize("large", [False, True])
def test_work_that_fails_raises_nothing(tmp_path: Path, large: bool) -> None:
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one"))

    with pytest.raises(ZeroDivisionError):
        write(world, "two", large=large, fail=True)
    assert (config(world), versions(world)) == ("1", [1])


def test_a_mirror_clone_gets_the_version_of_its_log(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one"))
    write(world, "two")
    git(tmp_path, "clone", "-q", "--mirror", str(world.path), "clone.git")

    clone = World(tmp_path / "clone.git", make=False)
    newest = log_of(clone.open())[0]
    assert is_refused_by_version_1(newest)
    clone.append("three", session="talk")
    assert (config(clone), versions(clone)) == ("2", [2, 2, 1])


def is_refused_by_version_1(operation: Operation) -> bool:
    """Tell whether version 1, which reads operations of format 1 alone, refuses this one."""
    stored = json.loads(encode_operation(operation.data))
    assert decode_operation(encode_operation(operation.data), "x") == operation.data
    return bool(1 < stored["version"] <= FORMAT)


def test_killed_between_version_and_publication_it_stays_readable(tmp_path: Path) -> None:
    def make(step: int) -> World:
        world = World(tmp_path / f"{step}.git")
        world.save(chat("talk", "one"))
        return world

    found = set()
    for _, world in killed_at_every_step(make, lambda world: write(world, "two"), every=3):
        raised, newest = config(world), versions(world)[0]
        found.add((raised, newest))
        assert newest <= int(raised)
        world.append("later", session="talk")
        assert world.texts("talk") in (["one", "later"], ["one", "two", "later"])
        check(world, fsck=False)
    assert {("1", 1), ("2", 1), ("2", 2)} <= found
