"""Workspaces: each keeps its position and its session while others work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from porcelain.actions.naming.workspaces import (
    add_workspace,
    forget_workspaces,
    rename_workspace,
)
from porcelain.actions.recording.record import Recorder
from porcelain.errors import NothingToUndo, Refused, UnknownWorkspace
from porcelain.graph.workspace_list import list_workspaces
from store.errors import InvalidRefName
from store.ids import CommitId
from store.objects.commit import read_commit
from tests.harness.world import World, chat, check, log_of, view_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A session `talk` of two commits; `@` is its tip."""
    found = World(tmp_path / "r.git")
    found.save(chat("talk", "one", "two"))
    found.save(chat("talk", "one", "two", "three"))
    return found


def add(world: World, *names: str, on: str | None = None) -> CommitId:
    repo = world.repo()
    made = None
    for name in names:
        with repo.transaction() as tx:
            made = add_workspace(tx, name, repo.resolve(on) if on is not None else None)
    assert made is not None
    return made


def shown(world: World) -> dict[str, str | None]:
    repo = world.repo()
    replica = repo.workspace_key.partition("/")[0]
    return {one.shown: one.place.commit for one in list_workspaces(repo.index, replica)}


def test_a_new_workspace_stands_on_an_empty_change_beside_the_current_one(world: World) -> None:
    made = add(world, "agent")

    repo = world.repo("agent")
    here = world.repo().resolve("@")
    assert repo.resolve("@") == made
    assert repo.workspace.session is None
    parents = [read_commit(repo.repository, one).parents for one in (made, here)]
    assert parents[0] == parents[1]
    assert repo.row(repo.position("@")).empty
    assert world.repo().workspace.session == "talk"
    check(world)


def test_a_new_workspace_can_start_on_any_commit(world: World) -> None:
    add(world, "agent", on="talk")

    assert world.repo("agent").resolve("@-") == world.tip("talk")


def test_a_workspace_can_be_added_where_nothing_is_current_yet(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")

    add(world, "agent")

    repo = world.repo("agent")
    assert repo.position("@-") == 0
    assert world.repo().workspace.commit is None
    check(world)


def test_what_the_one_does_never_moves_the_other(world: World) -> None:
    made = add(world, "agent")
    world.append("four")
    world.fork("talk", "side")

    assert world.repo("agent").resolve("@") == made
    before = world.repo().workspace
    world.append("from the agent", workspace="agent")
    assert world.repo().workspace == before
    check(world)


def test_a_position_follows_when_another_rewrites_what_it_stands_on(world: World) -> None:
    made = add(world, "agent")
    repo = world.repo()
    with repo.transaction("abandon") as tx:
        tx.abandon(repo.resolve("talk-"))

    assert world.repo("agent").resolve("@") != made
    assert world.repo("agent").position("@-") == 0
    check(world)


def test_each_undoes_its_own_work(world: World) -> None:
    add(world, "agent", on="talk")
    world.append("mine")
    world.append("theirs", workspace="agent")

    undone = world.repo().undo()

    assert undone.operation.data.workspace == "default"
    assert world.texts("talk")[-1] == "three"
    repo = world.repo("agent")
    assert repo.row(repo.position("@")).title == "theirs"
    check(world)


def test_the_names_of_workspaces_are_checked(world: World) -> None:
    add(world, "agent")
    for name, error in {
        "": InvalidRefName,
        "a b": InvalidRefName,
        "-x": InvalidRefName,
        "a@b": Refused,
        "agent": Refused,
        "default": Refused,
    }.items():
        with pytest.raises(error):
            add(world, name)
    assert set(shown(world)) == {"agent", "default"}


def test_several_are_forgotten_in_one_operation_and_come_back_together(world: World) -> None:
    add(world, "second", "third", on="talk")
    before = view_of(world.open())
    count = len(log_of(world.open()))

    with world.repo().transaction() as tx:
        found = forget_workspaces(tx, ["second", "fourth", "third"])

    assert found == (("second", "third"), ("fourth",))
    assert len(log_of(world.open())) == count + 1
    assert set(shown(world)) == {"default"}
    check(world)
    world.repo().undo()
    assert view_of(world.open()) == before
    check(world)


def test_forgetting_drops_an_empty_change_and_nothing_else(world: World) -> None:
    empty = add(world, "second", on="talk")
    add(world, "third", on="talk")
    world.append("said", workspace="third")
    said = world.repo("third").resolve("@")

    with world.repo().transaction() as tx:
        forget_workspaces(tx, ["second", "third"])

    index = world.repo().index
    assert not index.row_at(index.position(empty) or 0).visible
    assert index.row_at(index.position(said) or 0).visible
    check(world)


def test_forgetting_an_unknown_one_changes_nothing(world: World) -> None:
    before = log_of(world.open())

    with world.repo().transaction() as tx:
        assert forget_workspaces(tx, ["nobody"]).unknown == ("nobody",)

    assert log_of(world.open()) == before


def test_a_workspace_can_forget_itself(world: World) -> None:
    with world.repo().transaction() as tx:
        forget_workspaces(tx, [])

    assert world.repo().workspace.commit is None
    check(world)


def test_a_renamed_workspace_keeps_its_place_and_what_it_can_undo(world: World) -> None:
    add(world, "agent", on="talk")
    world.append("said", workspace="agent")
    place = world.repo("agent").workspace
    repo = world.repo("agent")
    with repo.transaction() as tx:
        assert rename_workspace(tx, "helper") == "agent"

    assert repo.workspace_name == "helper"
    assert repo.workspace == place
    assert set(shown(world)) == {"default", "helper"}
    repo.undo()
    assert (repo.workspace_name, repo.workspace) == ("agent", place)
    repo.redo()
    assert (repo.workspace_name, repo.workspace) == ("helper", place)
    check(world)
    repo.undo()
    undone = repo.undo()
    assert undone.operation.data.kind == "append"
    check(world)


def test_undo_goes_past_a_renaming_that_stays(world: World) -> None:
    add(world, "agent", on="talk")
    world.append("said", workspace="agent")
    repo = world.repo("agent")
    with repo.transaction() as tx:
        rename_workspace(tx, "helper")
    world.append("more", workspace="helper")
    helper = world.repo("helper")

    kinds = [helper.undo().operation.data.kind for _ in range(2)]
    kinds += [helper.undo().operation.data.kind]

    assert kinds == ["append", "workspace", "append"]
    with pytest.raises(NothingToUndo):
        world.repo("helper").undo()


def test_renaming_needs_a_free_name_and_a_workspace(world: World) -> None:
    add(world, "agent")
    repo = world.repo("agent")
    with pytest.raises(Refused, match="already exists"), repo.transaction() as tx:
        rename_workspace(tx, "default")
    with pytest.raises(UnknownWorkspace) as caught, world.repo("agnt").transaction() as tx:
        rename_workspace(tx, "free")
    assert caught.value.similar == ("agent",)


def test_workspaces_of_another_copy_show_its_host_and_stay(tmp_path: Path) -> None:
    here = World(tmp_path / "r.git", host="desk")
    here.save(chat("talk", "one", "two"))
    add(here, "agent", on="talk")
    place = here.repo().resolve("@")
    shutil.copytree(tmp_path / "r.git", tmp_path / "copy.git")
    there = World(tmp_path / "copy.git", make=False, host="laptop", seed="there")
    there.append("four")
    # As after a sync: the operations of the copy are here too.
    here.git("fetch", "-q", str(tmp_path / "copy.git"), "+refs/*:refs/*")
    # The copy took over the workspaces of the replica that it continued.
    assert "default@laptop" in shown(here)
    assert shown(here)["default@laptop"] == there.repo().resolve("@")
    assert place != there.repo().resolve("@")


def test_undo_after_a_copy_hides_it_again(world: World) -> None:
    def heads() -> set[str]:
        return {key for part, key in view_of(world.open()) if part == "heads"}

    before = heads()
    repo = world.repo()
    with repo.transaction("duplicate") as tx:
        tx.write(tx.as_new_change(read_commit(tx.batch, repo.resolve("talk"))))
    assert len(heads()) == 2

    repo.undo()

    assert heads() == before
    check(world)


def test_the_default_of_undo_is_ones_own_workspace(world: World) -> None:
    add(world, "second", on="talk")
    world.append("a")
    world.append("b", workspace="second")
    kept = world.repo("second").resolve("@")

    assert world.repo().undo().operation.data.workspace == "default"

    assert world.repo("second").resolve("@") == kept
    check(world)


def test_a_slow_forgetting_of_a_workspace_that_moved(world: World) -> None:

    add(world, "second", on="talk")
    began = world.repo().head
    world.append("said", workspace="second")
    past = world.open().at_operation(began)

    def forget(tx: Recorder) -> None:
        forget_workspaces(tx, ["second"])

    with past.transaction() as tx:
        forget(tx)
        tx.new(past.resolve("talk"))

    assert "second" not in shown(world)
    check(world)
