"""Promise (laws 1 and 3): a copy made with `cp -r` beside four writers has all acknowledged work.

The copy opens, or the doctor repairs it. It has all writes acknowledged before the copying began.
From its first write on it is a replica of its own, and undo works in it.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from porcelain.actions.naming.workspaces import add_workspace
from porcelain.maintenance.doctor import examine
from porcelain.maintenance.repair import repair
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.bare import leftovers
from tests.harness.processes import finish, start
from tests.harness.world import World, ancestors, chat, check, log_of

Pause = Callable[[], None]
Copy = Callable[[Path, Path, Pause], bool]
_WRITERS = 4
_ATTEMPTS = 5


def by_cp(source: Path, target: Path, _pause: Pause) -> bool:
    """Copy as a user does; tell whether no pack vanished meanwhile.

    `cp` complains of vanished packs as it does of staged files; the user has to copy again.
    """
    words = ["cp", "-r", str(source), str(target)]
    done = subprocess.run(words, capture_output=True, check=False)
    return b"/objects/pack/" not in done.stderr


def in_parts(*order: str) -> Copy:
    """Copy the parts in an order, and let the writers write after each."""

    def copy(source: Path, target: Path, pause: Pause) -> bool:
        target.mkdir()
        rest = sorted(one.name for one in source.iterdir() if one.name not in order)
        is_whole = True
        for name in [*order, *rest]:
            is_whole &= by_cp(source / name, target / name, pause)
            if name in order:
                pause()
        return is_whole

    return copy


COPIES = {
    "cp -r": by_cp,
    "objects first": in_parts("objects", "refs"),
    "refs first": in_parts("refs", "objects"),
    "index first": in_parts("store-index.sqlite", "objects", "refs"),
}
Acknowledged = dict[str, list[str]]


class Writers:
    """Processes that write to a repository, as commands and as a framework, until stopped."""

    def __init__(self, world: World, folder: Path) -> None:
        """Start them."""
        self.path = world.path
        self._stop = folder / "stop"
        self._told = [folder / f"told-{number}" for number in range(_WRITERS)]
        for file in self._told:
            file.touch()
        self._children = [start(partial(self._write, number)) for number in range(_WRITERS)]

    def _write(self, number: int) -> None:
        world = World(self.path, make=False, seed=f"writer {number}")
        store = SessionStore.open(str(self.path))
        with self._told[number].open("w", buffering=1) as file:
            for count in itertools.count(1):
                if self._stop.exists():
                    return
                if number:
                    made = world.new("talk", f"by {number}", workspace=f"w{number}").commit
                else:
                    made = store.save(chat("fw", *map(str, range(count)))).id
                file.write(f"{made}\n")

    def acknowledged(self) -> Acknowledged:
        """Return the commits that were acknowledged so far, by kind of writer."""
        saves, *commands = [file.read_text().split() for file in self._told]
        return {"save": saves, "command": [one for made in commands for one in made]}

    def wait_for(self, more: int) -> None:
        """Wait until each of them had so many more of its writes acknowledged."""
        goals = [len(file.read_text().split()) + more for file in self._told]
        while not self._stop.exists():
            if all(
                len(file.read_text().split()) >= goal
                for file, goal in zip(self._told, goals, strict=True)
            ):
                return
            time.sleep(0.005)

    def stop(self) -> None:
        """Let each end its last write."""
        self._stop.touch()

    def finish(self) -> None:
        """Wait for all of them to end."""
        for child in self._children:
            finish(child)


def copied_while_written(folder: Path, copy: Copy, writes: int) -> tuple[World, Acknowledged]:
    """Return a copy made after so many writes, and what was acknowledged when it was begun."""
    world = World(folder / "r.git")
    world.save(chat("talk", "one", "two"))
    for number in range(1, _WRITERS):
        with world.repo().transaction() as tx:
            add_workspace(tx, f"w{number}")
    writers = Writers(world, folder)
    writers.wait_for(writes)
    for attempt in itertools.count():
        known = writers.acknowledged()
        if copy(world.path, folder / "copy.git", lambda: writers.wait_for(1)):
            break
        shutil.rmtree(folder / "copy.git")
        if attempt == _ATTEMPTS:  # packs vanish faster than this machine copies them
            writers.stop()
    writers.stop()
    writers.finish()
    twin = World(folder / "copy.git", make=False, seed="twin")
    twin.clock.now = 2 * world.clock.now
    return twin, known


def look_at(twin: World, acknowledged: Acknowledged, original: Path) -> None:
    """Check a copy, repaired where it has to be."""
    repository = Repository.open(str(twin.path))
    found = examine(repository, patience=0.01)
    if found.faults:
        repair(repository, twin.actor, found)
        left = examine(Repository.open(str(twin.path)), patience=0.01)
        assert left.faults == []
    made = twin.new("talk", "in the copy").commit
    repo = twin.open()
    operation = log_of(repo)[0]
    own = Repository.open(str(twin.path)).replica
    assert own is not None
    assert operation.data.replica == own.id
    assert own != Repository.open(str(original)).replica
    assert set(acknowledged["command"]) <= ancestors(repo, [operation.id])
    shown = ancestors(repo, [key for key, _ in repo.names("heads")])
    assert set(acknowledged["save"]) <= shown
    twin.repo().undo()
    assert made not in {key for key, _ in twin.repo().names("heads")}
    assert [name for name in leftovers(twin.path) if "store-index" not in name] == []
    check(twin)


@pytest.mark.parametrize("how", list(COPIES))
def test_copied_while_it_is_written(tmp_path: Path, how: str) -> None:
    twin, acknowledged = copied_while_written(tmp_path, COPIES[how], 3)

    assert all(acknowledged.values())
    look_at(twin, acknowledged, tmp_path / "r.git")


@pytest.mark.soak
@pytest.mark.parametrize("how", list(COPIES))
def test_copied_at_many_times_while_it_is_written(tmp_path: Path, how: str) -> None:
    # Without any write before it, a copy may have a session's ref and none of its commits: the
    # doctor names it and leaves it, since the copy may be still arriving.
    for number in range(1, 26):
        folder = tmp_path / str(number)
        folder.mkdir()
        twin, acknowledged = copied_while_written(folder, COPIES[how], number)
        look_at(twin, acknowledged, folder / "r.git")
        shutil.rmtree(folder)
