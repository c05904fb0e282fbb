"""Two concurrent commands: the slow one is rebased onto the result of the fast one.

Scenarios of the list that jj's tests gave, by their numbers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.actions.naming.set_names import set_sessions
from porcelain.actions.naming.workspaces import add_workspace, forget_workspaces
from porcelain.actions.recording import record as recording
from porcelain.cli.render.commit import Commits
from porcelain.errors import ConflictedName, DivergentChange
from porcelain.index.view_rows import get_row
from porcelain.model.operation_store import head_operation
from porcelain.model.view_value import SESSIONS, parse_target
from store.ids import CommitId
from store.objects.commit import read_commit
from tests.harness.slow_commands import (
    Slow,
    abandoned,
    describe,
    described,
    heads,
    subject,
    talking,
)
from tests.harness.world import World, check, log_of, texts_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A session `talk` of two commits; `@` is its tip."""
    return talking(World(tmp_path / "r.git"))


def test_what_is_not_yet_published_nobody_sees(world: World) -> None:
    slow = Slow(world)
    before = log_of(world.open())

    with slow.transaction() as (tx, repo):
        made = tx.new(repo.resolve("@")).commit
        tx.batch.flush()
        assert log_of(world.open()) == before
        assert world.open().index.position(made) is None

    assert len(log_of(world.open())) == len(before) + 1


def test_each_operation_follows_the_one_before(world: World) -> None:
    for _ in range(3):
        world.new()
        log = log_of(world.open())
        assert [one.data.parents for one in log[:-1]] == [(one.id,) for one in log[1:]]
        assert len(log_of(world.open())) == len(log)


def test_commands_from_one_operation_make_one_line(world: World) -> None:
    slow = Slow(world)
    world.new()
    fast = head_operation(world.open().repository)

    slow.new("talk")

    log = log_of(world.open())
    assert log[0].data.description == "new command"
    assert log[0].data.parents == (fast,)
    check(world)


def test_each_sees_only_its_own_rewrite_and_both_stay(world: World) -> None:
    slow = Slow(world)
    change = world.repo().change_id(world.repo().position("talk"))
    described(world, "talk", "fast")

    with slow.transaction() as (tx, repo):
        assert "fast" not in subject(repo, "talk")
        describe(tx, repo.resolve("talk"), "slow")

    check(world)
    repo = world.open()
    assert {subject(repo, f"{change}/{n}") for n in (0, 1)} == {"fast", "slow"}
    with pytest.raises(DivergentChange):
        repo.resolve(change)


def test_a_child_of_a_rewritten_commit_follows_it(world: World) -> None:
    slow = Slow(world)
    amended = described(world, "talk", "amended")

    repo = slow.append("four")

    check(world)
    assert repo.resolve("@-") == amended
    assert repo.resolve("talk") == repo.resolve("@")
    assert texts_of(repo, repo.resolve("@")) == ["one", "two", "three", "four"]


def test_a_slow_rewrite_takes_along_what_was_added_meanwhile(world: World) -> None:
    slow = Slow(world)
    world.append("four", workspace="default")
    change = world.repo().change_id(world.repo().position("@"))

    with slow.transaction() as (tx, repo):
        describe(tx, repo.resolve("talk"), "amended")

    check(world)
    assert len(tx.rewrites.created) == 2
    assert subject(repo, "@-") == "amended"
    assert repo.change_id(repo.position("talk")) == change
    assert world.texts("talk") == ["one", "two", "three", "four"]


def test_a_position_that_moved_on_one_side_only_is_that(world: World) -> None:
    with world.repo().transaction() as tx:
        add_workspace(tx, "other")
    slow = Slow(world, "other")
    world.fork("talk", "side")

    slow.new("talk-")

    check(world)
    assert world.repo().workspace.session == "side"
    assert world.repo("other").resolve("@-") == world.repo().resolve("talk-")


def test_heads_of_both_are_there_and_what_either_hid_is_not(world: World) -> None:
    extra = world.new("talk").commit
    world.edit("talk")
    keep = world.new("talk-", "kept").commit
    world.edit("talk")
    slow = Slow(world)
    gone = world.new("talk", "gone").commit
    added = world.new("talk-", "added").commit
    abandoned(world, str(gone))

    with slow.transaction() as (tx, repo):
        tx.abandon(repo.resolve(str(keep)))
        mine = tx.new(repo.resolve("talk-"), "mine").commit

    check(world)
    assert heads(world) >= {added, mine}
    assert not heads(world) & {gone, keep, extra}


def test_a_position_moved_by_both_is_the_earlier_and_says_so(world: World) -> None:
    slow = Slow(world)
    first = world.fork("talk", "fast")

    with slow.transaction() as (tx, repo):
        recording.fork(tx, repo.resolve("talk-"), "late")

    check(world)
    assert (repo.workspace.commit, repo.workspace.session) == (first.commit, "fast")
    assert get_row(repo.index, SESSIONS, "late") is not None
    assert any("`@` was moved meanwhile" in note for note in tx.notes)


def test_a_workspace_forgotten_by_one_and_moved_by_the_other_is_forgotten(
    world: World,
) -> None:
    with world.repo().transaction() as tx:
        add_workspace(tx, "other")
    slow = Slow(world, "other")
    with world.repo().transaction() as tx:
        forget_workspaces(tx, ["other"])

    made = slow.new("talk")

    check(world)
    assert "other" not in made.workspaces()


def test_a_workspace_added_by_one_is_there(world: World) -> None:
    slow = Slow(world)
    world.new("talk")

    with slow.transaction() as (tx, repo):
        add_workspace(tx, "other")

    check(world)
    assert "other" in repo.workspaces()


def test_a_session_moved_by_both_is_in_conflict_until_it_is_set(world: World) -> None:
    slow = Slow(world)
    world.append("fast")
    fast = world.tip("talk")

    repo = slow.append("late")

    check(world)
    sides = parse_target(get_row(repo.index, SESSIONS, "talk"))
    assert sides[0] == fast
    assert len(sides) == 3
    assert world.refs()["talk"] == fast
    with pytest.raises(ConflictedName):
        repo.resolve("talk")
    assert Commits(repo).is_conflicted(SESSIONS, "talk")
    assert texts_of(repo, sides[2] or fast)[-1] == "late"
    with world.repo().transaction() as tx:
        set_sessions(tx, ["talk"], CommitId(str(sides[2])))
    check(world)
    assert world.refs()["talk"] == sides[2]


def test_one_that_only_one_of_them_moved_is_there(world: World) -> None:
    world.fork("talk", "side")
    slow = Slow(world)
    world.append("fast")
    with slow.transaction() as (tx, repo):
        set_sessions(tx, ["talk"], repo.resolve("talk-"), backwards=True)

    check(world)
    assert world.texts("side")[-1] == "fast"
    assert world.texts("talk") == ["one", "two"]


def test_a_change_rewritten_by_both_is_divergent_and_its_session_in_conflict(
    world: World,
) -> None:
    slow = Slow(world)
    fast = described(world, "talk", "fast")

    with slow.transaction() as (tx, repo):
        describe(tx, repo.resolve("talk"), "late")

    check(world)
    position = repo.index.position(fast)
    assert position is not None
    assert repo.graph.is_divergent(position)
    assert parse_target(get_row(repo.index, SESSIONS, "talk"))[0] == fast


@pytest.mark.parametrize("child_is_slow", [True, False])
def test_a_child_and_a_rewrite_make_one_line(world: World, child_is_slow: bool) -> None:
    slow = Slow(world)
    if child_is_slow:
        described(world, "talk", "new A")
        slow.new("talk")
    else:
        world.new("talk")
        with slow.transaction() as (tx, repo):
            describe(tx, repo.resolve("talk"), "new A")

    check(world)
    assert subject(world.repo(), "@-") == "new A"
    assert heads(world) == {world.repo().resolve("@")}


@pytest.mark.parametrize("side", ["rewritten", "other"])
def test_a_child_of_one_version_of_a_divergent_change_follows_that_one(
    world: World, side: str
) -> None:
    first = Slow(world)
    described(world, "talk", "A2")
    with first.transaction() as (tx, repo):
        describe(tx, repo.resolve("talk"), "A3")
    versions = {subject(repo, one): one for one in map(str, heads(world))}
    slow = Slow(world)
    fourth = described(world, versions["A2"], "A4")

    repo = slow.new(versions["A2" if side == "rewritten" else "A3"])

    check(world)
    wanted = fourth if side == "rewritten" else versions["A3"]
    assert read_commit(repo.repository, CommitId(only_new(world, wanted))).parents == (wanted,)


@pytest.mark.parametrize("side", ["rewritten", "other"])
def test_a_version_that_is_rewritten_late_takes_its_own_child_along(
    world: World, side: str
) -> None:
    first = Slow(world)
    described(world, "talk", "A2")
    with first.transaction() as (tx, repo):
        describe(tx, repo.resolve("talk"), "A3")
    versions = {subject(repo, one): one for one in map(str, heads(world))}
    slow = Slow(world)
    world.new(versions["A2" if side == "rewritten" else "A3"])

    with slow.transaction() as (tx, repo):
        fourth = describe(tx, repo.resolve(versions["A2"]), "A4")

    check(world)
    wanted = fourth if side == "rewritten" else versions["A3"]
    assert repo.resolve("@-") == wanted


def only_new(world: World, parent: str) -> str:
    """Return the one child of a commit."""
    repo = world.repo()
    position = repo.index.position(parent)
    (child,) = repo.graph.children(position or 0)
    return repo.graph.commit_id(child)


@pytest.mark.parametrize("child_is_slow", [True, False])
def test_a_child_of_an_abandoned_commit_moves_to_its_parent(
    world: World, child_is_slow: bool
) -> None:
    world.new("talk-")  # so that no workspace stands on what goes
    slow = Slow(world)
    parent, child = world.repo().resolve("talk-"), world.repo().resolve("talk")
    if child_is_slow:
        abandoned(world, "talk")
        repo = slow.new(str(child))
    else:
        world.new(str(child))
        with slow.transaction() as (tx, repo):
            tx.abandon(repo.resolve(str(child)))

    check(world)
    assert repo.resolve("@-") == parent
    assert not repo.row(repo.index.position(child) or 0).visible


def test_three_commands_from_one_operation(world: World) -> None:
    slow = [Slow(world), Slow(world)]
    first = world.new("talk-").commit

    repos = [one.new("talk") for one in slow]

    check(world)
    assert repos[-1].resolve("@") == first
    assert len(heads(world)) == 3
