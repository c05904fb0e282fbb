"""Rebasing the transaction of a slow command onto the newest state: special cases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from porcelain.actions.editing.squash import squash
from porcelain.actions.importing.import_transcript import Importer
from porcelain.actions.moving.destination import Location
from porcelain.actions.moving.duplicate import duplicate
from porcelain.actions.naming.set_names import set_sessions
from porcelain.actions.naming.workspaces import rename_workspace
from porcelain.actions.recording import record as recording
from porcelain.actions.recording.new import new
from porcelain.actions.undoing.restore_operation import restore
from porcelain.actions.undoing.undo import redo, undo
from porcelain.errors import Refused
from porcelain.index.view_rows import get_row
from porcelain.model.operation_store import head_operation
from porcelain.model.view_value import SESSIONS, parse_target
from porcelain.transcript.formats import read_transcript
from store.errors import StorageFailure
from tests.harness.bare import leftovers
from tests.harness.faults import failing_at, killed_at_every_step
from tests.harness.slow_commands import (
    Slow,
    abandoned,
    describe,
    described,
    heads,
    subject,
    talking,
)
from tests.harness.world import World, chat, check, log_of, view_of
from tests.porcelain.transcript.claude_rows import Chat


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A session `talk` of two commits; `@` is its tip."""
    return talking(World(tmp_path / "r.git"))


def test_a_rewrite_of_what_was_only_rebased_meanwhile_is_not_divergent(world: World) -> None:
    slow = Slow(world)
    described(world, "talk-", "base")

    with slow.transaction() as (tx, repo):
        describe(tx, repo.resolve("talk"), "mine")

    check(world)
    assert (subject(repo, "talk"), subject(repo, "talk-")) == ("mine", "base")
    assert len(heads(world)) == 1


def test_an_empty_change_left_by_the_one_and_used_by_the_other_stays(world: World) -> None:
    world.new("talk")
    slow = Slow(world)
    world.append("said in it")

    repo = slow.new("talk-")

    check(world)
    assert world.texts("talk")[-1] == "said in it"
    assert len(heads(world)) == 2
    assert repo.workspace.commit is not None


def test_both_make_a_session_of_one_name(world: World) -> None:
    slow = Slow(world)
    world.fork("talk", "x")

    with slow.transaction() as (tx, repo):
        recording.fork(tx, repo.resolve("talk-"), "x")

    check(world)
    assert len(parse_target(get_row(repo.index, SESSIONS, "x"))) == 3


def test_deleted_by_the_one_and_moved_by_the_other_is_in_conflict(world: World) -> None:
    slow = Slow(world)
    with world.repo().transaction("delete") as tx:
        tx.set_session("talk", None)

    slow.append("four")

    check(world)
    assert None in parse_target(get_row(world.repo().index, SESSIONS, "talk"))


def test_a_session_in_conflict_goes_to_what_both_made_of_its_side(world: World) -> None:
    base, one = world.repo().resolve("talk-"), world.tip("talk")
    other = world.new("talk-", "else").commit
    with world.repo().transaction("conflict") as tx:
        tx.set(SESSIONS, "both", f"{one} {base} {other}")
    slow = Slow(world)
    theirs = described(world, str(one), "theirs")

    with slow.transaction() as (tx, repo):
        mine = describe(tx, one, "mine")

    check(world)
    found = parse_target(get_row(repo.index, SESSIONS, "both"))
    assert {*found[::2]} == {theirs, other, mine}
    assert {*found[1::2]} == {base, one}


def test_what_is_moved_back_to_an_abandoned_commit_shows_it_again(world: World) -> None:
    world.new("talk")
    tip = world.repo().resolve("talk")
    world.edit("talk-")
    with world.repo().transaction("delete") as tx:
        tx.set_session("talk", None)
    slow = Slow(world)
    abandoned(world, str(tip))

    with slow.transaction() as (tx, repo):
        set_sessions(tx, ["again"], repo.resolve(str(tip)))

    check(world)
    assert world.tip("again") == tip


def test_undo_takes_back_what_a_slow_command_did(world: World) -> None:
    slow = Slow(world)
    world.append("fast")
    before = view_of(world.open())
    slow.append("late")

    world.repo().undo()

    check(world)
    assert view_of(world.open()) == before
    world.repo().redo()
    check(world)


def test_undo_and_redo_are_refused_on_an_older_operation(world: World) -> None:
    slow = Slow(world)
    world.new()
    for step in (undo, redo):
        before = head_operation(world.open().repository)
        with pytest.raises(Refused, match="newest operation"), slow.transaction() as (tx, _):
            step(tx)
        assert head_operation(world.open().repository) == before


def test_a_slow_command_that_changes_nothing_records_nothing(world: World) -> None:
    slow = Slow(world)
    world.append("fast")
    before = head_operation(world.open().repository)

    with slow.transaction() as (_, repo):
        pass

    assert head_operation(world.open().repository) == before
    assert repo.resolve("talk") == world.tip("talk")


def test_what_others_did_to_the_refs_is_recorded_first(world: World) -> None:
    slow = Slow(world)
    world.store().save(chat("fw", "hello"))

    repo = slow.append("late")

    check(world)
    assert [one.data.kind for one in log_of(world.open())][:2] == ["append", "outside"]
    assert get_row(repo.index, SESSIONS, "fw") is not None


def test_a_slow_rename_and_a_moved_position(world: World) -> None:
    slow = Slow(world)
    fast = world.fork("talk", "fast").commit
    with slow.transaction() as (tx, repo):
        rename_workspace(tx, "mine")

    check(world)
    assert repo.workspace_name == "mine"
    assert fast in {key for part, key in view_of(repo) if part == "heads"}


def test_several_commits_of_a_slow_command_move_together(world: World) -> None:
    slow = Slow(world)
    described(world, "talk", "amended")

    with slow.transaction() as (tx, repo):
        first = recording.append(tx, recording.write_rows(tx, "user", ["four"])).commit
        recording.append(tx, recording.write_rows(tx, "user", ["five"]))

    check(world)
    assert world.texts("talk") == ["one", "two", "three", "four", "five"]
    assert (subject(repo, "talk--"), len(heads(world))) == ("amended", 1)
    assert repo.final(first) == repo.resolve("talk-") != first


def test_what_was_rewritten_meanwhile_is_not_abandoned(world: World) -> None:
    slow = Slow(world)
    fast = described(world, "talk", "worth keeping")

    with slow.transaction() as (tx, repo):
        tx.abandon(repo.resolve("talk"))

    check(world)
    assert fast in heads(world)
    assert any("was rewritten meanwhile and stays" in note for note in tx.notes)


def test_what_was_only_rebased_meanwhile_is_abandoned(world: World) -> None:
    slow = Slow(world)
    described(world, "talk-", "base")

    with slow.transaction() as (tx, repo):
        tx.abandon(repo.resolve("talk"))

    check(world)
    assert subject(repo, "talk") == "base"
    assert len(heads(world)) == 1


def test_what_stands_on_a_commit_that_was_folded_into_another_goes_to_its_parent(
    world: World,
) -> None:
    side = world.new("talk", "side").commit
    slow = Slow(world)
    with (repo := world.repo()).transaction("squash") as tx:
        squash(tx, [side], repo.resolve("talk-"), "both")

    repo = slow.new("@")

    check(world)
    assert repo.resolve("@-") == world.tip("talk")


def test_the_copy_of_an_abandoned_commit_does_not_stand_for_it(world: World) -> None:
    side = world.new("talk", "side").commit
    slow = Slow(world)
    with world.repo().transaction("duplicate") as tx:
        duplicate(tx, [side])
    abandoned(world, side)

    repo = slow.new("@")

    check(world)
    assert repo.resolve("@-") == world.tip("talk")


def test_a_slow_command_cannot_make_a_merge_with_the_root(world: World) -> None:
    other = world.new("root()", "other").commit
    with (repo := world.repo()).transaction("new") as tx:
        new(tx, Location((repo.resolve("talk"), other)), "merge")
    slow = Slow(world)
    before = view_of(world.repo())

    with pytest.raises(Refused, match="merge with the root"), slow.transaction() as (tx, repo):
        squash(tx, [other], repo.resolve("talk"), "folded")

    assert view_of(world.repo()) == before
    check(world)


def test_a_file_imported_by_both_is_in_both_ways_of_its_session(world: World) -> None:
    found = Chat()
    found.turn(1)
    slow = Slow(world)
    world.load(found.data())

    with slow.transaction("import") as (tx, repo):
        Importer(tx).add(read_transcript(found.data(), "chat.jsonl"), "chat.jsonl")

    check(world)
    assert len(parse_target(get_row(repo.index, SESSIONS, found.session))) == 3
    found.turn(2)
    world.load(found.data())
    check(world)


def test_going_back_to_an_older_state_leaves_what_came_meanwhile(world: World) -> None:
    first = log_of(world.open())[-1].id
    tip = world.tip("talk")
    slow = Slow(world)
    kept = world.new("talk-", "meanwhile").commit

    with slow.transaction("restore") as (tx, _):
        restore(tx, first)

    check(world)
    assert kept in heads(world)
    assert tip not in heads(world)
    assert world.texts("talk") == ["one", "two"]


def test_a_slow_command_in_an_empty_past(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    slow = Slow(world)
    world.save(chat("talk", "one"))

    with slow.transaction() as (tx, repo):
        recording.append(tx, recording.write_rows(tx, "user", ["first"]), session="mine")

    check(world)
    assert world.texts("mine") == ["first"]
    assert repo.workspace.session == "talk"


def test_a_slow_command_is_the_first_in_a_copy(world: World, tmp_path: Path) -> None:
    world.append("four")
    shutil.copytree(world.path, tmp_path / "copy.git")
    copy = World(tmp_path / "copy.git", make=False, seed="copy")
    slow = Slow(copy)

    repo = slow.append("late")

    check(copy)
    assert copy.texts("talk")[-2:] == ["four", "late"]
    assert repo.resolve("@") == repo.resolve("talk")
    assert set(repo.workspaces()) == {"default"}


def both(world: World) -> None:
    """End a slow command after a fast one."""
    slow = Slow(world)
    described(world, "talk", "amended")
    slow.append("late")


def test_killed_while_it_is_rebased_a_slow_command_has_happened_or_not(tmp_path: Path) -> None:
    for step, world in killed_at_every_step(
        lambda step: talking(World(tmp_path / f"{step}.git")), both, every=13
    ):
        fresh = World(world.path, make=False)
        texts = fresh.texts("talk")
        assert texts[:3] == ["one", "two", "three"], step
        assert texts[3:] in ([], ["late"])
        fresh.append("next")
        check(fresh)
        assert [path for path in leftovers(world.path) if "store-index" not in path] == []
        shutil.rmtree(world.path)


@pytest.mark.parametrize("step", [1, 3, 5, 8, 12, 20])
def test_a_full_disk_leaves_the_state_as_it_was(world: World, step: int) -> None:
    slow = Slow(world)
    described(world, "talk", "amended")
    before = view_of(world.open())

    with failing_at(step) as failed:
        try:
            slow.append("late")
        except StorageFailure:
            assert failed

    now = view_of(world.open())
    if now != before:
        assert world.texts("talk")[-1] == "late"
    world.append("next")
    check(world)
