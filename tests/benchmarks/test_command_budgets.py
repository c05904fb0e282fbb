"""Budgets of commands, as whole processes against a bare interpreter's imports."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import porcelain
from store.repository.repository import Repository
from tests.benchmarks.measure import alternate, ms, report, run

pytestmark = pytest.mark.bench

READ_FLOOR = (sys.executable, "-c", "import click, sqlite3")
WRITE_FLOOR = (sys.executable, "-c", "import click, pygit2")
WJ = str(Path(sys.executable).with_name("wj"))


def environment(home: Path) -> dict[str, str]:
    """Return an environment without the user's own settings."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "WJ_USER": "b", "WJ_EMAIL": "b@b"}


def warmed(repository: Repository, env: dict[str, str]) -> str:
    """Adopt a repository into a log and bring its index up to date."""
    name = f"warm-{time.monotonic_ns()}"
    run(WJ, "-R", repository.path, "fork", "s000001", name, env=env)()
    time.sleep(0.1)
    run(WJ, "-R", repository.path, "log", "-n", "1", env=env)()
    return repository.path


def test_reading_commands(large: dict[str, Repository], tmp_path: Path) -> None:
    """`wj log -n 10` and its like start about as fast as their imports alone."""
    env = environment(tmp_path)
    commands = {
        "log -n 10": ("log", "-n", "10"),
        "op log -n 20": ("op", "log", "-n", "20"),
        "status": ("status",),
    }
    for shape in ("commits", "sessions"):
        path = warmed(large[shape], env)
        works: list[Callable[[], object]] = [run(*READ_FLOOR, env=env)]
        works += [run(WJ, "-R", path, *command, env=env) for command in commands.values()]
        floor, *times = alternate(works, 15)
        for name, seconds in zip(commands, times, strict=True):
            work = f"wj {name}, 100,000 commits as {shape}"
            detail = f"{ms(seconds)}, floor {ms(floor)}"
            report(work, seconds / floor, 1.3, detail=detail)


def test_writing_commands(large: dict[str, Repository], tmp_path: Path) -> None:
    """A writing command costs little more than importing pygit2, at any number of sessions."""
    env = environment(tmp_path)
    numbers = iter(range(10_000))
    paths = {shape: warmed(large[shape], env) for shape in ("ten", "sessions")}

    def forking(path: str) -> Callable[[], object]:
        def work() -> object:
            return run(WJ, "-R", path, "fork", "s000002", f"w{next(numbers)}", env=env)()

        return work

    works: list[Callable[[], object]] = [run(*WRITE_FLOOR, env=env)]
    works += [forking(path) for path in paths.values()]
    alternate(works, 2)
    floor, *times = alternate(works, 15)
    for shape, seconds in zip(paths, times, strict=True):
        count = "10" if shape == "ten" else "100,000"
        detail = f"{ms(seconds)}, floor {ms(floor)}"
        report(f"wj fork, {count} sessions", seconds / floor, 1.5, detail=detail)


def test_operations(large: dict[str, Repository], tmp_path: Path) -> None:
    """An operation in a running process, at 100,000 sessions against ten."""
    env = environment(tmp_path)
    repos = [porcelain.open(warmed(large[shape], env)) for shape in ("ten", "sessions")]
    numbers = iter(range(10_000))

    def forking(repo: porcelain.Repo) -> Callable[[], object]:
        def work() -> None:
            with repo.transaction() as tx:
                tx.fork(repo.resolve("s000003"), session=f"o{next(numbers)}")

        return work

    works = [forking(repo) for repo in repos]
    alternate(works, 5)
    few, many = alternate(works, 40)
    work, detail = "an operation at 100,000 sessions", f"{ms(many)}, {ms(few)}"
    report(work, many / few, 3, floor="one at 10 sessions", detail=detail)
