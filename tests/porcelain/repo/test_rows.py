"""Rows of what a revset selects."""

from __future__ import annotations

from pathlib import Path

from store.ids import NULL_ID
from tests.harness.world import World, chat


def test_every_selected_commit_has_a_row_the_root_included(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    made = world.store().save(chat("a", "one"))
    repo = world.repo()
    rows = [repo.row(position) for position in repo.select("all()")]
    assert [row.id for row in rows] == [made.id, NULL_ID]
    assert (rows[-1].subject, rows[-1].messages) == ("", None)
