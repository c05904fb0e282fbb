"""Promise (laws 4 and 7): the doctor finds nothing wrong beside concurrent writers, and stops none."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path

import pytest

from porcelain.actions.naming.workspaces import add_workspace
from porcelain.maintenance.doctor import examine
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.processes import finish, start
from tests.harness.world import World, chat

_WRITERS = 3


def write(path: Path, number: int, stop: Path) -> None:
    world = World(path, make=False, seed=f"writer {number}")
    store = SessionStore.open(str(path))
    for count in itertools.count(1):
        if stop.exists():
            return
        if number:
            world.new("talk", f"by {number}", workspace=f"w{number}")
        else:
            store.save(chat("fw", *map(str, range(count))))


def examined_beside_writers(tmp_path: Path, times: int) -> list[str]:
    world = World(tmp_path / "r.git")
    world.save(chat("talk", "one", "two"))
    for number in range(1, _WRITERS):
        with world.repo().transaction() as tx:
            add_workspace(tx, f"w{number}")
    stop = tmp_path / "stop"
    writers = [start(partial(write, world.path, number, stop)) for number in range(_WRITERS)]
    found: list[str] = []
    try:
        for _ in range(times):
            report = examine(Repository.open(str(world.path)), patience=0.3)
            found += [fault.message for fault in report.faults]
    finally:
        stop.touch()
        for writer in writers:
            finish(writer)
    assert examine(Repository.open(str(world.path))).faults == []
    return found


def test_the_doctor_finds_nothing_wrong_beside_writers(tmp_path: Path) -> None:
    assert examined_beside_writers(tmp_path, 4) == []


@pytest.mark.soak
def test_the_doctor_finds_nothing_wrong_many_times(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / str(number)).mkdir()
        assert examined_beside_writers(tmp_path / str(number), 8) == []
