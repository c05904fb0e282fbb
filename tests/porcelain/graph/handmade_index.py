"""An index filled by hand: commits whose ids a test chooses, which no git objects can have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from porcelain.graph.repo_graph import Preferences, RepoGraph
from porcelain.index.view_rows import open_view_index
from porcelain.model.change_id import ROOT_CHANGE_ID, to_reverse_hex
from store.ids import CommitId
from store.index.commit_index import Index
from store.repository.repository import Repository

_COMMIT = (
    "INSERT INTO commits (pos, id, tree, generation, time, subject, empty, generated, visible) "
    "VALUES (?, ?, zeroblob(20), 1, 0, '', 1, 0, ?)"
)


class Made(NamedTuple):
    """One commit: both ids as hex digits that zeros complete, the change id's too."""

    commit: str
    change: str
    visible: bool = True


def full_commit(digits: str) -> CommitId:
    """Return a whole commit id that begins with these digits."""
    return CommitId(digits.ljust(40, "0"))


def full_change(digits: str) -> str:
    """Return a whole change id whose hex form begins with these digits."""
    return to_reverse_hex(bytes.fromhex(digits.ljust(32, "0")))


def letters(digits: str) -> str:
    """Return the beginning of a change id for that of its hex form."""
    return full_change(digits)[: len(digits)]


def handmade_index(path: Path, commits: Iterable[Made]) -> Index:
    """Make a repository with these commits in its index: position 1 is the first."""
    Repository.init(str(path), host="here", random=bytes)
    index = open_view_index(Repository.open(str(path)))
    seen: set[str] = {ROOT_CHANGE_ID}
    rows, changes = [], []
    for position, made in enumerate(commits, 1):
        change = full_change(made.change)
        rows.append((position, bytes.fromhex(full_commit(made.commit)), made.visible))
        changes.append((change, change in seen, position))
        seen.add(change)
    with index.writing() as connection:
        connection.executemany(_COMMIT, rows)
        connection.executemany("INSERT INTO edges VALUES (0, ?, 0)", [row[:1] for row in rows])
        sql = "INSERT INTO changes SELECT pos, ?, ?, visible FROM commits WHERE pos = ?"
        connection.executemany(sql, changes)
    return index


def name(index: Index, part: str, key: str, commit: str) -> None:
    """Point a session or a tag at a commit."""
    with index.writing() as connection:
        connection.execute(
            "INSERT INTO view_rows VALUES (?, ?, ?)", (part, key, full_commit(commit))
        )


def graph(index: Index, short: str | None = "") -> RepoGraph:
    """Return a graph whose short set is what a revset names; "" for none."""
    return RepoGraph(index, "replica/default", Preferences(short=short))
