"""Promise (laws 2 and 7): abandoning operations survives kills and concurrent writers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from porcelain.maintenance.abandon_operations import abandon, operation_range
from tests.harness.bare import leftovers
from tests.harness.faults import killed_at_every_step
from tests.harness.processes import together
from tests.harness.world import World, chat, check, described, log_of, view_of


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with a session, a fork, and an undone append."""
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.fork("talk", "a")
    world.append("in a")
    world.repo().undo()
    world.fork("talk", "b")
    return world


def drop(world: World) -> None:
    """Abandon all but the newest two operations."""
    repo = world.open()
    abandon(repo, operation_range(repo, "..@--"))


def test_killed_at_any_step_the_log_is_the_old_or_the_new_one(world: World, tmp_path: Path) -> None:
    state = view_of(world.repo())
    done = described(world.repo().operations())

    def copy(step: int) -> World:
        path = tmp_path / f"{step}.git"
        shutil.copytree(world.path, path)
        return World(path, make=False)

    lengths = set()
    for step, other in killed_at_every_step(copy, drop, every=2):
        repo = other.open()
        log = log_of(repo)
        assert [op.id for op in repo.operations()] == [op.id for op in log], f"step {step}"
        assert view_of(repo) == state
        assert described(log) == done[: len(log)]
        lengths.add(len(log))
        assert described([repo.undo().operation])[0].startswith("fork b")
        check(other, fsck=step % 10 == 1)
        assert not [name for name in leftovers(other.path) if "index" not in name]
        other.git("gc", "--quiet", "--prune=now")
        check(other)
        shutil.rmtree(other.path)
    assert lengths == {5, 2}


def test_others_who_write_meanwhile_lose_nothing(world: World) -> None:
    def work(number: int) -> None:
        own = World(world.path, seed=f"p{number}", make=False)
        for count in range(8):
            if number:
                own.new("talk", f"by {number}, {count}", workspace=f"w{number}")
            else:
                repo = own.open()
                abandon(repo, operation_range(repo, "..@---"))

    together(*(lambda number=number: work(number) for number in range(3)))

    repo = world.open()
    log = log_of(repo)
    assert [op.id for op in repo.operations()] == [op.id for op in log]
    world.new("talk", "last")
    world.git("gc", "--quiet", "--prune=now")
    check(world)
    titles = world.git("log", "--all", "--format=%s")
    for number in (1, 2):
        assert f"by {number}, 7" in titles
