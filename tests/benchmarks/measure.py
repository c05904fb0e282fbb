"""Timing that can be believed on a noisy machine: interleaved runs, medians, ratios."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

ROWS: list[Row] = []


class Row(NamedTuple):
    """One line of the report."""

    work: str
    budget: str
    measured: str
    met: bool


def report(work: str, budget: str, measured: str, met: bool) -> None:
    """Add a line to the report that the run prints at its end."""
    ROWS.append(Row(work, budget, measured, met))


def table() -> str:
    """Return the report as a Markdown table."""
    lines = ["| work | budget | measured | met |", "|---|---|---|---|"]
    lines += [
        f"| {r.work} | {r.budget} | {r.measured} | {'yes' if r.met else 'no'} |" for r in ROWS
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


def ms(seconds: float) -> str:
    """Return milliseconds with one digit."""
    return f"{seconds * 1000:.1f} ms"
