"""Fixtures of the benchmarks: large repositories, made once a run; the report at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.repository.repository import Repository
from tests.benchmarks.measure import ROWS, table
from tests.benchmarks.repositories import build


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Repository]:
    """100,000 commits as 1,000 sessions of 100, as 100,000 sessions of 1; and ten sessions."""
    folder: Path = tmp_path_factory.mktemp("large")
    return {
        "commits": build(str(folder / "commits.git"), 1_000, 100),
        "sessions": build(str(folder / "sessions.git"), 100_000, 1),
        "ten": build(str(folder / "ten.git"), 10, 1),
    }


@pytest.fixture(scope="session", autouse=True)
def printed_report() -> Iterator[None]:
    """Print the table when all benchmarks have run."""
    yield
    sys.stdout.write(f"\n\n{table()}\n\n")


@pytest.fixture(autouse=True)
def _budgets_are_met() -> Iterator[None]:
    """Fail a test that recorded a budget missed by more than its tolerance."""
    before = len(ROWS)
    yield
    missed = [
        f"{row.work}: {row.measured:.2f}, {row.budget:g} allowed"
        for row in ROWS[before:]
        if row.failed
    ]
    assert not missed, "; ".join(missed)
