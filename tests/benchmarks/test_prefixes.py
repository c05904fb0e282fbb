"""The cost of a prefix, and of asking whether a commit is immutable, among 100,000 of them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from porcelain.graph.immutable import Immutability
from porcelain.graph.repo_graph import RepoGraph
from porcelain.model.ids import ChangeId
from store.ids import CommitId
from store.index.commit_index import Index
from tests.benchmarks.measure import alternate, ms, reading_rows, report
from tests.porcelain.graph.handmade_index import Made, graph, handmade_index

pytestmark = pytest.mark.bench

COUNT = 100_000
_ROWS = 20
_FLOOR = "reading a row of SQLite by key"


def made(path: Path, visible: float) -> Index:
    """Return an index of 100,000 random commits, of which so many are visible."""
    chance = random.Random(1)
    commits = (
        Made(chance.randbytes(20).hex(), chance.randbytes(16).hex(), chance.random() < visible)
        for _ in range(COUNT)
    )
    return handmade_index(path, commits)


def typical(work: Callable[[CommitId, ChangeId], object], ids: list[tuple[bytes, str]]) -> float:
    """Return the median seconds of some work on each of these commits."""
    times = []
    for commit, change in ids:
        start = time.perf_counter()
        work(CommitId(commit.hex()), ChangeId(change))
        times.append(time.perf_counter() - start)
    return median(times)


def costs(of: RepoGraph, ids: list[tuple[bytes, str]]) -> dict[str, float]:
    """Return what each kind of look-up takes."""

    def by(count: int) -> dict[str, float]:
        return {
            f"commit id by {count}": typical(
                lambda one, _: of.commit_ids.resolve(one[:count]), ids
            ),
            f"change id by {count}": typical(
                lambda _, one: of.change_ids.resolve(one[:count]), ids
            ),
        }

    times = {
        "shortest commit id": typical(lambda one, _: of.commit_ids.shortest(one), ids),
        "shortest change id": typical(lambda _, one: of.change_ids.shortest(one), ids),
    }
    return times | by(1) | by(2) | by(4) | by(8)


@pytest.mark.parametrize("visible", [1.0, 0.001])
def test_looking_a_prefix_up_and_shortening_an_id(tmp_path: Path, visible: float) -> None:
    """Each costs as much as reading a few rows, warm, however few commits are visible."""
    (one_row,) = alternate([reading_rows(tmp_path, 1)], 200)
    index = made(tmp_path / "r.git", visible)
    sql = "SELECT id, change FROM commits JOIN changes USING (pos) ORDER BY random() LIMIT 500"
    ids: list[tuple[bytes, str]] = index.query(sql)
    for short, named in ((None, "what is visible"), ("", "none")):
        times = costs(graph(index, short), ids)
        worst = max(times, key=lambda name: times[name])
        work = f"a prefix, 100,000 commits, {visible:.1%} visible, short set: {named}"
        detail = f"{times[worst] * 1000:.3f} ms, {worst}"
        report(work, times[worst] / one_row, _ROWS, floor=_FLOOR, detail=detail)


def test_whether_one_commit_is_immutable_beside_100000_tags(tmp_path: Path) -> None:
    """A first question costs no more for many tags than for few."""
    index = made(tmp_path / "r.git", 1.0)
    with index.writing() as connection:
        connection.execute(
            "INSERT INTO view_rows SELECT 'tags', 'v' || pos, lower(hex(id)) FROM commits "
            "WHERE pos < ?",
            (COUNT,),
        )
    free = graph(index).commit_id(COUNT)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        Immutability(graph(index)).refuse([free])
        times.append(time.perf_counter() - start)
    (one_row,) = alternate([reading_rows(tmp_path, 1)], 200)
    work, seconds = "whether a commit is immutable beside 100,000 tags", median(times)
    report(work, seconds / one_row, 5 * _ROWS, floor=_FLOOR, detail=ms(seconds))
