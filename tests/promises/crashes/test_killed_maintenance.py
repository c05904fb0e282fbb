"""Promise (laws 2 and 3): maintenance killed at any step leaves the state before or after.

Garbage collection, packing of objects and refs, abandoning, repair and export of refs are killed.
All states of all operations are still there, the log is the old or the new one, and the next command
works and removes the leftovers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from porcelain.actions.undoing.restore_operation import restore
from porcelain.maintenance.abandon_operations import abandon, operation_range
from porcelain.maintenance.doctor import examine
from porcelain.maintenance.repair import repair
from porcelain.maintenance.retention import Policy, collect
from porcelain.model.operation import Operation
from store.errors import CorruptRef, RefConflict
from store.gitdir import git_process as git_command
from store.ids import RefName
from store.index.database_file import remove_index_file
from store.maintenance import housekeeping
from store.maintenance.housekeeping import gc, roll_up
from store.maintenance.pack_rollup import join_small_packs
from store.repository import ref_lock as store_ref
from store.repository.ref_pack import pack_refs
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import leftovers
from tests.harness.copies import put_back
from tests.harness.faults import killed_at_every_step, run_killed_after
from tests.harness.world import World, ancestors, chat, check, log_of, view_of

View = dict[tuple[str, str], str]


class Upkeep(NamedTuple):
    """The work to kill, and the lengths that the log may have afterwards."""

    work: Callable[[World], object]
    lengths: tuple[int, ...] = (8,)
    every: int = 5
    with_git: bool = True
    harm: Callable[[World], object] = lambda world: None


def collecting(world: World) -> None:
    """Collect with a policy that abandons most operations."""
    collect(world.open(), Policy(operations=3), world.clock(), "now")


def abandoning(world: World) -> None:
    """Abandon operations in the middle of the log."""
    repo = world.open()
    abandon(repo, operation_range(repo, "@----..@-"))


def mending(world: World) -> None:
    """Repair the repository."""
    repository = opened(world)
    repair(repository, world.actor, examine(repository, patience=0.01))


def going_back(world: World) -> None:
    """Make, move and delete many refs at once."""
    repo = world.open()
    with repo.transaction() as tx:
        restore(tx, repo.operations()[-2].id)


def nonsense(world: World) -> None:
    """Damage the refs of a session and of the log, and delete one ref."""
    for name in ("sessions/talk", "wj/op"):
        (world.path / "refs" / name).write_text("nonsense\n")
    (world.path / "refs/wj/exported").unlink()


def lost_log(world: World) -> None:
    """Remove the newest operation from all refs."""
    (world.path / "refs/wj/op").unlink()


def unfinished(world: World) -> None:
    """Restore the refs of some operations ago."""
    before = log_of(world.open())[4]
    for (part, key), value in view_of(world.open(), before).items():
        if part == "sessions":
            world.git("update-ref", f"refs/sessions/{key}", value)
    world.git("update-ref", "refs/wj/exported", before.id)


UPKEEP = {
    "gc": Upkeep(lambda w: gc(opened(w), prune="now")),
    "gc without git": Upkeep(lambda w: gc(opened(w), prune="now"), every=7, with_git=False),
    "gc by a policy": Upkeep(collecting, lengths=(8, 3), every=9),
    "roll-up": Upkeep(lambda w: roll_up(opened(w), wait=True), every=2),
    "roll-up without git": Upkeep(lambda w: roll_up(opened(w), wait=True), every=7, with_git=False),
    "join packs": Upkeep(lambda w: join_small_packs(opened(w), 2), every=2),
    "pack refs": Upkeep(lambda w: pack_refs(opened(w)), every=2),
    "op abandon": Upkeep(abandoning, lengths=(8, 5), every=13),
    "export": Upkeep(going_back, lengths=(8, 9), every=13),
    "unfinished export": Upkeep(lambda w: w.new("talk"), (8, 9), 7, harm=unfinished),
    "doctor": Upkeep(mending, every=9, harm=nonsense),
    "doctor without a log": Upkeep(mending, every=9, harm=lost_log),
    "doctor with unfinished refs": Upkeep(mending, every=9, harm=unfinished),
}


class Base:
    """A repository, what its operations show, and its template to begin from again."""

    def __init__(self, folder: Path, upkeep: Upkeep) -> None:
        self.place = folder / "r.git"
        self.template = folder / "template.git"
        self.upkeep = upkeep
        world = World(self.place)
        world.save(chat("talk", "one", "two"))
        world.fork("talk", "side")
        world.append("in side")
        world.repo().undo()
        world.new("talk", "by hand")
        world.append("three", session="own")
        world.fork("talk", "a/b")
        world.append("four")
        self.seen = world.clock.now, world.chance.count
        self.log = log_of(world.open())
        self.views = {one.id: view_of(world.open(), one) for one in self.log}
        self.tip = view_of(world.open())
        upkeep.harm(world)
        self.template.mkdir()
        put_back(self.place, self.template)

    def again(self, step: object = None) -> World:
        """Restore the repository."""
        put_back(self.template, self.place)
        world = World(self.place, make=False)
        world.clock.now, world.chance.count = self.seen
        return world

    def judge(self, world: World, where: object, *, thorough: bool) -> int:
        """Check the state after a kill; return the length of the log."""
        if self.upkeep.work is mending:
            mending(world)
        log = log_of(world.open())
        assert len(log) in self.upkeep.lengths, where
        if len(log) == len(self.log):
            assert [one.id for one in log] == [one.id for one in self.log], where
        self._shows_all(world, log, where)
        world.new("talk", "the next command")
        assert "outside" not in world.kinds(), where
        left = [name for name in leftovers(self.place) if "store-index" not in name]
        assert left == [], where
        if thorough:
            assert examine(opened(world), patience=0.01).faults == [], where
            check(world)
        return len(log)

    def _shows_all(self, world: World, log: list[Operation], where: object) -> None:
        repo = world.open()
        named: set[str] = set()
        for one in log:
            view = view_of(repo, one)
            assert view == self.views.get(one.id, view), where
            named.update(key for part, key in view if part == "heads")
        if len(log) <= len(self.log):
            assert view_of(repo) == self.tip, where
        kept = ancestors(repo, [log[0].id])
        assert named <= kept, where


def opened(world: World) -> Repository:
    return Repository.open(str(world.path))


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Shorten the wait for locks that a killed git left on our own refs."""
    monkeypatch.setattr(store_ref, "BREAK_AFTER", 0.2)
    return monkeypatch


def without_git(patch: pytest.MonkeyPatch, upkeep: Upkeep) -> None:
    if not upkeep.with_git:
        patch.setattr(git_command, "find_git", lambda: None)
        patch.setattr(housekeeping, "find_git", lambda: None)


def kill_at_steps(base: Base, every: int) -> None:
    lengths = set()
    for step, world in killed_at_every_step(base.again, base.upkeep.work, every=every):
        lengths.add(base.judge(world, step, thorough=step % (3 * every) == 1))
    assert lengths == set(base.upkeep.lengths)


@pytest.mark.parametrize("name", list(UPKEEP))
def test_killed_at_some_step(tmp_path: Path, patch: pytest.MonkeyPatch, name: str) -> None:
    base = Base(tmp_path, UPKEEP[name])
    without_git(patch, base.upkeep)
    kill_at_steps(base, base.upkeep.every)


@pytest.mark.soak
@pytest.mark.parametrize("name", list(UPKEEP))
def test_killed_at_any_step(tmp_path: Path, patch: pytest.MonkeyPatch, name: str) -> None:
    base = Base(tmp_path, UPKEEP[name])
    without_git(patch, base.upkeep)
    kill_at_steps(base, 1)


def kill_after(base: Base, delays: range) -> int:
    """Kill the work and the git that it runs after so many milliseconds; count the kills."""
    killed = 0
    for delay in delays:
        world = base.again()
        killed += run_killed_after(lambda world=world: base.upkeep.work(world), delay / 1000)  # type: ignore[misc]
        drop_dead_locks(base.place)
        base.judge(world, f"{delay} ms", thorough=True)
    return killed


def drop_dead_locks(place: Path) -> None:
    """Remove git's locks on sessions, as the doctor tells the user to."""
    for lock in (place / "refs").rglob("*.lock"):
        if "wj" not in lock.parts:
            lock.unlink()


GIT_AT_WORK = ("gc", "gc by a policy", "roll-up", "pack refs")


@pytest.mark.parametrize("name", GIT_AT_WORK)
def test_killed_together_with_git_at_some_time(
    tmp_path: Path, patch: pytest.MonkeyPatch, name: str
) -> None:
    assert kill_after(Base(tmp_path, UPKEEP[name]), range(4, 60, 25))


@pytest.mark.soak
@pytest.mark.parametrize("name", GIT_AT_WORK)
def test_killed_together_with_git_at_any_time(
    tmp_path: Path, patch: pytest.MonkeyPatch, name: str
) -> None:
    assert kill_after(Base(tmp_path, UPKEEP[name]), range(1, 160))


def test_what_a_killed_git_of_ours_left_is_cleared_and_a_foreign_ones_is_not(
    tmp_path: Path,
) -> None:
    world = Base(tmp_path, UPKEEP["gc"]).again()
    left = ["packed-refs.lock", "packed-refs.new", "gc.pid.lock", "objects/info/commit-graph.lock"]
    for name in left:
        (world.path / name).parent.mkdir(exist_ok=True)
        (world.path / name).touch()
    world.new("talk")
    assert [name for name in left if (world.path / name).exists()] == left
    announced = ("packed-refs", "gc.pid", "objects/info/commit-graph")
    (world.path / "store.lock").write_text("".join(f"{name} git\n" for name in announced))

    world.new("talk")

    assert [name for name in left if (world.path / name).exists()] == []
    assert gc(opened(world), prune="now")
    check(world)


def test_a_ref_that_no_index_could_ever_read_is_noticed_when_it_goes(tmp_path: Path) -> None:
    world = Base(tmp_path, UPKEEP["gc"]).again()
    talk = world.path / "refs/sessions/talk"
    talk.write_text("nonsense\n")
    remove_index_file(str(world.path))
    assert "talk" in dict(world.repo().names("sessions"))
    talk.unlink()

    world.new("root()")

    assert world.subjects()[1] == "outside: session talk deleted"
    check(world)


def test_an_unreadable_ref_is_replaced_in_one_step_by_whoever_expects_it(tmp_path: Path) -> None:
    world = Base(tmp_path, UPKEEP["gc"]).again()
    tip, name = world.tip("talk"), RefName("refs/sessions/talk")
    edit = RefEdit(name, tip, Expect.UNREADABLE)
    with pytest.raises(RefConflict):
        update_refs(opened(world), [edit])
    (world.path / name).write_text("nonsense\n")
    with pytest.raises(CorruptRef):
        update_refs(opened(world), [RefEdit(name, tip, Expect.ANY)])

    update_refs(opened(world), [edit])

    assert world.refs()["talk"] == tip
    check(world)
