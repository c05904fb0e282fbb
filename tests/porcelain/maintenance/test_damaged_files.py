"""Files that a power cut or a bad disk has damaged: found by the doctor, and rebuilt from the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from porcelain.model.operation_store import head_operation
from store.index.database_file import remove_index_file
from tests.harness.places import ROOT
from tests.harness.world import World, check, view_of
from tests.porcelain.maintenance.test_doctor import begun, found, opened, run_repair


@pytest.fixture
def world(tmp_path: Path) -> World:
    return begun(tmp_path / "r.git")


@pytest.mark.parametrize("left", ["nothing", "zeros", "half", "empty", "index"])
def test_lost_refs_are_found_and_brought_back(tmp_path: Path, left: str) -> None:
    """A power cut took packed-refs, with all refs in it, before it reached the disk."""
    world = begun(tmp_path / "r.git")
    world.open()
    before = view_of(world.open())
    refs = world.git("for-each-ref")
    head = head_operation(opened(world))
    world.git("pack-refs", "--all")
    packed = world.path / "packed-refs"
    data = packed.read_bytes()
    rest = {"zeros": b"\0" * len(data), "half": data[: len(data) // 2], "empty": b""}
    packed.write_bytes(rest[left]) if left in rest else packed.unlink()
    if left != "index":
        remove_index_file(str(world.path))

    assert found(world)
    done = run_repair(world)

    fresh = World(world.path, make=False)
    assert world.git("for-each-ref") == refs, done
    assert head_operation(opened(fresh)) == head
    assert view_of(fresh.open()) == before
    assert found(fresh) == {}
    check(fresh)


@pytest.mark.parametrize("is_newest", [True, False])
def test_a_damaged_pack_index_kills_no_command_and_is_rebuilt(
    world: World, *, is_newest: bool
) -> None:
    before = view_of(world.open())
    packs = sorted((world.path / "objects/pack").glob("*.idx"), key=lambda p: p.stat().st_mtime_ns)
    path = packs[-1 if is_newest else 0]
    good = path.read_bytes()
    path.unlink()  # its old content is open in this process
    count = int.from_bytes(good[1028:1032], "big")
    place = 8 + 1024 + 24 * count
    path.write_bytes(good[:place] + b"\x7f\xff" + good[place + 2 :])

    for command in (["log"], ["new"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "porcelain", "-R", str(world.path), *command],
            cwd=ROOT, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        assert b"Traceback" not in done.stderr
    assert any("pack index" in message for message in found(world)["objects"])
    assert f"Rebuilt the pack index objects/pack/{path.name}" in run_repair(world)

    fresh = World(world.path, make=False)
    assert path.read_bytes() == good
    for key, value in view_of(fresh.open()).items():
        assert key[0] == "workspaces" or before.get(key, value) == value
    assert found(fresh) == {}
    check(fresh)
