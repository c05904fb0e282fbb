"""Retention and collection: only operations beyond the policy go, and nothing that is visible."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from porcelain.errors import Refused, UnknownOperation
from porcelain.index.operation_expression import resolve_operation
from porcelain.maintenance.abandon_operations import abandon, operation_range
from porcelain.maintenance.doctor import examine
from porcelain.maintenance.retention import Policy, beyond, collect, rehearse
from store.errors import ObjectError
from store.ids import CommitId
from store.maintenance.housekeeping import gc
from store.repository.repository import Repository
from tests.harness.bare import git
from tests.harness.faults import killed_at_every_step
from tests.harness.processes import together
from tests.harness.world import World, chat, check, log_of, view_of

DAY = 24 * 60 * 60 * 1000


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A session, and a fork of it that was undone."""
    return begun(tmp_path / "r.git")


def begun(path: Path) -> World:
    found = World(path)
    found.save(chat("talk", "one", "two"))
    found.fork("talk", "bad")
    found.append("a mistake")
    found.repo().undo()
    found.repo().undo()
    found.append("three")
    found.append("four")
    return found


def is_there(world: World, commit_id: str) -> bool:
    try:
        Repository.open(str(world.path)).read(commit_id)
    except ObjectError:
        return False
    return True


def mistake(world: World) -> CommitId:
    repo = world.repo()
    rows = repo.index.query("SELECT id FROM commits WHERE title = 'a mistake'")
    return CommitId(rows[0][0].hex())


def test_without_a_policy_nothing_is_let_go(world: World) -> None:
    assert beyond(world.repo(), Policy(), world.clock()) == []

    found = collect(world.repo(), Policy(), world.clock(), "now")

    assert found.operations == ()
    assert is_there(world, mistake(world))
    check(world)


def test_collecting_keeps_all_that_any_operation_ever_showed(world: World) -> None:
    views = {one.id: view_of(world.open(), one) for one in log_of(world.open())}
    shown = {key for view in views.values() for part, key in view if part == "heads"}

    assert gc(Repository.open(str(world.path)), prune="now")

    assert all(is_there(world, commit_id) for commit_id in shown)
    assert {one.id: view_of(world.open(), one) for one in log_of(world.open())} == views
    check(world)


def test_so_many_operations_stay(world: World) -> None:
    log = log_of(world.open())

    gone = beyond(world.repo(), Policy(operations=2), world.clock())

    assert gone == [one.id for one in log[2:]]
    assert beyond(world.repo(), Policy(operations=0), world.clock()) == [o.id for o in log[1:]]
    assert beyond(world.repo(), Policy(operations=99), world.clock()) == []


def test_those_of_so_many_days_stay(world: World) -> None:
    world.clock.now += 3 * DAY
    world.append("late")
    log = log_of(world.open())

    assert beyond(world.repo(), Policy(days=2), world.clock()) == [one.id for one in log[1:]]
    assert beyond(world.repo(), Policy(days=5), world.clock()) == []
    assert beyond(world.repo(), Policy(operations=3, days=2), world.clock()) == [
        one.id for one in log[3:]
    ]


def test_a_rehearsal_changes_nothing(world: World) -> None:
    before = log_of(world.open())

    found = rehearse(world.repo(), Policy(operations=1), world.clock(), "now")

    assert list(found.operations) == [one.id for one in before[1:]]
    assert found.unreachable is not None
    assert log_of(world.open()) == before


def test_what_only_the_old_operations_showed_goes_and_all_else_stays(world: World) -> None:
    view, bad = view_of(world.open()), mistake(world)
    texts = world.texts("talk")

    found = collect(world.repo(), Policy(operations=2), world.clock(), "now")

    assert len(found.operations) == 5
    assert len(log_of(world.open())) == 2
    assert view_of(world.open()) == view
    assert world.texts("talk") == texts
    assert not is_there(world, bad)
    check(world)
    world.repo().undo()
    assert world.texts("talk")[-1] == "three"
    check(world)


def test_nothing_younger_than_the_grace_time_is_pruned(world: World) -> None:
    bad = mistake(world)

    collect(world.repo(), Policy(operations=2), world.clock())

    assert is_there(world, bad)
    check(world)


def test_what_a_kept_view_shows_stays_though_its_maker_went(world: World) -> None:
    """The fork is undone and hidden; a remaining operation still shows it."""
    world.fork("talk", "kept")
    kept = world.append("worth it").commit
    for _ in range(2):
        world.repo().undo()

    collect(world.repo(), Policy(operations=4), world.clock(), "now")

    assert is_there(world, kept)
    assert world.kinds() == ["undo", "undo", "append", "fork"]
    world.repo().redo()
    world.repo().redo()
    assert world.texts("kept")[-1] == "worth it"
    check(world)


def test_a_wrong_time_is_refused_before_anything_happens(world: World) -> None:
    before = log_of(world.open())
    for text in ("--all", "yesterday; rm", "soon", "-1.day.ago"):
        with pytest.raises(Refused, match="no time"):
            collect(world.repo(), Policy(operations=1), world.clock(), text)
    assert log_of(world.open()) == before


def test_an_abandoned_and_collected_operation_is_a_clean_error(world: World) -> None:
    repo = world.repo()
    gone = operation_range(repo, "..@-")
    abandon(repo, gone)
    collect(world.repo(), Policy(), world.clock(), "now")

    fresh = world.open()
    for operation_id in gone:
        assert not is_there(world, operation_id)
        with pytest.raises(UnknownOperation):
            resolve_operation(fresh, operation_id)
    check(world)


def test_killed_inside_a_collection_nothing_that_shows_is_lost(tmp_path: Path) -> None:
    for step, world in killed_at_every_step(
        lambda step: begun(tmp_path / f"{step}.git"),
        lambda w: collect(w.repo(), Policy(operations=2), w.clock(), "now"),
        every=11,
    ):
        fresh = World(world.path, make=False)
        assert fresh.texts("talk") == ["one", "two", "three", "four"], step
        assert len(log_of(fresh.open())) in (2, 7)
        fresh.append("five")
        assert examine(Repository.open(str(world.path)), patience=0.01).faults == []
        check(fresh)
        shutil.rmtree(world.path)


def test_collections_beside_writers_take_nothing_of_theirs(tmp_path: Path) -> None:
    world = begun(tmp_path / "r.git")

    def write(number: int) -> None:
        mine = World(world.path, make=False, seed=f"w{number}")
        for count in range(12):
            mine.save(chat(f"s{number}", *(f"{number}.{n}" for n in range(count + 1))))

    def collecting() -> None:
        mine = World(world.path, make=False, seed="gc")
        for _ in range(4):
            collect(mine.repo(), Policy(operations=5), mine.clock(), "now")

    together(lambda: write(1), lambda: write(2), collecting)

    for number in (1, 2):
        assert len(world.texts(f"s{number}")) == 12
    check(world)


def test_an_index_left_from_before_is_renewed_for_another_process(world: World) -> None:
    before = world.open()
    assert before.resolve("talk")
    bad = mistake(world)
    collect(world.repo(), Policy(operations=1), world.clock(), "now")

    before.reload()

    assert before.index.position(bad) is None
    assert len(before.operations()) == 1
    assert os.listdir(world.path / "wj-staging") == []
    git(world.path, "fsck", "--strict", "--no-dangling")
