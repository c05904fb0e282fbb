"""The cost of rewriting the beginning of a long conversation, against writing as many commits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from store.ids import EMPTY_TREE, CommitId
from store.objects.commit import Commit, Signature, write_commit
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository
from tests.benchmarks.measure import alternate, ms, report, run
from tests.benchmarks.repositories import build
from tests.benchmarks.test_command_budgets import WJ, environment

pytestmark = pytest.mark.bench

LONG = 10_000
TIMES = 16  # that is 2 s where the floor is 125 ms


def writer(repository: Repository) -> Callable[[], object]:
    """Return a work that writes a line of commits as one pack, each time a new one."""
    rounds = iter(range(1_000))

    def work() -> None:
        start = next(rounds) * LONG
        parents: tuple[CommitId, ...] = ()
        header = (("change-id", "k" * 32),)
        with ObjectBatch(repository) as batch:
            for number in range(LONG):
                who = Signature("b", "b@b", start + number)
                commit = Commit(EMPTY_TREE, parents, who, who, f"[s] {number}\n", header)
                parents = (write_commit(batch, commit),)
            batch.flush()

    return work


def test_describing_the_first_of_10000(tmp_path: Path) -> None:
    """`wj describe` of the root rebases the rest at a few times what writing it costs."""
    env = environment(tmp_path)
    path = build(str(tmp_path / "long.git"), 1, LONG).path
    run(WJ, "-R", path, "fork", "s000000", "warm", env=env)()
    floor_repository, _ = Repository.init(str(tmp_path / "floor.git"))
    rounds = iter(range(1_000))

    def describe() -> None:
        words = ("describe", "-r", "roots(all() ~ root())", "-m", f"m{next(rounds)}")
        run(WJ, "-R", path, *words, env=env)()

    floor, seconds = alternate([writer(floor_repository), describe], 3)
    work, detail = "wj describe of the first of 10,000 commits", f"{ms(seconds)}, floor {ms(floor)}"
    report(work, seconds / floor, TIMES, floor="writing as many commits", detail=detail)
