"""Restoring a whole state, and reverting one operation."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.actions.moving.destination import Location
from porcelain.actions.moving.duplicate import duplicate
from porcelain.errors import NothingToUndo, Refused, UnknownOperation
from porcelain.model.operation import ROOT_OPERATION
from store.objects.commit import read_commit
from tests.harness.slow_commands import Slow, abandoned, describe
from tests.harness.slow_commands import described as redescribed
from tests.harness.world import World, chat, check, described, outcome, view_of


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with one session of two commits."""
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three", "four"))
    return world


def heads_of_log(world: World) -> list[str]:
    """Return the ids of the log's operations, newest first."""
    return [operation.id for operation in world.repo().operations()]


def test_every_earlier_state_is_restored_exactly(world: World) -> None:
    world.fork("talk", "a")
    world.append("in a")
    world.new("talk", "note")
    world.fork("talk-", "b", workspace="two")
    world.append("in b", workspace="two")
    states = {op.id: view_of(world.repo(), op) for op in world.repo().operations()}

    for operation_id, state in states.items():
        world.repo().restore(operation_id)
        assert view_of(world.repo()) == state
        check(world)


def test_it_is_undone_and_redone_like_any_operation(world: World) -> None:
    world.fork("talk", "a")
    world.append("in a")
    before = view_of(world.repo())
    world.repo().restore("@--")
    after = view_of(world.repo())

    assert world.repo().undo().operation.data.kind == "restore"
    assert view_of(world.repo()) == before
    world.repo().redo()
    assert view_of(world.repo()) == after
    check(world)


def test_it_says_whose_operations_it_takes_back(world: World) -> None:
    start = world.repo().head
    world.fork("talk", "a")
    world.fork("talk", "b", workspace="two")
    world.store().append(world.tip("b"), [{"role": "user", "content": "five"}])

    found = world.repo().restore(start)

    assert [op.data.workspace for op in found.taken_back] == [None, "two", "default"]
    assert found.operation.id == start
    assert sorted(world.refs()) == ["talk"]
    check(world)


def test_an_operation_and_its_undo_count_for_nothing(world: World) -> None:
    start = world.repo().head
    world.fork("talk", "a")
    world.fork("talk", "b")
    world.repo().undo()

    found = world.repo().restore(start)

    assert described(found.taken_back) == [described(world.repo().operations())[3]]
    assert described(found.taken_back)[0].startswith("fork a")


def test_an_undo_and_its_redo_count_for_nothing(world: World) -> None:
    world.fork("talk", "a")
    start = world.repo().head
    world.repo().undo()
    world.repo().redo()
    assert world.repo().restore(start).taken_back == ()

    world.repo().undo()
    assert described(world.repo().restore(start).taken_back)[0].startswith("undo: fork a")


def test_the_root_operation_is_the_empty_state(world: World) -> None:
    before = view_of(world.repo())
    found = world.repo().restore(ROOT_OPERATION)

    assert view_of(world.repo()) == {}
    assert world.refs() == {}
    assert found.operation.id == ROOT_OPERATION
    check(world)
    world.repo().undo()
    assert view_of(world.repo()) == before
    check(world)


def test_restoring_the_present_state_records_nothing(world: World) -> None:
    log = heads_of_log(world)
    world.repo().restore("@")
    assert heads_of_log(world) == log


def test_what_restores_an_equal_state_is_stepped_over_by_undo(world: World) -> None:
    world.fork("talk", "a")
    world.repo().restore("@-")
    world.repo().restore("@-")  # back to what the fork made
    assert sorted(world.refs()) == ["a", "talk"]
    for _ in range(2):
        world.repo().undo()
    assert sorted(world.refs()) == ["a", "talk"]


def test_a_clone_restores_its_workspaces_under_its_own_name(world: World, tmp_path: Path) -> None:
    start = world.repo().head
    world.fork("talk", "a")
    clone = tmp_path / "clone.git"
    world.git("clone", "--quiet", "--mirror", str(world.path), str(clone))
    other = World(clone, seed="other", make=False, host="there")
    other.fork("talk", "b")
    place = other.repo().workspace

    other.repo().restore(start)

    assert sorted(other.refs()) == ["talk"]
    assert other.repo().workspace.session == "talk"
    assert other.repo().workspace != place
    check(other)
    other.repo().undo()
    assert other.repo().workspace == place
    check(other)


def test_the_root_operation_cannot_be_reverted(world: World) -> None:
    with pytest.raises(Refused, match="Cannot revert the root operation"):
        world.repo().revert(ROOT_OPERATION)


def test_a_child_of_a_reverted_rewrite_moves_to_the_earlier_version(world: World) -> None:
    world.new("talk")
    world.append("first")
    tip = world.repo().workspace.commit
    assert tip is not None
    change = world.repo().change_id(world.repo().position("@"))
    rewritten = world.repo().head
    world.new("@", "child")
    child = world.repo().change_id(world.repo().position("@"))

    world.repo().revert(rewritten)

    repo = world.repo()
    assert repo.change_id(repo.position("@")) == child
    assert repo.change_id(repo.position("@-")) == change
    assert repo.resolve("@-") != tip
    check(world)


def test_reverting_the_revert_toggles_exactly(world: World) -> None:
    before = view_of(world.repo())
    world.fork("talk", "a")
    after = view_of(world.repo())
    for expected in (before, after, before, after):
        world.repo().revert("@")
        assert view_of(world.repo()) == expected
        check(world)


def test_a_revert_is_no_part_of_the_undo_chain(world: World) -> None:
    world.fork("talk", "a")
    world.fork("talk", "b")
    world.repo().revert("@-")
    assert sorted(world.refs()) == ["b", "talk"]

    assert world.repo().undo().operation.data.kind == "revert"
    assert sorted(world.refs()) == ["a", "b", "talk"]
    assert described([world.repo().undo().operation])[0].startswith("fork b")
    assert sorted(world.refs()) == ["a", "talk"]


def test_others_work_since_stays_when_one_operation_is_reverted(world: World) -> None:
    world.fork("talk", "bad")
    bad = world.repo().head
    world.fork("talk", "good", workspace="two")
    tip = world.append("good", workspace="two").commit
    world.store().append(world.tip("talk"), [{"role": "user", "content": "five"}])

    assert world.repo().revert(bad).id == bad

    assert sorted(world.refs()) == ["good", "talk"]
    assert world.tip("good") == tip
    assert world.repo().operations(1)[0].data.links == {"reverts": bad}
    check(world)


def test_what_later_operations_put_on_a_reverted_change_goes_to_its_parent(world: World) -> None:
    made = world.fork("talk", "a").commit
    fork = world.repo().head
    child = world.new(made, "child", workspace="two").commit
    before = view_of(world.repo())

    world.repo().revert(fork)

    assert sorted(world.refs()) == ["talk"]
    now = world.repo("two").workspace.commit
    assert now is not None
    assert now != child
    assert read_commit(world.repo().repository, now).parents == (world.tip("talk"),)
    world.repo().undo()
    assert view_of(world.repo()) == before
    check(world)


def test_no_session_comes_back_to_a_hidden_commit(world: World) -> None:
    made = world.new("talk", "side").commit
    repo = world.repo()
    with repo.transaction("session set") as tx:
        tx.set("sessions", "side", made)
    with (repo := world.repo()).transaction("session forget") as tx:
        tx.set("sessions", "side", None)
    forgotten = world.repo().head
    abandoned(world, made)

    world.repo().revert(forgotten)

    assert sorted(world.refs()) == ["side", "talk"]
    assert world.tip("side") in (made, world.tip("talk"))
    assert world.repo().row(world.repo().position("side")).visible
    check(world)


def test_where_its_position_is_gone_a_workspace_gets_a_new_empty_change(world: World) -> None:
    left = world.new("talk", "left").commit
    world.edit("talk")
    moved = world.repo().head
    abandoned(world, left)

    world.repo().revert(moved)

    repo = world.repo()
    here = repo.row(repo.position("@"))
    assert (here.visible, here.empty, here.id == left) == (True, True, False)
    assert repo.resolve("@-") == world.tip("talk")
    check(world)


def test_a_tag_that_comes_back_is_where_it_was(world: World) -> None:
    tagged = world.tip("talk")
    with world.repo().transaction("tag set") as tx:
        tx.set("tags", "v1", tagged)
    with world.repo().transaction("tag delete") as tx:
        tx.set("tags", "v1", None)
    deleted = world.repo().head
    redescribed(world, "talk", "another")

    world.repo().revert(deleted)

    assert dict(world.repo().names("tags")) == {"v1": tagged}
    assert world.tip("talk") != tagged
    check(world)


def test_the_past_is_shown_without_touching_the_present(world: World) -> None:
    world.fork("talk", "a")
    repo = world.repo()
    past = repo.at_operation("@-")

    assert [name for name, _ in past.names("sessions")] == ["talk"]
    assert [op.id for op in past.operations()] == heads_of_log(world)[1:]
    assert sorted(name for name, _ in repo.names("sessions")) == ["a", "talk"]
    assert outcome(lambda: repo.at_operation("beef")).startswith(UnknownOperation.__name__)


def test_at_the_bottom_nothing_is_left_to_undo_after_a_restore_to_the_root(world: World) -> None:
    world.repo().restore(ROOT_OPERATION)
    for _ in range(3):
        world.repo().undo()
    with pytest.raises(NothingToUndo):
        world.repo().undo()


def test_what_stands_on_a_version_goes_to_what_that_one_was_rewritten_to(world: World) -> None:
    """An undo that restored several versions of one change is taken back."""
    slow = Slow(world)
    one = redescribed(world, "talk", "theirs")
    with slow.transaction() as (tx, repo):
        other = describe(tx, repo.resolve("talk"), "mine")
    redescribed(world, f"{one}-", "base")
    world.repo().undo()
    undone = world.repo().operations()[0]
    above = {old: world.new(str(old), f"on {old}").commit for old in (one, other)}

    world.repo().revert(undone.id)

    repo = world.open()
    for old, child in above.items():
        row = repo.row(repo.position(f"description('on {old}*')"))
        (parent,) = repo.graph.parents(row.pos)
        assert row.id != child
        assert repo.row(parent).subject == ("theirs" if old == one else "mine")
    check(world)


def test_what_stands_on_a_copy_goes_to_what_the_copy_stood_on(world: World) -> None:
    """A copy does not return to its original, which is restored too."""
    base, tip = world.repo().resolve("talk-"), world.tip("talk")
    with world.repo().transaction("duplicate") as tx:
        copy = duplicate(tx, [tip], Location((base,), (tip,))).copies[tip]
    copied = world.repo().operations()[0]
    child = world.new(str(copy), "on the copy").commit
    redescribed(world, "talk", "meanwhile")

    world.repo().revert(copied.id)

    repo = world.open()
    row = repo.row(repo.position("description('on the copy*')"))
    assert row.id != child
    assert [repo.row(parent).id for parent in repo.graph.parents(row.pos)] == [base]
    check(world)
