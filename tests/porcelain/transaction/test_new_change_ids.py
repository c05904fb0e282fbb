"""Change ids of many commits in one transaction."""

from __future__ import annotations

import random
from pathlib import Path

from porcelain.index.view_rows import open_view_index
from porcelain.model.change_id import LONGEST_PREFIX, new_change_id
from porcelain.transaction.new_change_ids import NewChangeIds
from store.repository.repository import Repository


def test_ids_drawn_together_are_those_drawn_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "r.git"
    Repository.init(str(path), host="here", random=bytes)
    index = open_view_index(Repository.open(str(path)))
    ids = NewChangeIds(index, random.Random(7).randbytes)
    alone = random.Random(7).randbytes
    taken: set[str] = set()
    for _ in range(700):  # more than there are prefixes of two letters
        wanted = new_change_id(alone, taken.__contains__)
        assert ids.draw() == wanted
        taken.update(wanted[:length] for length in range(1, LONGEST_PREFIX + 1))
    ids.forget()
    assert ids.draw() == new_change_id(alone, lambda _: False)
