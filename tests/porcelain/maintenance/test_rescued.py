"""A repair keeps what the operation refs named: a copy that was still arriving loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from porcelain.maintenance.abandon_operations import abandon
from porcelain.maintenance.doctor import examine
from porcelain.maintenance.rescued import RESCUED, renew_rescued, rescued_operations
from porcelain.maintenance.retention import Policy, collect
from porcelain.model.ids import OperationId
from tests.harness.bare import fsck, git
from tests.harness.world import World, check, log_of
from tests.porcelain.maintenance.test_doctor import begun, found, opened, run_repair

DAY = 24 * 60 * 60


@pytest.fixture
def world(tmp_path: Path) -> World:
    return begun(tmp_path / "r.git")


def newest_pack(world: World) -> list[Path]:
    folder = world.path / "objects" / "pack"
    pack = max(folder.glob("*.pack"), key=lambda one: one.stat().st_mtime_ns)
    return [pack, pack.with_suffix(".idx")]


def arriving(world: World, tmp_path: Path) -> tuple[OperationId, list[Path]]:
    """Take the newest pack away, as in a copy that is still arriving."""
    world.append("the newest")
    head = log_of(world.open())[0].id
    files = newest_pack(world)
    for file in files:
        shutil.move(file, tmp_path / file.name)
    for file in world.path.glob("store-index*"):
        file.unlink()
    return head, files


def test_the_newest_operation_is_back_when_the_copy_has_arrived(
    world: World, tmp_path: Path
) -> None:
    head, files = arriving(world, tmp_path)
    assert found(world)["operations"]
    run_repair(world)
    assert found(world) == {}
    check(world)
    (one,) = rescued_operations(opened(world))
    assert (one.operation, one.is_complete) == (head, False)

    for file in files:
        shutil.move(tmp_path / file.name, file)
    renew_rescued(opened(world), one.time + DAY)

    (one,) = rescued_operations(opened(world))
    assert one.is_complete
    git(world.path, "reflog", "expire", "--expire=now", "--all")
    git(world.path, "gc", "-q", "--prune=now")
    fsck(world.path)
    assert git(world.path, "cat-file", "-t", head) == b"commit\n"
    assert "is kept for 30 days" in " ".join(f.message for f in examine(opened(world)).findings)
    check(world)


def test_operations_above_a_gap_are_back_too(world: World, tmp_path: Path) -> None:
    """A pack from the middle of the log is missing; the old operations are put together again."""
    world.append("in the middle")
    files = newest_pack(world)
    for number in range(3):
        world.new("talk", f"later {number}")
    head = log_of(world.open())[0].id
    kept = [one.id for one in log_of(world.open())]
    for file in files:
        shutil.move(file, tmp_path / file.name)
    for file in world.path.glob("store-index*"):
        file.unlink()
    run_repair(world)
    git(world.path, "gc", "-q", "--prune=now", check=False)

    for file in files:
        shutil.move(tmp_path / file.name, file)
    repository = opened(world)
    renew_rescued(repository, rescued_operations(repository)[0].time)

    assert head in {one.operation for one in rescued_operations(opened(world)) if one.is_complete}
    fsck(world.path)
    for operation in kept:
        assert git(world.path, "cat-file", "-t", operation) == b"commit\n"


def test_they_go_after_thirty_days(world: World, tmp_path: Path) -> None:
    arriving(world, tmp_path)
    run_repair(world)
    repo = world.open()
    (one,) = rescued_operations(repo.repository)

    collect(repo, Policy(), (one.time + 29 * DAY) * 1000)
    assert rescued_operations(opened(world)) == [one]
    collect(world.open(), Policy(), (one.time + 31 * DAY) * 1000)
    assert rescued_operations(opened(world)) == []
    check(world)


def test_abandoning_takes_them_along(world: World) -> None:
    log = [one.id for one in log_of(world.open())]
    for number, operation in enumerate(log[:2]):
        git(world.path, "update-ref", f"{RESCUED}{number}-{operation}", operation)

    done = abandon(world.open(), [log[1]])

    left = {str(one.ref): str(one.value) for one in rescued_operations(opened(world))}
    assert left == {f"{RESCUED}0-{log[0]}": done.head}
    check(world)


def test_a_purge_takes_them_along(world: World) -> None:
    from porcelain.maintenance.redacting.redact import Request, carry_out, purge
    from porcelain.maintenance.redacting.redaction import Redaction
    from porcelain.maintenance.redacting.text_pattern import TextPattern
    from store.repository.object_scan import all_objects

    head = log_of(world.open())[0].id
    git(world.path, "update-ref", f"{RESCUED}0-{head}", head)
    redaction = Redaction(TextPattern.parse("four"))

    carry_out(world.repo(), Request(redaction, None, moves_tags=False, purges=True), ["redact"])
    done = purge(world.repo(), redaction)

    assert done.objects == ()
    assert rescued_operations(opened(world)) == []
    assert not [one for one, _, data in all_objects(opened(world)) if b"four" in data]
    check(world)
