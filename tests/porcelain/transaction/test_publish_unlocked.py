"""Rewriting many commits: no other writer waits, and no concurrent change is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.repo.repo import MANY_COMMITS
from porcelain.transaction.rebase_descendants import rebase_descendants
from porcelain.transaction.transaction import Transaction
from store.errors import StorageFailure
from store.ids import CommitId
from store.objects.commit import Commit, Signature, read_commit, write_commit
from store.repository.pack_writer import ObjectBatch
from tests.harness.processes import Gate, finish, start
from tests.harness.work import lines_run
from tests.harness.world import World, chat, check

WHO = Signature("Ada", "ada@example.org", 1_772_000_000)


def line(world: World, length: int, name: str = "long") -> list[CommitId]:
    """Make a session of so many commits, all with the transcript of `talk`, newest last."""
    tree = read_commit(world.repo().repository, world.tip("talk")).tree
    made: list[CommitId] = []
    with ObjectBatch(world.repo().repository) as batch:
        for number in range(length):
            commit = Commit(tree, tuple(made[-1:]), WHO, WHO, f"{number}\n")
            made.append(write_commit(batch, commit))
        batch.flush()
        with world.repo().transaction("line") as tx:
            tx.add_heads(made[-1:])
            tx.set_session(name, made[-1])
    return made


def describe(tx: Transaction, commit_id: CommitId, text: str) -> CommitId:
    """Give a commit another description."""
    commit = read_commit(tx.batch, commit_id)
    return tx.write(commit._replace(message=f"{text}\n"), [commit_id])


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with a short conversation."""
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one", "two"))
    return world


def titles(world: World, name: str) -> list[str]:
    """Return the first lines of a session's lineage, newest first."""
    shown = world.git("log", "--format=%s", f"refs/sessions/{name}")
    return shown.split("\n")[:-1]


def test_what_is_large_is_told_from_the_descendants(world: World) -> None:
    made = line(world, MANY_COMMITS + 5)

    assert world.repo().is_large([made[0]])
    assert not world.repo().is_large([made[10]])


def test_alone_it_is_one_operation_as_any_other(world: World) -> None:
    made = line(world, 250)

    with world.repo().transaction("describe", large=True) as tx:
        new = describe(tx, made[0], "root")

    assert titles(world, "long")[-1] == "root"
    assert world.repo().final(new) == new
    assert world.kinds()[:2] == ["describe", "line"]
    check(world)
    world.repo().undo()
    assert world.tip("long") == made[-1]
    check(world)


def test_it_leaves_nothing_behind_where_it_fails(world: World) -> None:
    made = line(world, 10)
    before = world.subjects()

    with pytest.raises(ZeroDivisionError), world.repo().transaction("x", large=True) as tx:
        describe(tx, made[0], str(1 // 0))

    assert world.subjects() == before
    check(world)


def test_refs_that_others_move_are_recorded_first(world: World) -> None:
    made = line(world, 10)
    world.store().save(chat("fw", "hello"))

    with world.repo().transaction("describe", large=True) as tx:
        describe(tx, made[0], "root")

    assert world.kinds()[:2] == ["describe", "outside"]
    check(world)


def test_others_who_add_elsewhere_meanwhile_are_kept_as_they_are(world: World) -> None:
    made = line(world, 20)
    other = World(world.path, seed="other", make=False)

    with world.repo().transaction("describe", large=True) as tx:
        describe(tx, made[0], "root")
        appended = other.append("more", workspace="w2", session="w2").commit

    assert world.kinds()[:2] == ["describe", "append"]
    assert titles(world, "long")[-1] == "root"
    assert world.tip("w2") == appended
    check(world)
    world.repo().undo()
    assert world.tip("long") == made[-1]
    assert world.tip("w2") == appended
    check(world)


def test_what_others_do_to_the_same_commits_meanwhile_follows(world: World) -> None:
    made = line(world, 20)
    other = World(world.path, seed="other", make=False)

    with world.repo().transaction("describe", large=True) as tx:
        new = describe(tx, made[0], "root")
        rebase_descendants(tx)
        child = other.new("long", "child", workspace="w2").commit

    assert world.repo().final(new) == new
    place = world.repo("w2").workspace.commit
    assert place not in (None, child)
    assert read_commit(world.repo().repository, place).parents == (world.tip("long"),)
    assert titles(world, "long")[-1] == "root"
    check(world)


def test_others_who_are_faster_twice_are_kept_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second rebase is under the lock; commits are found by the ids that they had first."""
    made = line(world, 20)
    others = [World(world.path, seed=f"o{n}", make=False) for n in range(2)]
    real = ObjectBatch.flush

    def flush(batch: ObjectBatch) -> None:
        if others and world.repo().repository.lock_file.fd < 0:
            others.pop().new("long", "child", workspace=f"w{len(others)}")
        real(batch)

    with world.repo().transaction("describe", large=True) as tx:
        new = describe(tx, made[0], "root")
        monkeypatch.setattr(ObjectBatch, "flush", flush)
    monkeypatch.undo()

    assert others == []
    assert world.kinds()[:3] == ["describe", "new", "new"]
    assert read_commit(world.repo().repository, world.repo().final(new)).message == "root\n"
    for name in ("w0", "w1"):
        place = world.repo(name).workspace.commit
        assert place is not None
        assert read_commit(world.repo().repository, place).parents == (world.tip("long"),)
    assert titles(world, "long")[-1] == "root"
    check(world)


def test_two_that_rewrite_the_same_at_once_diverge_and_lose_nothing(world: World) -> None:
    made = line(world, 8)
    other = World(world.path, seed="other", make=False)

    with world.repo().transaction("describe", large=True) as tx:
        describe(tx, made[0], "ours")
        repo = other.open()
        with repo.transaction("describe") as faster:
            describe(faster, made[0], "theirs")

    shown = world.git("log", "--all", "--format=%s").split("\n")
    assert {"ours", "theirs"} <= set(shown)
    check(world)


def test_others_append_while_rewritten_commits_are_written_to_disk(world: World) -> None:
    made = line(world, 30)
    begun, appended = Gate(), Gate()

    def rewrite() -> None:
        real = ObjectBatch.flush

        def flush(self: ObjectBatch, ref: str = "") -> None:
            ObjectBatch.flush = real  # type: ignore[method-assign]
            begun.open()
            appended.wait()
            self.flush(ref)

        ObjectBatch.flush = flush  # type: ignore[method-assign]
        own = World(world.path, seed="p", make=False)
        with own.repo().transaction("describe", large=True) as tx:
            describe(tx, made[0], "root")

    child = start(rewrite)
    begun.wait()
    for number in range(5):
        world.append(str(number), workspace="w2", session="w2" if number == 0 else None)
    appended.open()
    finish(child)

    assert titles(world, "long")[-1] == "root"
    assert len(world.texts("w2")) == 5
    check(world, fsck=False)


def test_the_lock_is_held_for_a_small_part_of_a_large_rewrite(world: World) -> None:
    made = line(world, 1000)
    lock = world.repo().repository.lock_file

    def rewrite() -> None:
        with world.repo().transaction("describe", large=True) as tx:
            describe(tx, made[0], "root")
            world.append("first", workspace="w2", session="w2")  # by another, meanwhile

    whole = locked = 0

    def count() -> bool:
        nonlocal whole, locked
        whole += 1
        locked += lock.fd >= 0
        return True

    lines_run(rewrite, count)

    assert 0 < locked < whole / 5
    assert titles(world, "long")[-1] == "root"
    check(world, fsck=False)


def test_refs_that_could_not_be_written_are_written_by_the_next_command(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = line(world, 30)

    def refuse(*_: object) -> None:
        raise StorageFailure("refs", "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("porcelain.transaction.publish.export", refuse)
        with world.repo().transaction("describe", large=True) as tx:
            describe(tx, made[0], "root")
    assert titles(world, "long")[-1] == "0"

    world.append("next", workspace="w2", session="w2")

    assert titles(world, "long")[-1] == "root"
    assert world.kinds()[:2] == ["append", "describe"]
    check(world)


def test_reading_and_writing_beside_rewrites_of_nearly_everything(world: World) -> None:
    """The index grows while others read and write it; their positions stay valid."""
    length = 300
    line(world, length)
    world.append("0", workspace="w2", session="w2")
    done = world.path / "done"

    def rewrite() -> None:
        own = World(world.path, seed="p", make=False)
        try:
            for number in range(6):
                first = own.repo().resolve("roots(::long ~ root())")
                with own.repo().transaction("describe", large=True) as tx:
                    describe(tx, first, f"root {number}")
        finally:
            done.touch()

    def read() -> None:
        repo = World(world.path, seed="r", make=False).open()
        while not done.exists():
            repo.reload()
            shown = repo.select("::long ~ root()").positions()
            subjects = [repo.row(position).subject for position in shown]
            assert subjects[:-1] == [str(n) for n in range(length - 1, 0, -1)]
            assert subjects[-1].startswith("root ") or subjects[-1] == "0"

    readers = [start(read), start(read)]
    writer = start(rewrite)
    appended = 1
    while not done.exists():
        world.append(str(appended), workspace="w2")
        appended += 1
    for child in (writer, *readers):
        finish(child)

    assert world.texts("w2") == [str(number) for number in range(appended)]
    assert titles(world, "long")[-1] == "root 5"
    assert world.kinds().count("describe") == 6
    check(world)
