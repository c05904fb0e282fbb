"""Undo and redo: the three-way inverse, the operations stepped over, and the refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.errors import NothingToRedo, NothingToUndo, UndoBlocked
from store.ids import CommitId
from tests.harness.world import World, chat, check, described, view_of


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with one session of two commits."""
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three", "four"))
    return world


def undone(world: World, workspace: str = "default") -> str:
    """Undo; return the description of the operation that was taken back."""
    return world.repo(workspace).undo().operation.data.description


def test_repeated_it_goes_further_back_and_redo_walks_forward(world: World) -> None:
    world.fork("talk", "a")
    world.append("in a")
    world.fork("talk", "b")
    views = [view_of(world.repo())]
    for _ in range(3):
        undone(world)
        views.append(view_of(world.repo()))
        check(world)
    for expected in views[-2::-1]:
        world.repo().redo()
        assert view_of(world.repo()) == expected
        check(world)
    with pytest.raises(NothingToRedo):
        world.repo().redo()


def test_a_new_operation_ends_the_redo_stack(world: World) -> None:
    world.fork("talk", "a")
    world.fork("talk", "b")
    undone(world)
    world.fork("talk", "c")
    with pytest.raises(NothingToRedo):
        world.repo().redo()
    assert undone(world).startswith("fork c")
    assert undone(world).startswith("fork a"), "what was undone is not undone again"


def test_redo_after_redo_and_undo_in_between(world: World) -> None:
    for name in "abc":
        world.fork("talk", name)
    full = view_of(world.repo())
    for _ in range(3):
        undone(world)
    world.repo().redo()
    assert undone(world).startswith("fork a")
    for _ in range(3):
        world.repo().redo()
    assert view_of(world.repo()) == full


def test_at_either_end_it_says_so(repo_path: Path) -> None:
    world = World(repo_path)
    with pytest.raises(NothingToUndo):
        world.repo().undo()
    with pytest.raises(NothingToRedo):
        world.repo().redo()
    world.save(chat("talk", "one"))
    undone(world)
    with pytest.raises(NothingToUndo):
        world.repo().undo()
    assert world.refs() == {}
    check(world)


def test_a_command_that_changes_nothing_leaves_redo_alone(world: World) -> None:
    world.fork("talk", "a")
    undone(world)
    world.save(chat("talk", "one", "two", "three", "four"))
    world.repo().redo()
    assert "a" in world.refs()


def test_an_operation_of_another_workspace_is_not_undone_but_by_name(world: World) -> None:
    world.fork("talk", "mine")
    world.fork("talk", "other", workspace="two")
    assert undone(world).startswith("fork mine")
    assert sorted(world.refs()) == ["other", "talk"]
    done = world.repo().undo(by="two")
    assert done.operation.data.description.startswith("fork other")
    assert sorted(world.refs()) == ["talk"]
    check(world)


def test_by_session_the_newest_that_touched_it_saves_included(world: World) -> None:
    world.fork("talk", "b")
    world.store().append(world.tip("talk"), [{"role": "user", "content": "five"}])
    tip = world.repo().resolve("talk-")
    world.fork(tip, "c")
    done = world.repo().undo(session="talk")
    assert done.operation.data.description == "outside: session talk moved forward"
    check(world)
    assert world.tip("talk") == tip


def test_it_refuses_where_a_change_would_go_that_carries_a_child(world: World) -> None:
    made = world.fork("talk", "a").commit
    world.edit("talk", "talk")
    world.new(made, "child", workspace="two")
    undone(world)
    before = view_of(world.repo())
    with pytest.raises(UndoBlocked) as caught:
        world.repo().undo()
    assert [line.split(" ")[1:4] for line in caught.value.operations] == [["two:", "new", "empty"]]
    assert any("wj undo --skip" in hint for hint in caught.value.hints)
    assert any("wj op revert" in hint for hint in caught.value.hints)
    assert view_of(world.repo()) == before
    check(world)


def test_it_refuses_where_another_workspace_stands_on_it(world: World) -> None:
    made = world.fork("talk", "a").commit
    world.edit(made, workspace="two")
    with pytest.raises(UndoBlocked):
        world.repo().undo()
    world.edit("talk", workspace="two")
    undone(world)
    check(world)


def test_it_refuses_where_a_session_was_put_on_it(world: World) -> None:
    made = world.fork("talk", "a").commit
    with world.repo("two").transaction("session create", kind="session") as tx:
        tx.set_session("theirs", made)
    with pytest.raises(UndoBlocked) as caught:
        world.repo().undo()
    assert len(caught.value.operations) == 1


def test_skip_steps_over_the_refused_one(world: World) -> None:
    world.fork("talk", "first")
    made = world.fork("talk", "second").commit
    world.new(made, "child", workspace="two")
    done = world.repo().undo(skip=True)
    assert done.operation.data.description.startswith("fork first")
    assert [text[:11] for text in described(done.stepped_over)] == ["fork second"]
    assert sorted(world.refs()) == ["second", "talk"]
    check(world)


def test_returning_to_an_earlier_version_is_allowed_and_children_follow(world: World) -> None:
    old = world.tip("talk")
    world.save(chat("talk", "one", "two", "three", "four", notes="header"))
    new = world.tip("talk")
    child = world.new(new, "child", workspace="two").commit
    undone(world)
    repo = world.repo("two")
    assert world.tip("talk") == old
    assert repo.workspace.commit != child
    assert repo.resolve("@-") == old
    assert repo.row(repo.position("@")).subject == "child"
    check(world)


def test_what_others_have_taken_back_meanwhile_does_not_hold_undo_up(world: World) -> None:
    world.fork("talk", "a")
    world.edit("talk", "talk")
    with world.repo().transaction("mark") as tx:
        tx.set("tags", "t", world.tip("talk"))
    with world.repo("two").transaction("unmark") as tx:
        tx.set("tags", "t", None)
    done = world.repo().undo()
    assert done.operation.data.kind == "edit"
    assert described(done.stepped_over) == ["mark"]


def test_undo_of_a_fork_restores_the_workspace_that_made_it(world: World) -> None:
    before = world.repo().workspace
    world.fork("talk-", "a")
    world.append("in a")
    undone(world)
    undone(world)
    assert world.repo().workspace == before
    check(world)


def test_a_thousand_steps_back_something_is_found(world: World) -> None:
    world.fork("talk", "mine")
    sessions = world.store()
    info = sessions.save(chat("fw", "hello"))
    for number in range(70):
        info = sessions.append(info.id, [{"role": "user", "content": str(number)}])
        world.new("talk", str(number), workspace="two")
    done = world.repo().undo(session="mine")
    assert done.operation.data.description.startswith("fork mine")
    check(world)


def test_undo_in_one_workspace_keeps_what_the_other_did_since(world: World) -> None:
    world.fork("talk", "mine")
    world.fork("talk", "theirs", workspace="two")
    world.append("more", workspace="two")
    before = world.repo("two").workspace
    undone(world)
    assert world.repo("two").workspace == before
    assert sorted(world.refs()) == ["talk", "theirs"]
    world.repo().redo()
    assert sorted(world.refs()) == ["mine", "talk", "theirs"]
    check(world)


def test_the_log_never_loses_an_operation_and_each_still_loads(world: World) -> None:
    world.fork("talk", "a")
    undone(world)
    world.repo().redo()
    operations = world.repo().operations()
    assert [op.data.kind for op in operations] == ["redo", "undo", "fork", "save", "save"]
    for operation in operations:
        view = view_of(world.repo(), operation)
        for part, key in view:
            assert part != "heads" or world.repo().index.position(CommitId(key)) is not None
