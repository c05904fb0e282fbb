"""Undo and redo beside renamed sessions: the current session always exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.actions.naming.sessions_and_tags import delete_names, rename_session
from porcelain.actions.naming.workspaces import add_workspace
from porcelain.model.view_value import SESSIONS
from tests.harness.world import World, chat, check


@pytest.fixture
def world(repo_path: Path) -> World:
    """Sessions `talk`, which was current, and `other`, which is; and a workspace `b`."""
    world = World(repo_path)
    world.save(chat("talk", "one"))
    world.save(chat("other", "uno"))
    with world.repo().transaction() as tx:
        add_workspace(tx, "b")
    world.edit("talk", "talk")
    world.edit("other", "other")
    return world


def rename(world: World, old: str, new: str) -> None:
    with world.repo("b").transaction() as tx:
        rename_session(tx, old, new)


def current(world: World) -> str | None:
    """Return the current session of the default workspace, which has to exist."""
    repo = world.repo()
    session = repo.workspace.session
    assert session is None or session in dict(repo.names(SESSIONS))
    check(world)
    return session


def test_undo_finds_a_session_under_its_new_name(world: World) -> None:
    rename(world, "talk", "speech")
    rename(world, "speech", "sermon")
    world.repo().undo()
    assert current(world) == "sermon"
    world.repo().redo()
    assert current(world) == "other"


def test_redo_follows_names_as_well(world: World) -> None:
    rename(world, "other", "b1")
    world.repo().undo()
    assert current(world) == "talk"
    rename(world, "b1", "b2")
    rename(world, "talk", "speech")
    world.repo().redo()
    assert current(world) == "b2"


def test_a_deleted_session_is_not_made_current(world: World) -> None:
    with world.repo("b").transaction() as tx:
        delete_names(tx, SESSIONS, ["talk"])
    world.repo().undo()
    assert current(world) is None
    world.repo().redo()
    assert current(world) == "other"


def test_undoing_a_rename_takes_current_sessions_along(world: World) -> None:
    rename(world, "talk", "speech")
    world.edit("speech", "speech")
    world.repo("b").undo()
    assert current(world) == "talk"
    world.repo("b").redo()
    assert current(world) == "speech"
