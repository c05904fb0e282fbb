"""Budgets of the store, against itself and against the seed's algorithm."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from store import SessionStore
from store.ids import CommitId
from store.repository.repository import Repository
from tests.benchmarks.measure import alternate, inserting_rows, ms, reading_rows, report
from tests.benchmarks.repositories import fresh_session, message, size_on_disk, store_at, text
from tests.harness.seed_port import SeedStore

pytestmark = pytest.mark.bench

EARLY, LATE, ROUNDS = 10, 5_000, 60


class Growing:
    """A session that grows by one message a call."""

    def __init__(self, folder: Path, count: int) -> None:
        self.store = SessionStore.init(str(folder / f"grow-{count}.git"))
        self.tip: CommitId = self.store.save(fresh_session("grow", count)).id
        self.count = count

    def __call__(self) -> None:
        self.tip = self.store.append(self.tip, [message(self.count)]).id
        self.count += 1


def test_append_does_not_depend_on_the_length(tmp_path: Path) -> None:
    """An append at message 5,000 costs about what it costs at message 10."""
    early, late = Growing(tmp_path, EARLY), Growing(tmp_path, LATE)
    alternate([early, late], 5)
    low, high = alternate([early, late], ROUNDS)
    detail = f"{ms(high)}, {ms(low)}"
    report("append of 2 KB at message 5,000", high / low, 1.5, floor="at message 10", detail=detail)


def test_append_against_an_insert(tmp_path: Path) -> None:
    """An append beside one durable row in SQLite; the budget is a goal that is not met yet."""
    works: list[Callable[[], object]] = [
        Growing(tmp_path, EARLY),
        inserting_rows(tmp_path, text(0)),
    ]
    alternate(works, 5)
    append, insert = alternate(works, 2 * ROUNDS)
    detail = f"{ms(append)}, {ms(insert)}"
    work, floor = "append of 2 KB, one writer", "an INSERT into SQLite with synchronous=FULL"
    report(work, append / insert, 6, floor=floor, detail=detail, tolerance=3)


def test_fork_does_not_depend_on_the_length(tmp_path: Path) -> None:
    """A fork costs less than two appends, at any length."""
    early, late = Growing(tmp_path, EARLY), Growing(tmp_path, LATE)
    numbers = iter(range(10_000))

    def forking(grown: Growing) -> Callable[[], object]:
        tip = grown.tip
        session = grown.store.load(tip)
        return lambda: grown.store.fork(tip, session.with_id(f"fork-{next(numbers)}"))

    works: list[Callable[[], object]] = [forking(early), forking(late), early, late]
    alternate(works, 5)
    short, long, append, _ = alternate(works, ROUNDS)
    detail = f"{ms(short)} at 10, {ms(long)} at 5,000"
    report("fork", max(short, long) / append, 2, floor="an append", detail=detail)


def test_size_on_disk(tmp_path: Path) -> None:
    """A thousand messages, a commit each, stay small with nothing done by hand."""
    grown = Growing(tmp_path, 1)
    for _ in range(999):
        grown()
    size = size_on_disk(grown.store.repository.path)
    words = sum(len(text(number)) for number in range(1000))
    work, detail = "size of 1,000 messages, a commit each", f"{size / 1e6:.1f} MB"
    report(work, size / words, 3, floor="their text", detail=detail, tolerance=1)


def test_against_the_seed(tmp_path: Path) -> None:
    """The seed's own way of saving, in the same run."""
    seed = SeedStore.init(tmp_path / "seed.git")
    session = fresh_session("seed", 1_000)
    tip = seed.save_commit(json.loads(session.to_json()), None)
    grown = Growing(tmp_path, 1_000)
    longer = json.loads(session.appended([message(1_000)]).to_json())
    ours, theirs = alternate([grown, lambda: seed.save_commit(longer, tip)], 20)
    detail = f"{ms(ours)} durable, seed {ms(theirs)} not durable"
    report("append at message 1,000", ours / theirs, 1, floor="the seed's", detail=detail)


def test_listings(large: dict[str, Repository], tmp_path: Path) -> None:
    """The first hundred rows of every listing at 100,000 commits, index warm."""
    for shape in ("commits", "sessions"):
        store = store_at(large[shape])
        tip = store.sessions(1)[0].id
        middle = next(islice(store.lineage(tip), 50, None), store.sessions(1)[0]).id
        works: dict[str, Callable[[], object]] = {
            "lineage": lambda: list(islice(store.lineage(tip), 100)),  # noqa: B023
            "children": lambda: store.children(middle),  # noqa: B023
            "leaves": lambda: store.leaves(100),  # noqa: B023
            "sessions": lambda: store.sessions(100),  # noqa: B023
        }
        floor, *times = alternate([reading_rows(tmp_path, 100), *works.values()], 15)
        for name, seconds in zip(works, times, strict=True):
            work = f"{name}, 100 rows, 100,000 commits as {shape}"
            report(work, seconds / floor, 20, floor="reading 100 rows by key", detail=ms(seconds))


def test_listing_by_a_field(tmp_path: Path) -> None:
    """A thousand sessions selected by a declared member of their documents, index warm."""
    store = SessionStore.init(tmp_path / "fields.git", fields=("project",))
    for number in range(1_000):
        store.save(fresh_session(f"s{number}", 1).with_header(project="one"))
    works: list[Callable[[], object]] = [
        reading_rows(tmp_path, 1_000),
        lambda: store.sessions(where={"project": "one"}),
    ]
    alternate(works, 2)
    floor, listing = alternate(works, 15)
    work = "sessions by a field, 1,000 rows"
    report(work, listing / floor, 10, floor="reading 1,000 rows by key", detail=ms(listing))
