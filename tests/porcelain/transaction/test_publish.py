"""Publication: all or nothing, wherever a process is killed; own exports are no outside change."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from porcelain.actions.recording.record import Recorder
from porcelain.transaction import publish
from porcelain.transaction.export_refs import outside_moves
from store.errors import RefLocked, StorageFailure
from store.repository.ref_update import RefEdit, update_refs
from store.repository.repository import Repository
from tests.harness.bare import leftovers
from tests.harness.faults import killed_at_every_step
from tests.harness.world import World, chat, check, log_of, outcome, view_of
from tests.porcelain.transcript.claude_rows import Chat

Work = Callable[[World], object]


def two_turns() -> bytes:
    """A small file in Claude Code's format."""
    found = Chat()
    found.turn(1)
    found.turn(2)
    return found.data()


WORKS: dict[str, Work] = {
    "import": lambda world: world.load(two_turns()),
    "fork": lambda world: world.fork("talk-", "try-b"),
    "append": lambda world: world.append("more"),
    "undo": lambda world: world.repo().undo(),
}


def prepared(path: Path) -> World:
    """A repository with a session, a fork and a framework's save that is not recorded yet."""
    world = World(path)
    world.save(chat("talk", "one", "two"))
    world.save(chat("talk", "one", "two", "three"))
    world.fork("talk", "side")
    world.edit("talk", "talk")
    world.store().save(chat("fw", "hello"))
    return world


def copied(world: World, path: Path) -> World:
    """Copy the repository."""
    shutil.copytree(world.path, path, symlinks=True)
    # The copy is to count as the same place, not as a replica of its own.
    config = (path / "config").read_text()
    stat, was = path.stat(), world.path.stat()
    old, new = (f"{s.st_dev}:{s.st_ino}" for s in (was, stat))
    (path / "config").write_text(config.replace(old, new))
    twin = World(path, make=False)
    twin.clock.now, twin.chance.count = world.clock.now, world.chance.count
    return twin


def only_ours(world: World) -> list[str]:
    """Return the log without the operation that recorded the framework's save."""
    return [op.data.kind for op in log_of(world.open()) if op.data.kind != "outside"]


EVERY = {"nothing": 4, "git": 9, "store": 11}


@pytest.mark.parametrize("name", list(WORKS))
@pytest.mark.parametrize("between", list(EVERY))
def test_killed_at_a_step_it_has_happened_or_not_and_the_next_command_works(
    tmp_path: Path, name: str, between: str
) -> None:
    kill_at_steps(tmp_path, name, between, EVERY[between])


@pytest.mark.soak
@pytest.mark.parametrize("name", list(WORKS))
@pytest.mark.parametrize("between", list(EVERY))
def test_killed_at_any_step_it_has_happened_or_not_and_the_next_command_works(
    tmp_path: Path, name: str, between: str
) -> None:
    kill_at_steps(tmp_path, name, between, 1)


def kill_at_steps(tmp_path: Path, name: str, between: str, every: int) -> None:
    """Kill the work at each of these steps and check the state."""
    base = prepared(tmp_path / "base.git")
    before = only_ours(base)
    seen = set()
    for step, world in killed_at_every_step(
        lambda step: copied(base, tmp_path / f"{step}.git"), WORKS[name], every=every
    ):
        log = only_ours(world)
        assert log in (before, [name, *before]), step
        seen.add(len(log))
        expected = dict(world.open().names("sessions"))
        if between == "git":
            world.git("update-ref", "refs/sessions/moved", world.refs()["talk"])
        elif between == "store":
            world.store().save(chat("moved", "by a framework"))
        world.new("talk", "after")
        moved = [op for op in log_of(world.open()) if op.data.kind == "outside"]
        names = [op.data.attributes["names"] for op in moved]
        assert sorted(names) == ["fw"] + ["moved"] * (between != "nothing"), step
        assert set(expected) <= set(dict(world.open().names("sessions")))
        check(world, fsck=step % 5 == 0)
        assert leftovers(world.path) == [], step
        shutil.rmtree(world.path)
    assert seen == {len(before), len(before) + 1}


def test_a_transaction_that_fails_changes_nothing(repo_path: Path) -> None:
    world = prepared(repo_path)
    world.new("@")
    view, refs, log = view_of(world.open()), world.refs(), len(world.kinds())

    def fail() -> None:
        with world.repo().transaction() as tx:
            tx.fork(world.repo().resolve("talk"), "never")
            raise ValueError("stop")

    assert outcome(fail) == "ValueError: stop"
    assert (view_of(world.open()), world.refs(), len(world.kinds())) == (view, refs, log)
    check(world)
    assert leftovers(world.path) == []


def test_a_command_that_changes_nothing_records_no_operation(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    log = world.kinds()
    assert world.save(chat("talk", "one", "two")).outcome == "unchanged"
    with world.repo().transaction("nothing") as tx:
        tx.set_session("x", world.repo().resolve("talk"))
        tx.set_session("x", None)
    assert world.kinds() == log
    check(world)


def test_a_disk_that_fails_after_publication_fails_no_command(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))

    def full(*arguments: object) -> None:
        raise StorageFailure("refs/sessions/try", "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publish, "export", full)
        world.fork("talk", "try")
    assert sorted(world.refs()) == ["talk"]
    assert world.kinds() == ["fork", "save"]
    world.new("@", "next")
    assert world.kinds() == ["new", "fork", "save"]
    assert sorted(world.refs()) == ["talk", "try"]
    check(world)


def test_an_export_that_a_lock_held_up_is_finished_by_the_next_command(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    lock = world.path / "refs/sessions/try.lock"
    lock.touch()
    world.fork("talk", "try")
    assert sorted(world.refs()) == ["talk"]
    world.new("@", "held up too")
    (world.path / "store-index.sqlite").unlink()
    world.new("@", "with a new index too")
    lock.unlink()
    world.new("@", "free")
    assert sorted(world.refs()) == ["talk", "try"]
    assert "outside" not in world.kinds()
    check(world)


def test_a_ref_that_moves_between_looking_and_exporting_is_never_overwritten(
    repo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    above = world.tip("talk")
    world.save(chat("talk", "one", "two", "three"))
    real = publish.export

    def late(*arguments: object) -> object:
        world.git("update-ref", "refs/sessions/talk", above)
        return real(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(publish, "export", late)
        world.append("four")
    assert world.refs()["talk"] == above
    world.new("@", "next")
    assert [k for k in world.kinds() if k == "outside"] == ["outside"]
    check(world)


class Model:
    """Random writers of our own, killed or refused a lock anywhere, and perhaps an outsider."""

    def __init__(self, path: Path, seed: int, *, outsider: bool) -> None:
        self.world = World(path, seed=str(seed))
        self.world.save(chat("s0", "one", "two"))
        self.dice = random.Random(seed)
        self.outsider = outsider
        self.moves: list[str] = []

    def run(self, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
        for number in range(steps):
            with monkeypatch.context() as patch:
                self._break_something(patch)
                _survive(lambda number=number: self._write(number))  # type: ignore[misc]
            if self.dice.random() < 0.2:
                self._lose_index()
            if self.outsider and self.dice.random() < 0.4:
                self._move_outside(number)
        self.world.new("@", "last")
        self.world.new("@", "really last")

    def recorded(self) -> list[str]:
        """Return the recorded outside moves, oldest first."""
        log = log_of(self.world.open())
        return [op.data.attributes["names"] for op in log if op.data.kind == "outside"][::-1]

    def _write(self, number: int) -> None:
        names = sorted(dict(self.world.repo().names("sessions")))
        name = self.dice.choice(names)
        kind = self.dice.choice(["fork", "append", "undo", "redo", "delete"])
        if kind == "fork":
            self.world.fork(name, f"f{number}")
        elif kind == "append":
            self.world.edit(name, name)
            self.world.append(f"text {number}")
        elif kind == "delete" and len(names) > 1:
            with self.world.repo().transaction("delete") as tx:
                tx.set_session(name, None)
        elif kind == "undo":
            self.world.repo().undo()
        else:
            self.world.repo().redo()

    def _break_something(self, patch: pytest.MonkeyPatch) -> None:
        real = update_refs
        left = self.dice.choice([0, 1, 2, 3, 99, 99])
        dies = self.dice.random() < 0.5

        def update(repository: Repository, edits: list[RefEdit]) -> None:
            nonlocal left
            left -= 1
            if left < 0 and (dies or self.dice.random() < 0.5):
                name = edits[0].name
                raise KilledHere if dies else RefLocked(name, f"{name}.lock")
            real(repository, edits)

        patch.setattr(publish, "update_refs", update)

    def _lose_index(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.world.path}/store-index.sqlite{suffix}").unlink(missing_ok=True)

    def _move_outside(self, number: int) -> None:
        """Create a ref that no own state had."""
        targets = sorted(self.world.refs().values())
        if not targets:
            return
        target = self.dice.choice(targets)
        self.world.git("update-ref", f"refs/sessions/o{number}", target)
        self.moves.append(f"o{number}")


class KilledHere(BaseException):
    """Stands for a kill: nothing runs after it except the release of locks."""


def _survive(work: Callable[[], object]) -> None:
    """Run a command that may be killed or refused."""
    try:
        outcome(work)
    except KilledHere:
        return


def run_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: range, steps: int) -> None:
    """Run the model for each seed, with and without an outsider."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)
    for seed in seeds:
        outsider = seed % 3 == 0
        path = tmp_path / f"{seed}.git"
        model = Model(path, seed, outsider=outsider)
        model.run(monkeypatch, steps)
        assert sorted(model.recorded()) == sorted(model.moves), f"seed {seed}"
        check(model.world, fsck=False)
        shutil.rmtree(path)


def test_nothing_of_our_own_is_ever_recorded_as_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_models(tmp_path, monkeypatch, range(120), 4)


@pytest.mark.soak
def test_nothing_of_our_own_is_ever_recorded_as_outside_at_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_models(tmp_path, monkeypatch, range(1000, 11_000), 8)


def test_what_is_outside_is_asked_only_where_something_differs(repo_path: Path) -> None:
    world = World(repo_path)
    world.save(chat("talk", "one", "two"))
    repo = world.repo()
    head = repo.head
    assert outside_moves(repo.index, repo.repository, {}, head, head) == []


def test_a_large_transaction_holds_the_lock_only_to_publish(repo_path: Path) -> None:
    world = prepared(repo_path)
    world.new("talk", "settled")
    runs = []

    def work(tx: Recorder) -> str:
        runs.append(world.repo().repository.lock_file.fd >= 0)
        return str(tx.fork(tx.row(world.tip("talk")).id, "large").session)

    assert world.repo().perform(work, large=True) == "large"
    assert runs == [False]
    assert world.kinds()[:2] == ["fork", "new"]
    check(world)
    assert leftovers(world.path) == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_large_transaction_is_run_again_if_somebody_was_faster(
    repo_path: Path, times: int
) -> None:
    """It runs once more without the lock, then under it, so that it ends."""
    world = prepared(repo_path)
    world.new("talk", "settled")
    runs = []

    def work(tx: Recorder) -> None:
        runs.append(world.repo().repository.lock_file.fd >= 0)
        if len(runs) <= times:
            name = f"faster{len(runs)}"
            World(world.path, seed=name, make=False).fork("talk", name)
            world.git("update-ref", f"refs/sessions/{name}-by-git", world.refs()["talk"])
        tx.fork(tx.row(world.tip("talk")).id, "large")

    world.repo().perform(work, large=True)
    assert runs == [False, False, True][: 1 + times]
    assert world.kinds()[:3] == ["fork", "outside", "fork"]
    assert {"large", "faster1", "faster1-by-git"} <= set(world.refs())
    check(world)
    assert leftovers(world.path) == []


def test_a_large_transaction_that_fails_or_changes_nothing_leaves_no_trace(
    repo_path: Path,
) -> None:
    world = prepared(repo_path)
    world.new("talk", "settled")
    log = world.kinds()

    def fail(tx: Recorder) -> None:
        tx.fork(tx.row(world.tip("talk")).id, "never")
        raise ValueError("stop")

    assert outcome(lambda: world.repo().perform(fail, large=True)) == "ValueError: stop"
    assert world.repo().perform(lambda tx: None, large=True) is None
    assert world.kinds() == log
    check(world)
    assert leftovers(world.path) == []
