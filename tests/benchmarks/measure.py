"""Timing that can be believed on a noisy machine: interleaved runs, medians, ratios."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

WJ = str(Path(sys.executable).with_name("wj"))
ROWS: list[Row] = []
TOLERANCE = 1.15
"""How far above its budget a median may lie before the run fails: what a noisy machine adds."""


class Row(NamedTuple):
    """One line of the report; `measured` and `budget` are multiples of `floor`."""

    work: str
    measured: float
    budget: float
    floor: str
    detail: str
    tolerance: float

    @property
    def verdict(self) -> str:
        """Return "yes", "within tolerance" or "no"."""
        if self.measured <= self.budget:
            return "yes"
        return "within tolerance" if not self.failed else "no"

    @property
    def failed(self) -> bool:
        """Tell whether the budget is missed by more than the tolerance."""
        return self.measured > self.budget * self.tolerance


def report(
    work: str,
    measured: float,
    budget: float,
    *,
    floor: str = "the floor",
    detail: str = "",
    tolerance: float = TOLERANCE,
) -> None:
    """Record a measured multiple of a floor beside its budget.

    The run prints all rows at its end; the test that records a row fails at its own end where
    the row misses its budget by more than the tolerance.
    """
    ROWS.append(Row(work, measured, budget, floor, detail, tolerance))


def table() -> str:
    """Return the report as a Markdown table."""
    lines = ["| work | budget | measured | met |", "|---|---|---|---|"]
    lines += [
        f"| {r.work} | {r.budget:g} times {r.floor} | {r.measured:.2f} times ({r.detail}) "
        f"| {r.verdict} |"
        for r in ROWS
    ]
    return "\n".join(lines)


def alternate(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Run the works in turn, `rounds` times; return the median seconds of each."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for place, work in enumerate(works):
            start = time.perf_counter()
            work()
            times[place].append(time.perf_counter() - start)
    return [median(column) for column in times]


def run(*command: str, env: dict[str, str] | None = None) -> Callable[[], object]:
    """Return a work that runs a program, which has to succeed."""

    def work() -> object:
        return subprocess.run(command, check=True, capture_output=True, env=env)

    return work


def processor_time(*command: str, home: Path, data: bytes = b"") -> float:
    """Return the seconds of the processor that a program and its children take."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "WJ_USER": "b", "WJ_EMAIL": "b@b"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=env, input=data)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def ms(seconds: float) -> str:
    """Return milliseconds with one digit."""
    return f"{seconds * 1000:.1f} ms"


def inserting_rows(folder: Path, text: str) -> Callable[[], object]:
    """Return the floor of an append: one row into an SQLite file with WAL, durable each time."""
    connection = sqlite3.connect(folder / "insert.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE t (pos INTEGER PRIMARY KEY, word TEXT)")
    return lambda: connection.execute("INSERT INTO t (word) VALUES (?)", (text,))


def reading_rows(folder: Path, count: int) -> Callable[[], object]:
    """Return the floor of look-ups: `count` rows of an SQLite file read by key, one at a time."""
    connection = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS t (pos INTEGER PRIMARY KEY, id BLOB, word TEXT)")
    rows = ((n, n.to_bytes(20, "big"), str(n)) for n in range(100_000))
    connection.execute("BEGIN")
    connection.executemany("INSERT OR IGNORE INTO t VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")

    def work() -> None:
        for number in range(count):
            connection.execute("SELECT * FROM t WHERE pos = ?", (number * 997,)).fetchall()

    return work
