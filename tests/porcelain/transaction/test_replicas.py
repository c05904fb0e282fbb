"""Copies of a repository: clones carry the log, undo works in them, each is its own replica."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from porcelain.errors import CorruptOperation
from porcelain.model.view_value import WORKSPACES
from porcelain.transaction import publish
from tests.harness.bare import git
from tests.harness.world import World, chat, check, described, log_of, view_of


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with three sessions, one deleted, one fork undone, in two workspaces."""
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.fork("talk", "a")
    world.append("in a")
    world.fork("talk", "b")
    world.repo().undo()
    world.edit("talk", workspace="two")
    with world.repo().transaction("session delete") as tx:
        tx.set_session("talk", None)
    return world


def mirror(world: World, path: Path, *, prune: bool = True) -> World:
    """Clone with plain git and collect the unreachable objects."""
    git(world.path, "clone", "--mirror", "-q", str(world.path), str(path))
    if prune:
        git(path, "gc", "-q", "--prune=now")
    return later(world, World(path, make=False, seed="clone"))


def copy(world: World, path: Path) -> World:
    """Copy the folder."""
    shutil.copytree(world.path, path)
    return later(world, World(path, make=False, seed="copy"))


def later(world: World, other: World) -> World:
    """Continue the original's clock in the copy."""
    other.clock.now = world.clock.now
    return other


@pytest.mark.parametrize("make", [mirror, copy])
def test_undo_and_redo_work_in_a_copy_back_to_the_beginning(
    world: World, tmp_path: Path, make: Callable[[World, Path], World]
) -> None:
    copied = make(world, tmp_path / "copy.git")
    place = world.repo().workspace
    assert copied.repo().workspace == place
    assert copied.kinds() == world.kinds()
    copied.repo().undo(by="two")
    texts = []
    for _ in range(4):
        texts.append(copied.repo().undo().operation.data.description)
        check(copied)
    assert [text.split(" ")[0] for text in texts] == ["session", "append", "fork", "save"]
    assert sorted(copied.refs()) == []
    for _ in range(5):
        copied.repo().redo()
        check(copied)
    assert copied.refs() == world.refs()
    assert copied.repo().workspace == place
    assert git(world.path, "fsck", "--strict") is not None


@pytest.mark.parametrize("make", [mirror, copy])
def test_a_copy_makes_a_replica_of_its_own_and_takes_over_the_workspaces(
    world: World, tmp_path: Path, make: Callable[[World, Path], World]
) -> None:
    copied = make(world, tmp_path / "copy.git")
    before = set(copied.repo().workspaces())
    assert before == {"default", "two"}
    copied.new("a", "first write")
    ours, theirs = (w.repo().repository.replica for w in (copied, world))
    assert ours is not None
    assert theirs is not None
    assert ours.id != theirs.id
    assert set(copied.repo().workspaces()) == before
    keys = {key for part, key in view_of(copied.repo()) if part == "workspaces"}
    assert keys == {f"{ours.id}/default", f"{ours.id}/two"}
    check(copied)


def test_a_workspace_that_cannot_be_read_is_not_lost_in_a_copy(
    world: World, tmp_path: Path
) -> None:
    with world.repo().transaction("damage") as tx:
        tx.set(WORKSPACES, f"{tx.base.replica}/two", '{"commit":null,"session":5}')
    copied = copy(world, tmp_path / "copy.git")

    with pytest.raises(CorruptOperation, match=r"workspaces/.*/two"):
        copied.new("a", "first write")

    assert copied.kinds() == world.kinds()


def test_undo_of_the_first_operation_in_a_copy_keeps_its_place(
    world: World, tmp_path: Path
) -> None:
    copied = mirror(world, tmp_path / "copy.git")
    place = copied.repo().workspace
    copied.fork("a", "first")
    copied.repo().undo()
    assert copied.repo().workspace == place
    assert set(copied.repo().workspaces()) == {"default", "two"}
    check(copied)


def test_a_command_that_changes_nothing_records_no_operation_in_a_copy_either(
    world: World, tmp_path: Path
) -> None:
    copied = mirror(world, tmp_path / "copy.git")
    log = copied.kinds()
    with copied.repo().transaction("nothing"):
        pass
    assert copied.kinds() == log
    check(copied)
    assert copied.repo().workspace == world.repo().workspace


def test_a_copy_of_a_copy_undoes_what_the_first_did(world: World, tmp_path: Path) -> None:
    first = mirror(world, tmp_path / "first.git")
    first.fork("a", "by-first")
    second = mirror(first, tmp_path / "second.git")
    second.fork("a", "by-second")
    done = [second.repo().undo().operation.data.description for _ in range(3)]
    assert [text.split(" ")[1] for text in done] == ["by-second", "by-first", "delete"]
    check(second)


def test_a_clone_of_a_repository_between_publication_and_export_is_whole(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(publish, "export", lambda *arguments: [])
        world.fork("a", "half")
    assert "half" not in world.refs()
    copied = mirror(world, tmp_path / "copy.git")
    assert "half" in dict(copied.repo().names("sessions"))
    done = copied.repo().undo()
    assert done.operation.data.description.startswith("fork half")
    assert "outside" not in copied.kinds()
    check(copied)


def test_every_operation_still_loads_after_gc_in_a_clone(world: World, tmp_path: Path) -> None:
    copied = mirror(world, tmp_path / "copy.git")
    repo = copied.repo()
    for operation in log_of(repo):
        for part, key in view_of(repo, operation):
            if part == "heads":
                repo.repository.read(key)
    assert described(log_of(repo)) == described(log_of(world.repo()))


def test_push_and_clone_with_checks_on(world: World, tmp_path: Path) -> None:
    for number in range(40):
        world.fork("a", f"n{number}")
    target = tmp_path / "target.git"
    git(tmp_path, "init", "-q", "--bare", str(target))
    git(target, "config", "receive.fsckObjects", "true")
    git(world.path, "push", "-q", "--mirror", str(target))
    checked = ("-c", "transfer.fsckObjects=true", "-c", "fetch.fsckObjects=true")
    clone = tmp_path / "clone.git"
    git(tmp_path, *checked, "clone", "-q", "--mirror", f"file://{target}", str(clone))
    copied = later(world, World(clone, make=False, seed="clone"))
    assert copied.refs() == world.refs()
    copied.repo().undo()
    check(copied)


def test_a_moved_repository_stays_the_same_replica(world: World, tmp_path: Path) -> None:
    world.repo()
    moved = tmp_path / "moved.git"
    os.rename(world.path, moved)
    same = later(world, World(moved, make=False))
    before = same.repo().repository.replica
    same.fork("a", "more")
    assert same.open().repository.replica == before
    check(same)


def test_many_commits_in_one_operation_are_all_kept_alive(world: World, tmp_path: Path) -> None:
    from tests.porcelain.actions.importing.test_import_transcript import turns

    world.load(turns(40).data())
    with world.repo().transaction("many") as tx:
        for number in range(300):
            tx.set_session(f"n{number}", tx.fork(world.repo().resolve("a"), f"f{number}").commit)
    world.repo().undo()
    copied = mirror(world, tmp_path / "copy.git")
    copied.repo().redo()
    assert len(copied.refs()) == len(world.refs()) + 600
    check(copied)
