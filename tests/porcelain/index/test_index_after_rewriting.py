"""Rows that the index takes over from old versions of rewritten commits are those that it would read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from porcelain.actions.editing.abandon import abandon
from porcelain.actions.editing.describe import Metadata, describe, edit_metadata
from porcelain.actions.moving.destination import Location
from porcelain.actions.moving.duplicate import duplicate
from porcelain.actions.moving.rebase import Options, rebase_commits
from porcelain.actions.recording.record import Recorder
from store.ids import CommitId
from store.index.database_file import index_path
from tests.harness.world import World, chat, check

Rewrite = Callable[[World, Recorder], object]


def facts(world: World) -> dict[str, tuple[object, ...]]:
    """Return what the index knows of every commit, but for positions."""
    index = world.open().index
    rows: dict[str, tuple[object, ...]] = {row.id: tuple(row[2:]) for row in index.rows("1 = 1")}
    index.close()
    return rows


def drop_index(world: World) -> None:
    path = Path(index_path(str(world.path)))
    for name in path.parent.glob(f"{path.name}*"):
        name.unlink()


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "r.git")
    made.save(chat("talk", "one"))
    for count in range(2, 6):
        made.save(chat("talk", *(f"text {n}" if n > 1 else "one" for n in range(1, count + 1))))
    made.fork("talk--", "side")
    made.append("side")
    made.new("talk--", "titled")
    return made


def commits(world: World, revset: str) -> list[CommitId]:
    repo = world.repo()
    return [repo.graph.commit_id(p) for p in repo.select(revset).positions()]


REWRITES: dict[str, Rewrite] = {
    "describe the first": lambda w, tx: describe(
        tx, dict.fromkeys(commits(w, "roots(all() ~ root())"), "a title\n")
    ),
    "describe with a body": lambda w, tx: describe(
        tx, dict.fromkeys(commits(w, "talk-"), "a title\n\nand more\n")
    ),
    "an empty description": lambda w, tx: describe(tx, dict.fromkeys(commits(w, "talk--"), "")),
    "another author": lambda w, tx: edit_metadata(
        tx, commits(w, "talk--"), Metadata(author=("B", "b@example.org"))
    ),
    "another change id": lambda w, tx: edit_metadata(
        tx, commits(w, "talk--"), Metadata(new_change_id=True)
    ),
    "abandon": lambda w, tx: abandon(tx, commits(w, "talk--")),
    "duplicate": lambda w, tx: duplicate(tx, commits(w, "talk-::")),
    "rebase": lambda w, tx: rebase_commits(
        tx, "source", commits(w, "side"), Location(tuple(commits(w, "talk"))), Options(), onto=True
    ),
}


@pytest.mark.parametrize("name", REWRITES)
def test_an_index_that_followed_equals_one_that_was_rebuilt(world: World, name: str) -> None:
    with world.repo().transaction() as tx:
        REWRITES[name](world, tx)
    assert tx.published.operation is not None
    check(world)
    followed = facts(world)

    drop_index(world)

    rebuilt = facts(world)
    assert {key: followed[key] for key in rebuilt} == rebuilt
