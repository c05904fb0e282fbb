"""Rewriting the beginning of a long conversation writes one small object a commit, in one pack."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from porcelain.actions.editing.describe import describe
from tests.benchmarks.repositories import build
from tests.harness.bare import git
from tests.harness.world import World, check

LONG = 1000


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A conversation of a thousand commits, in the operation log already."""
    path = tmp_path / "r.git"
    build(str(path), 1, LONG)
    world = World(path, make=False)
    world.fork(world.repo().names("sessions")[0][0], "other")
    return world


def packs(world: World) -> set[str]:
    return {pack.name for pack in (world.path / "objects" / "pack").glob("*.idx")}


@pytest.mark.parametrize("large", [False, True])
def test_describing_the_first_of_many(world: World, large: bool) -> None:
    repo = world.repo()
    before = packs(world)
    changes = [repo.change_id(position) for position in repo.select("all()").positions()]
    first = repo.resolve("roots(all() ~ root())")
    tree = git(world.path, "rev-parse", f"{repo.resolve('other')}^{{tree}}")

    with repo.transaction(large=large) as tx:
        describe(tx, {first: "the beginning\n"})

    (made,) = packs(world) - before
    listed = git(world.path, "verify-pack", "-v", f"objects/pack/{made}").decode().splitlines()
    kinds = Counter(line.split()[1] for line in listed if len(line.split()) == 5)
    assert LONG + 1 < kinds["commit"] < LONG + 20  # the fork too, and the operation
    assert kinds["tree"] + kinds["blob"] < 40  # of the operation and its view alone
    repo = world.repo()
    assert [repo.change_id(position) for position in repo.select("all()").positions()] == changes
    assert git(world.path, "rev-parse", f"{repo.resolve('other')}^{{tree}}") == tree
    assert repo.row(repo.position("roots(all() ~ root())")).subject == "the beginning"
    check(world)
    repo.undo()
    assert world.repo().resolve("roots(all() ~ root())") == first
