"""`wj import` of large files: memory of a fixed size, time in step with the file.

The memory is the peak of the command's process as the system counts it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.benchmarks.measure import report, run
from tests.benchmarks.test_command_budgets import WJ, environment
from tests.benchmarks.transcripts import write_conversations, write_transcript

MOST_MEMORY = 300.0
"""Megabytes."""
BYTES_A_SECOND = 20_000_000
TURNS_A_SECOND = 500


_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
"""Runs a command from a small process: a command's peak counts from that of its parent on."""


class Cost(NamedTuple):
    """The cost of one command: seconds of the processor, and megabytes at its peak."""

    seconds: float
    megabytes: float


def import_file(folder: Path, path: Path) -> Cost:
    """Import a file into a new repository in a process of its own."""
    env = environment(folder)
    wj = (WJ, "-R", str(folder / f"{path.stem}.git"), "--quiet")
    run(*wj, "init", env=env)()
    command = [sys.executable, "-I", "-c", _MEASURED, *wj, "import", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, env=env)
    seconds, kilobytes = done.stdout.split()[-2:]
    return Cost(float(seconds), int(kilobytes) / 1024)


def measure(folder: Path, name: str, turns: int, rows: int, size: int) -> None:
    path = folder / f"{name}.jsonl"
    count = write_transcript(path, turns, rows, size)
    tell(folder, name, path, count, turns, rows)


def measure_export(folder: Path, name: str, conversations: int, turns: int, size: int) -> None:
    path = folder / f"{name}.json"
    count = write_conversations(path, conversations, 2 * turns + 1, size)
    tell(folder, name, path, count, conversations * turns, 2)


def tell(folder: Path, name: str, path: Path, count: int, turns: int, rows: int) -> None:
    cost = import_file(folder, path)
    path.unlink()
    allowed = max(count / BYTES_A_SECOND, turns / TURNS_A_SECOND)
    detail = f"{count / 1e6:,.0f} MB, {turns:,} turns, {turns * rows:,} rows"
    report(
        f"memory of `wj import`: {name}", cost.megabytes / MOST_MEMORY, 1, floor="300 MB",
        detail=f"{cost.megabytes:,.0f} MB; {detail}", tolerance=1.0,
    )  # fmt: skip
    report(
        f"time of `wj import`: {name}", cost.seconds / allowed, 1,
        floor="20 MB/s or 500 turns/s", detail=f"{cost.seconds:,.0f} s; {detail}", tolerance=1.5,
    )  # fmt: skip


@pytest.mark.bench
def test_lines_of_100_mb(tmp_path: Path) -> None:
    measure(tmp_path, "lines of 100 MB", 2, 2, 100_000_000)


@pytest.mark.bench
def test_100_mb_of_2_kb_rows(tmp_path: Path) -> None:
    measure(tmp_path, "rows of 2 KB", 2_500, 20, 2_000)


@pytest.mark.bench
def test_twice_as_many_turns_are_twice_the_time(tmp_path: Path) -> None:
    costs = []
    for turns in (4_000, 8_000):
        path = tmp_path / f"{turns}.jsonl"
        write_transcript(path, turns, 2, 600)
        costs.append(import_file(tmp_path, path).seconds)
    short, long = costs
    detail = f"{short:.1f} s and {long:.1f} s"
    report(
        "time of `wj import`: 8,000 turns", long / short, 2.2, floor="4,000 turns", detail=detail
    )


@pytest.mark.soak
def test_60000_turns(tmp_path: Path) -> None:
    measure(tmp_path, "60,000 turns", 60_000, 2, 600)


@pytest.mark.soak
def test_1_gb_in_one_file(tmp_path: Path) -> None:
    measure(tmp_path, "1 GB", 10_000, 50, 2_000)


@pytest.mark.bench
def test_1000_conversations_in_one_file(tmp_path: Path) -> None:
    measure_export(tmp_path, "1,000 conversations", 1_000, 4, 1_000)


@pytest.mark.bench
def test_twice_as_many_conversations_are_twice_the_time(tmp_path: Path) -> None:
    costs = []
    for conversations in (500, 1_000):
        path = tmp_path / f"{conversations}.json"
        write_conversations(path, conversations, 9, 1_000)
        costs.append(import_file(tmp_path, path).seconds)
    short, long = costs
    detail = f"{short:.1f} s and {long:.1f} s"
    report(
        "time of `wj import`: 1,000 conversations", long / short, 2.2,
        floor="500 conversations", detail=detail,
    )  # fmt: skip


@pytest.mark.soak
def test_1_gb_of_conversations(tmp_path: Path) -> None:
    measure_export(tmp_path, "1 GB of conversations", 5_000, 20, 4_900)
