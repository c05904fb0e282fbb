"""A repository copied with `cp -r` while four processes write to it.

The copy opens, or the doctor makes it open; what was acknowledged before the copying began is
in it; from its first write on it is a replica of its own, and undo works in it.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Callable
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

Copy = Callable[[Path, Path], bool]
_WRITERS = 4


def by_cp(source: Path, target: Path) -> bool:
    """Copy as a user does; tell whether no pack vanished meanwhile.

    Of those `cp` complains, as it does of staged files; nothing can be done then but copy again.
    """
    words = ["cp", "-r", str(source), str(target)]
    done = subprocess.run(words, capture_output=True, check=False)
    return b"/objects/pack/" not in done.stderr


def slowly(*order: str) -> Copy:
    """Copy the parts in an order, with time to write in between."""

    def copy(source: Path, target: Path) -> bool:
        target.mkdir()
        rest = sorted(one.name for one in source.iterdir() if one.name not in order)
        is_whole = True
        for name in [*order, *rest]:
            is_whole &= by_cp(source / name, target / name)
            if name in order:
                time.sleep(0.03)
        return is_whole

    return copy


COPIES = {
    "cp -r": by_cp,
    "objects first": slowly("objects", "refs"),
    "refs first": slowly("refs", "objects"),
    "index first": slowly("store-index.sqlite", "objects", "refs"),
}


def writing(path: Path, number: int, end: float, told: Path) -> None:
    """Write as a command or as a framework, and note what was acknowledged, and when."""
    world = World(path, make=False, seed=f"writer {number}")
    store = SessionStore.open(str(path))
    with told.open("w", buffering=1) as file:
        for count in itertools.count(1):
            if time.monotonic() > end:
                return
            kind = "command" if number else "save"
            if number:
                made = world.new("talk", f"by {number}", workspace=f"w{number}").commit
            else:
                made = store.save(chat("fw", *map(str, range(count)))).id
            file.write(f"{json.dumps([time.monotonic(), kind, made])}\n")


Acknowledged = dict[str, list[str]]


def copied_while_written(folder: Path, copy: Copy, delay: float) -> tuple[World, Acknowledged]:
    """Return the copy, and the commits that were acknowledged when the copying began, by kind."""
    world = World(folder / "r.git")
    world.save(chat("talk", "one", "two"))
    for number in range(1, _WRITERS):
        with world.repo().transaction() as tx:
            add_workspace(tx, f"w{number}")
    told = [folder / f"told-{number}" for number in range(_WRITERS)]
    end = time.monotonic() + delay + 0.4
    writers = [
        start(lambda number=number: writing(world.path, number, end, told[number]))  # type: ignore[misc]
        for number in range(_WRITERS)
    ]
    time.sleep(delay)
    began = time.monotonic()
    while not copy(world.path, folder / "copy.git"):
        shutil.rmtree(folder / "copy.git")
        began = time.monotonic()
    for writer in writers:
        finish(writer)
    lines = [json.loads(line) for file in told for line in file.read_text().splitlines()]
    twin = World(folder / "copy.git", make=False, seed="twin")
    twin.clock.now = 2 * world.clock.now
    known: Acknowledged = {"command": [], "save": []}
    for when, kind, commit in lines:
        if when < began:
            known[kind].append(commit)
    return twin, known


def look_at(twin: World, acknowledged: Acknowledged, original: Path) -> None:
    """Look at a copy, mended where it has to be."""
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
    twin, acknowledged = copied_while_written(tmp_path, COPIES[how], 0.3)

    assert all(acknowledged.values())
    look_at(twin, acknowledged, tmp_path / "r.git")


@pytest.mark.soak
@pytest.mark.parametrize("how", list(COPIES))
def test_copied_at_many_times_while_it_is_written(tmp_path: Path, how: str) -> None:
    for number in range(25):
        folder = tmp_path / str(number)
        folder.mkdir()
        twin, acknowledged = copied_while_written(folder, COPIES[how], 0.05 + number * 0.06)
        look_at(twin, acknowledged, folder / "r.git")
        shutil.rmtree(folder)
