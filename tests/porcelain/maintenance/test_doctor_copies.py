"""The operation that the doctor continues from, in copies made beside concurrent writers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from porcelain.model.operation_store import head_operation
from tests.harness.world import World, check, log_of, view_of
from tests.porcelain.maintenance.test_doctor import begun, found, opened, run_repair


def test_a_copy_made_while_it_was_written_opens_or_is_mended(tmp_path: Path) -> None:
    """A copy as `cp -r` may make it: older refs, and only some of the objects."""
    world = begun(tmp_path / "r.git")
    acknowledged = world.tip("side")
    shutil.copytree(world.path / "refs", tmp_path / "refs")
    world.append("five")
    copy = tmp_path / "copy.git"
    shutil.copytree(world.path, copy)
    shutil.rmtree(copy / "refs" / "sessions")
    shutil.copytree(tmp_path / "refs" / "sessions", copy / "refs" / "sessions")

    twin = World(copy, make=False, seed="twin")
    run_repair(twin)
    twin.append("here")

    repo = twin.open()
    assert acknowledged in {key for key, _ in view_of(repo)} or repo.index.position(acknowledged)
    assert opened(twin).replica != opened(world).replica
    assert found(twin) == {}
    check(twin)


@pytest.mark.parametrize("index", ["behind", "torn"])
def test_a_copy_goes_on_from_the_newest_operation_that_it_has(tmp_path: Path, index: str) -> None:
    """The index of the copy is older or damaged; its refs name an operation that it lacks."""
    world = begun(tmp_path / "r.git")
    copy = tmp_path / "copy.git"
    copy.mkdir()
    world.repo().index.close()
    for file in world.path.glob("store-index*"):
        shutil.copy(file, copy)
    if index == "torn":
        (copy / "store-index.sqlite").write_bytes(b"torn" * 4096)
    later = World(world.path, make=False, seed="behind the index")
    later.clock.now = world.clock.now - 3_600_000  # their order is the log's, not that of clocks
    made = [later.new("talk", number).commit for number in ("five", "six", "seven")]
    newest = head_operation(opened(world))
    shutil.copytree(world.path / "objects", copy / "objects")
    later.new("talk", "eight")
    rest = shutil.ignore_patterns("objects", "store-index*")
    shutil.copytree(world.path, copy, ignore=rest, dirs_exist_ok=True)

    twin = World(copy, make=False, seed="twin")
    assert run_repair(twin)

    assert found(twin) == {}
    assert newest in [one.id for one in log_of(twin.open())]
    assert set(made) <= {key for key, _ in twin.repo().names("heads")}
    check(twin)
