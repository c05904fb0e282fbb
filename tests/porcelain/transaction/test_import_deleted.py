"""Sessions that a framework deletes or renames are brought back by `wj undo`."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.repository.deleted_ref import deleted_sessions
from tests.harness.world import World, chat, check


@pytest.mark.parametrize("seen", [False, True], ids=["unseen", "seen"])
@pytest.mark.parametrize("logged", [False, True], ids=["adopted", "logged"])
def test_a_deletion_is_undone(tmp_path: Path, seen: bool, logged: bool) -> None:
    world = World(tmp_path / "r.git")
    if logged:
        world.new("root()")
    store = world.store()
    store.save(chat("good", "stays"))
    store.save(chat("bad", "one"))
    if seen:
        world.new("root()")
    tip = store.append("bad", [{"role": "user", "content": "two", "tool_calls": []}])
    store.delete("bad")

    world.repo().undo()

    assert store.resolve("bad") == tip.id
    assert store.load("bad").rows == 2
    assert store.load("good").rows == 1
    assert deleted_sessions(store.repository) == []
    world.git("gc", "-q", "--prune=now")
    check(World(world.path, make=False))


def test_a_name_that_was_used_again_keeps_its_new_session(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    world.new("root()")
    store = world.store()
    old = store.save(chat("a", "old"))
    store.delete("a")
    new = store.save(chat("a", "new"), parent=None)
    world.new("root()")
    assert store.resolve("a") == new.id
    assert old.id in world.git("rev-list", "--all")
    check(World(world.path, make=False))


def test_a_rename_is_undone(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    world.new("root()")
    store = world.store()
    tip = store.save(chat("a", "one"))
    world.new("root()")
    store.rename("a", "b")

    world.repo().undo()

    assert [(info.name, info.id) for info in store.sessions()] == [("a", tip.id)]
    check(World(world.path, make=False))
