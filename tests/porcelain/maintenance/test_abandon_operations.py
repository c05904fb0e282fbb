"""Abandoning operations: the log gets shorter, the state stays, and nothing visible is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.errors import (
    CorruptOperation,
    NothingToRedo,
    NothingToUndo,
    Refused,
    UnknownOperation,
)
from porcelain.index.view_rows import versions
from porcelain.maintenance.abandon_operations import Abandoned, abandon, operation_range
from porcelain.model.operation import ROOT_OPERATION, Operation
from porcelain.model.operation_store import kept_commits, read_operation
from tests.harness.bare import git
from tests.harness.world import (
    World,
    ancestors,
    chat,
    check,
    described,
    log_of,
    outcome,
    view_of,
)


@pytest.fixture
def world(repo_path: Path) -> World:
    """A repository with two saves, a fork, and commands in it."""
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three", "four"))
    world.fork("talk", "a")
    world.append("in a")
    world.append("more")
    return world


def drop(world: World, text: str) -> Abandoned:
    """Abandon the operations that an expression names."""
    repo = world.repo()
    return abandon(repo, operation_range(repo, text))


def collect(world: World) -> None:
    """Collect all unreachable objects, and check the rest."""
    world.git("reflog", "expire", "--expire=now", "--all")
    world.git("gc", "--quiet", "--prune=now")
    check(world)


def check_log(world: World) -> None:
    """Fail unless the index has the same log as git, and every state can be read."""
    repo = world.open()
    log = log_of(repo)
    assert [one.id for one in repo.operations()] == [one.id for one in log]
    for operation in log:
        for part, key in view_of(repo, operation):
            if part == "heads":
                world.git("cat-file", "-e", f"{key}^{{tree}}")


def same(one: Operation, other: Operation) -> bool:
    """Tell whether two operations differ in ids alone."""
    bare = [op.data._replace(parents=(), links={}, attributes={}) for op in (one, other)]
    return bare[0] == bare[1] and one.view == other.view


def test_what_is_below_the_newest_goes_and_the_state_stays(world: World) -> None:
    before, old = view_of(world.repo()), world.repo().operations()
    done = drop(world, "..@-")

    assert list(done.operations) == [op.id for op in old[1:]]
    assert done.reparented == {old[0].id: done.head}
    assert {*world.refs("refs/wj").values()} == {done.head}
    (only,) = world.repo().operations()
    assert same(only, old[0])
    assert only.data.parents == ()
    assert view_of(world.repo()) == before
    check_log(world)
    collect(world)
    world.append("still works")
    check(world)


def test_a_range_in_the_middle(world: World) -> None:
    old = world.repo().operations()
    done = drop(world, f"{old[3].id[:12]}..{old[1].id[:12]}")

    assert list(done.operations) == [old[1].id, old[2].id]
    new = world.repo().operations()
    assert [op.id for op in new[1:]] == [op.id for op in old[3:]]
    assert same(new[0], old[0])
    assert new[0].data.parents == (old[3].id,)
    check_log(world)
    collect(world)
    assert described([world.repo().undo().operation])[0].startswith("append")
    assert view_of(world.repo()) == view_of(world.repo(), old[3])


def test_a_revert_and_what_it_reverted_go_without_a_trace(world: World) -> None:
    world.fork("talk", "bad")
    bad = world.repo().head
    world.repo().revert("@")
    drop(world, bad)
    drop(world, "@--..@-")
    collect(world)
    assert not world.git("log", "--format=%s", "refs/wj/op").startswith("fork bad")
    assert sorted(world.refs()) == ["a", "talk"]


def test_an_empty_range_changes_nothing(world: World) -> None:
    head = world.repo().head
    assert drop(world, "@..@-") == ((), {}, head)
    assert drop(world, "@..") == ((), {}, head)
    assert world.repo().head == head


def test_what_cannot_be_abandoned(world: World) -> None:
    log = [op.id for op in world.repo().operations()]
    with pytest.raises(Refused, match="Cannot abandon the root operation"):
        drop(world, ROOT_OPERATION)
    for text in ("@", "..@", "..", "@-..", f"{log[2]}..@"):
        with pytest.raises(Refused, match="Cannot abandon the current operation"):
            drop(world, text)
    assert outcome(lambda: drop(world, "..beef")).startswith(UnknownOperation.__name__)
    assert [op.id for op in world.repo().operations()] == log
    check(world)


def test_those_above_keep_what_they_say_and_the_state_that_they_made(world: World) -> None:
    world.repo().undo()
    world.repo().redo()
    world.repo().revert("@--")
    world.repo().restore("@-")
    old = world.repo().operations()
    drop(world, "..@-----")
    new = world.repo().operations()

    assert len(new) == 5
    for one, other in zip(new, old, strict=False):
        assert same(one, other)
    assert [op.data.parents for op in new] == [*((op.id,) for op in new[1:]), ()]


def test_links_follow_and_those_to_what_is_gone_are_left_out(world: World) -> None:
    world.fork("talk", "b")
    world.repo().undo()
    world.repo().redo()
    world.repo().revert("@--")
    drop(world, "..@----")
    revert, redo, undo, fork = world.repo().operations()[:4]
    assert undo.data.links == {"undoes": fork.id}
    assert redo.data.links == {"redoes": undo.id, "target": fork.id}
    assert revert.data.links == {"reverts": fork.id}

    drop(world, "@---")
    revert, redo, undo = world.repo().operations()[:3]
    assert undo.data.links == revert.data.links == {}
    assert redo.data.links == {"redoes": undo.id}
    check_log(world)
    collect(world)


def test_undo_goes_on_above_and_ends_where_the_log_was_cut(world: World) -> None:
    world.fork("talk", "b")
    world.fork("talk", "c")
    drop(world, "..@---")
    collect(world)
    oldest = view_of(world.repo(), world.repo().operations()[-1])

    for name in "cb":
        assert described([world.repo().undo().operation])[0].startswith(f"fork {name}")
    assert view_of(world.repo()) == oldest
    with pytest.raises(NothingToUndo):
        world.repo().undo()
    world.repo().redo()
    world.repo().redo()
    with pytest.raises(NothingToRedo):
        world.repo().redo()
    assert sorted(world.refs()) == ["a", "b", "c", "talk"]
    check(world)


def test_an_undo_whose_operation_is_gone_can_be_redone(world: World) -> None:
    world.fork("talk", "b")
    world.fork("talk", "c", workspace="two")
    world.repo().undo()
    full = sorted(world.refs())
    drop(world, "@--")
    collect(world)
    world.repo().redo()
    assert full == ["a", "c", "talk"]
    assert sorted(world.refs()) == ["a", "b", "c", "talk"]
    check(world)


def test_undo_steps_past_what_has_become_idle(world: World) -> None:
    target = world.repo().head
    before = view_of(world.repo(), world.repo().operations()[1])
    world.fork("talk", "b")
    world.repo().restore(target)
    drop(world, f"{target}..@-")

    found = world.repo().undo()
    assert found.operation.id == target
    assert described(found.stepped_over)[0].startswith("restore to")
    assert view_of(world.repo()) == before
    check(world)


def test_a_collection_takes_nothing_that_is_shown_or_named(world: World) -> None:
    world.new("talk-", "kept by its place", workspace="two")
    world.git("tag", "mark", world.repo().resolve("talk-"))
    world.repo().undo(by="two")
    world.repo().redo()
    world.append("newest")
    old = world.repo().operations()
    for text in ("..@--------", "@--", "..@---"):
        drop(world, text)
        collect(world)
        check_log(world)
    for operation in world.repo().operations():
        world.repo().restore(operation.id)
        check(world)
    assert len(world.repo().operations()) < len(old)


def test_what_a_predecessor_names_is_kept(world: World) -> None:
    world.fork("talk", "b")
    empty = world.repo().resolve("@")
    world.append("filled")
    drop(world, "..@-")
    collect(world)

    assert empty in {old for op in log_of(world.repo()) for o in op.data.predecessors.values()
                     for old in o}  # fmt: skip
    world.git("cat-file", "-e", f"{empty}^{{tree}}")


def test_hidden_commits_of_abandoned_operations_are_forgotten(world: World) -> None:
    world.fork("talk", "b")
    world.append("first")
    change = world.repo().change_id(world.repo().position("@"))
    gone = world.repo().resolve("@")
    world.repo().undo()
    world.new("talk")
    world.new("talk", "on")
    assert len(versions(world.repo().index, change)) == 2
    drop(world, "..@-")
    collect(world)

    repo = world.open()
    assert len(versions(repo.index, change)) == 1
    assert repo.index.position(gone) is None
    assert outcome(lambda: world.git("cat-file", "-e", gone)) != ""


def test_hundreds_of_names_are_kept_through_keep_commits(repo_path: Path) -> None:
    world = World(repo_path)
    store = world.store()
    for number in range(40):
        store.save(chat(f"s{number:02}", f"text {number}"))
    world.new("s00", "one")
    world.new("s00", "two")
    drop(world, "..@-")
    collect(world)
    (only,) = world.repo().operations()
    read = read_operation(world.repo().repository, only.id)
    assert len(read.kept) <= 18
    kept = set(kept_commits(world.repo().repository, read))
    assert set(world.refs().values()) <= ancestors(world.repo(), kept)


def test_what_others_do_meanwhile_is_recorded_and_stays(world: World) -> None:
    repo = world.repo()
    gone = operation_range(repo, "..@-")
    world.store().append(world.tip("talk"), [{"role": "user", "content": "outside"}])
    world.fork("talk", "theirs", workspace="two")
    world.store().append(world.tip("a"), [{"role": "user", "content": "outside too"}])

    abandon(repo, gone)

    assert world.kinds() == ["outside", "fork", "outside", "append"]
    assert sorted(world.refs()) == ["a", "talk", "theirs"]
    check(world)
    check_log(world)
    collect(world)


def test_one_that_is_open_meanwhile_goes_on(world: World) -> None:
    other = world.open("two")
    drop(world, "..@-")
    collect(world)
    other.reload()
    assert [op.id for op in other.operations()] == [op.id for op in log_of(other)]
    with other.transaction("note") as tx:
        tx.new(other.resolve("talk"), "note")
    assert world.kinds()[:2] == ["new", "append"]
    check(world)


def test_a_writer_that_looked_before_goes_on_without_looking_again(world: World) -> None:
    other = world.open("two")
    tip = other.resolve("talk")
    drop(world, "..@-")
    with other.transaction("note") as tx:
        tx.new(tip, "note")
    check(world)
    check_log(world)


def test_the_same_operations_cannot_be_abandoned_twice(world: World) -> None:
    repo = world.repo()
    gone = operation_range(repo, "..@-")
    abandon(world.open(), gone)
    before = world.repo().head
    assert outcome(lambda: abandon(repo, gone)).startswith(UnknownOperation.__name__)
    assert world.repo().head == before


def test_a_clone_of_a_cut_log_still_continues_the_replica(world: World, tmp_path: Path) -> None:
    clone = tmp_path / "clone.git"
    git(tmp_path, "clone", "--quiet", "--mirror", str(world.path), str(clone))
    other = World(clone, seed="other", make=False, host="there")
    other.fork("talk", "b")
    other.fork("talk", "c")
    drop(other, "@-")
    collect(other)
    for start in ("fork c", "append", "append"):
        assert described([other.repo().undo().operation])[0].startswith(start)
    check(other)


def test_refs_that_could_not_be_written_yet_hold_back_what_tells_whose_they_are(
    world: World,
) -> None:
    lock = world.path / "refs" / "sessions" / "a.lock"
    lock.write_text("")
    world.append("while locked")
    world.append("again")
    assert world.refs("refs/wj")["exported"] != world.refs("refs/wj")["op"]
    log = [op.id for op in world.repo().operations()]

    with pytest.raises(Refused, match="cannot be written yet"):
        drop(world, "@-")
    assert [op.id for op in world.repo().operations()] == log
    lock.unlink()
    drop(world, "@-")
    assert "outside" not in world.kinds()
    check(world)


def test_a_damaged_operation_is_named_and_nothing_is_written(world: World) -> None:
    repo = world.repo()
    second = repo.operations()[1].id
    gone = operation_range(repo, "..@--")
    tree = world.git("rev-parse", f"{second}^{{tree}}").strip()
    head = world.refs("refs/wj")
    _remove(world, world.git("rev-parse", f"{tree}:operation.json").strip())

    said = outcome(lambda: abandon(World(world.path, make=False).open(), gone))

    assert said.startswith(CorruptOperation.__name__)
    assert second in said
    assert world.refs("refs/wj") == head


def _remove(world: World, object_id: str) -> None:
    """Delete an object: unpack all, then remove its file."""
    packs = sorted((world.path / "objects" / "pack").glob("*.pack"))
    datas = [pack.read_bytes() for pack in packs]
    for pack in packs:
        for file in pack.parent.glob(f"{pack.stem}.*"):
            file.unlink()
    for data in datas:
        git(world.path, "unpack-objects", "-q", data=data)
    (world.path / "objects" / object_id[:2] / object_id[2:]).unlink()


def test_a_cut_log_is_mirrored_and_collected_whole(world: World, tmp_path: Path) -> None:
    drop(world, "..@-")
    clone = tmp_path / "clone.git"
    fsck = ("-c", "transfer.fsckObjects=true")
    git(tmp_path, *fsck, "clone", "--quiet", "--mirror", str(world.path), str(clone))
    other = World(clone, seed="other", make=False, host="there")
    collect(other)
    assert other.texts("a") == world.texts("a")
