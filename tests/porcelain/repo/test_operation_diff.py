"""Differences between the states after two operations."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION
from porcelain.model.operation_store import read_operation
from porcelain.model.view_value import HEADS
from porcelain.repo.operation_diff import OperationDiff, OperationDiffs
from store.ids import CommitId
from tests.harness.world import World, ancestors, chat, view_of


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with one session of two commits."""
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three", "four"))
    return world


def between(world: World, start: str, end: str) -> OperationDiff:
    """Return the difference between two operations, with nothing cached."""
    return OperationDiffs(world.open()).between(OperationId(start), OperationId(end))


def came(diff: OperationDiff) -> list[CommitId]:
    """Return the added commits."""
    return [change.commit for change in diff.commits if change.commit is not None]


def went(diff: OperationDiff) -> list[CommitId]:
    """Return the removed commits that no other one replaced."""
    return [old for change in diff.commits if change.commit is None for old in change.replaced]


def visible(world: World, operation_id: str) -> set[str]:
    """Return the commits that were visible after an operation, found naively."""
    repo = world.repo()
    view = view_of(repo, read_operation(repo.repository, OperationId(operation_id)))
    return ancestors(repo, [key for part, key in view if part == HEADS])


def busy(world: World) -> list[OperationId]:
    """Make operations of many kinds; return their ids, newest first, the root's last."""
    world.fork("talk", "a")
    world.append("in a")
    world.repo().undo()
    world.new("talk-", "note", workspace="two")
    world.append("more", workspace="two")
    world.store().append(world.tip("talk"), [{"role": "user", "content": "five"}])
    world.repo().redo()
    world.git("update-ref", "-d", "refs/sessions/a")
    world.new("talk")
    world.repo().restore("@---")
    return [op.id for op in world.repo().operations()] + [ROOT_OPERATION]


def test_any_two_operations_differ_as_a_naive_reading_says(world: World) -> None:
    log = busy(world)
    repo = world.repo()
    diffs = OperationDiffs(repo)
    seen = {one: visible(world, one) for one in log}
    views = {one: view_of(repo, read_operation(repo.repository, OperationId(one))) for one in log}
    for start in log[::2]:
        for end in log:
            diff = diffs.between(OperationId(start), OperationId(end))
            assert set(came(diff)) == seen[end] - seen[start]
            paired = {old for change in diff.commits for old in change.replaced}
            assert paired == seen[start] - seen[end]
            names = {change[:2]: change[2:] for change in diff.names}
            assert names == {
                key: (views[start].get(key), views[end].get(key))
                for key in {*views[start], *views[end]}
                if key[0] != HEADS and views[start].get(key) != views[end].get(key)
            }


def test_one_operation_twice_differs_in_nothing(world: World) -> None:
    head = world.repo().head
    assert not between(world, head, head)


def test_from_the_root_everything_comes_and_to_it_everything_goes(world: World) -> None:
    head = world.repo().head
    up, down = between(world, ROOT_OPERATION, head), between(world, head, ROOT_OPERATION)

    assert set(came(up)) == set(went(down)) == visible(world, head)
    assert went(up) == came(down) == []
    assert [(n.key, n.before) for n in up.names if n.part == "sessions"] == [("talk", None)]
    assert [(n.key, n.after) for n in down.names if n.part == "sessions"] == [("talk", None)]


def test_children_come_before_their_parents(world: World) -> None:
    up = between(world, ROOT_OPERATION, world.repo().head)
    assert came(up) == [world.repo().resolve("talk"), world.repo().resolve("talk-")]


def test_a_rewritten_commit_is_paired_with_what_it_replaced_both_ways(world: World) -> None:
    old = world.fork("talk", "a").commit
    before = world.repo().head
    new = world.append("in a").commit
    after = world.repo().head

    assert between(world, before, after).commits == ((new, (old,)),)
    assert between(world, after, before).commits == ((old, (new,)),)


def test_an_undo_is_shown_by_what_comes_back(world: World) -> None:
    old = world.fork("talk", "a").commit
    new = world.append("in a").commit
    world.repo().undo()
    repo = world.open()
    diff = OperationDiffs(repo).of(repo.operations(1)[0])

    assert diff.commits == ((old, (new,)),)


def test_pairs_are_found_over_many_operations(world: World) -> None:
    first = world.fork("talk", "a").commit
    start = world.repo().head
    world.append("one")
    last = world.append("two").commit
    world.fork("talk", "b")
    diff = between(world, start, world.repo().head)

    assert (first,) in [change.replaced for change in diff.commits]
    assert last in came(diff)
    assert went(diff) == []


def test_a_conflicted_name_is_one_change(world: World) -> None:
    base = world.tip("talk")
    start = world.repo().head
    world.store().append(base, [{"role": "user", "content": "theirs"}])
    world.repo()  # seen, not recorded yet
    world.new("talk", "later")
    diff = between(world, start, world.repo().head)
    changed = [n for n in diff.names if n.part == "sessions"]
    assert [(n.key, n.before) for n in changed] == [("talk", base)]


def test_the_past_answers_as_the_present_does(world: World) -> None:
    log = busy(world)
    past = world.repo().at_operation(log[4])
    for number in (5, 6):
        start, end = OperationId(log[number]), OperationId(log[number - 1])
        assert OperationDiffs(past).between(start, end) == between(world, start, end)


def test_what_others_moved_and_nobody_recorded_yet_is_no_part_of_it(world: World) -> None:
    world.fork("talk", "a")
    log = [op.id for op in world.repo().operations()]
    expected = between(world, log[1], log[0])
    world.store().append(world.tip("talk"), [{"role": "user", "content": "five"}])
    world.git("update-ref", "-d", "refs/sessions/a")

    assert between(world, log[1], log[0]) == expected
