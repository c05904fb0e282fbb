"""Eight processes saving at once: nothing lost, and at what part of the disk's own rate."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from store import SessionStore
from store.ids import CommitId
from store.objects.commit_walk import ancestors
from store.repository.ref_read import list_refs
from tests.benchmarks.measure import report
from tests.benchmarks.repositories import fresh_session, message

pytestmark = pytest.mark.bench

PROCESSES, SAVES, ROUNDS = 8, 500, 3


def test_eight_writers(tmp_path: Path) -> None:
    """4,000 acknowledged, 4,000 reachable; the rate against bare file operations."""
    path = str(tmp_path / "writers.git")
    store = SessionStore.init(path)
    for number in range(PROCESSES):
        store.save(fresh_session(f"w{number}"))
    acknowledged = tmp_path / "acknowledged"
    acknowledged.mkdir()
    rounds: list[tuple[float, float]] = []
    for turn in range(ROUNDS):
        ours = in_processes(lambda number: save_many(path, number, acknowledged))
        folders = [tmp_path / f"bare-{turn}-{number}" for number in range(PROCESSES)]
        rounds.append((ours, in_processes(lambda number: bare_writes(folders[number]))))  # noqa: B023
    told = [line for file in acknowledged.iterdir() for line in file.read_text().split()]
    tips = [CommitId(value) for value in list_refs(store.repository, "refs/sessions/").values()]
    reachable = set(ancestors(store.repository, tips))
    lost = [line for line in told if line not in reachable]
    assert not lost
    assert len(told) == ROUNDS * PROCESSES * SAVES
    ratio = median(ours / floor for ours, floor in rounds)
    rate = len(told) / sum(ours for ours, _ in rounds)
    detail = f"{len(told)} saves, none lost; {rate:.0f} saves/s"
    floor_name = "bare file operations of 8 processes"
    report("8 processes, 500 saves each", ratio, 4, floor=floor_name, detail=detail, tolerance=1.5)


def in_processes(work: Callable[[int], None]) -> float:
    """Run a work in eight forked processes; return the seconds until the last one ends."""
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=(number,)) for number in range(PROCESSES)]
    start = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - start


def save_many(path: str, number: int, acknowledged: Path) -> None:
    """Append to one session, noting every commit that was acknowledged."""
    store = SessionStore.open(path)
    tip = store.resolve(f"w{number}")
    with (acknowledged / str(number)).open("a") as file:
        for count in range(SAVES):
            tip = store.append(tip, [message(count + number * SAVES)], session=f"w{number}").id
            file.write(f"{tip}\n")


def bare_writes(folder: Path) -> None:
    """Do the same file operations with nothing around: pack, index, ref, two folders."""
    folder.mkdir()
    for count in range(SAVES):
        for name in (f"{count}.pack", f"{count}.idx", "ref"):
            new = folder / f"{name}.new"
            with new.open("wb") as file:
                file.write(os.urandom(1500))
                file.flush()
                os.fsync(file.fileno())
            new.rename(folder / name)
        for _ in range(2):
            fd = os.open(folder, os.O_RDONLY)
            os.fsync(fd)
            os.close(fd)
