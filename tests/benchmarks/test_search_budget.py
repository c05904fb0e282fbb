"""The cost of `wj search` at 1,000 sessions of 100 messages, and the size of its index."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from store.gitdir.packed_refs import packed_path
from store.ids import CommitId, TreeId
from store.objects.commit import Commit, Signature, write_commit
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository
from store.session.session import Session
from store.tree_layout.layout import append_messages, write_session
from tests.benchmarks.measure import alternate, ms, report, run
from tests.benchmarks.repositories import START, message, text
from tests.benchmarks.test_command_budgets import WJ, WRITE_FLOOR, environment, warmed

pytestmark = pytest.mark.bench

SESSIONS, TURNS, SIZE = 1_000, 50, 500
_AT_ONCE = 200


def build_talks(path: str) -> Repository:
    """Write sessions of turns of two messages, each unlike all others, a commit each."""
    repository, _ = Repository.init(path)
    tips: list[tuple[str, CommitId]] = []
    for first in range(0, SESSIONS, _AT_ONCE):
        with ObjectBatch(repository) as batch:
            names = [(number, f"s{number:06d}") for number in range(first, first + _AT_ONCE)]
            tips += [(name, _talk(batch, number, name)) for number, name in names]
            batch.flush()
    with open(packed_path(repository.path), "w", encoding="ascii") as file:
        file.write("# pack-refs with: peeled fully-peeled sorted \n")
        file.writelines(f"{tip} refs/sessions/{name}\n" for name, tip in sorted(tips))
    return repository


def _talk(batch: ObjectBatch, number: int, name: str) -> CommitId:
    parent: tuple[CommitId, ...] = ()
    tree: TreeId | None = None
    for turn in range(TURNS):
        place = 2 * (number * TURNS + turn)
        said = [message(place + one, SIZE) for one in (0, 1)]
        if tree is None:
            at = "2026-01-01T00:00:00+00:00"
            session = Session.new(name, model="bench", messages=said, created_at=at)
            tree = write_session(batch, session, "native")
        else:
            tree = append_messages(batch, tree, said)
        who = Signature("b", "b@b", START + place)
        parent = (write_commit(batch, Commit(tree, parent, who, who, f"[{name}] {turn}\n")),)
    return parent[0]


def test_searching_100000_messages(tmp_path: Path) -> None:
    """First results come soon after the imports, and the index is smaller than the text."""
    env = environment(tmp_path)
    path = warmed(build_talks(str(tmp_path / "talks.git")), env)
    word, other = text(77_000, SIZE).split()[:2]
    start = time.perf_counter()
    run(WJ, "-R", path, "search", word, "-n", "1", env=env)()
    filling = time.perf_counter() - start
    searches = {
        "a word": (word,),
        "two words": (word, other),
        "a beginning that every message has": ("parser*",),
    }
    works = [run(*WRITE_FLOOR, env=env)]
    works += [run(WJ, "-R", path, "search", *q, "-n", "20", env=env) for q in searches.values()]
    floor, *times = alternate(works, 11)
    for name, seconds in zip(searches, times, strict=True):
        detail = f"{ms(seconds - floor)} over the floor of {ms(floor)}"
        report(f"wj search, 100,000 messages: {name}", seconds / floor, 2, detail=detail)
    words = 2 * SESSIONS * TURNS * SIZE
    size = os.path.getsize(os.path.join(path, "store-index.text"))
    detail = f"{size / 1e6:.1f} MB, filled in {filling:.0f} s"
    report("size of the full-text index", size / words, 0.6, floor="the text", detail=detail)
