"""`Commits` for long lists: reads rows, names and unique prefixes many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from itertools import pairwise
from typing import TypeVar

from porcelain.cli.render.commit import Commits
from porcelain.graph.repo_graph import RepoGraph
from porcelain.index.id_sources import ROOT_CHANGE
from porcelain.index.view_rows import part_rows
from porcelain.language.id_prefix import PrefixIndex, SortedIds, common_length
from porcelain.model.ids import ChangeId
from porcelain.model.view_value import SESSIONS, TAGS
from porcelain.repo.reader import RepoReader
from store.ids import CommitId
from store.index.commit_row import CommitRow

Id = TypeVar("Id", bound=str)

AT_ONCE = 500
_WORTH_IT = 1000
_MOST_PER_NAME = 20


class ManyCommits(Commits):
    """`Commits`, quicker where many are shown: `preload` the next ones."""

    def __init__(self, repo: RepoReader) -> None:
        """Look nothing up yet."""
        super().__init__(repo)
        self._rows: dict[int, tuple[CommitRow, ChangeId, int]] = {}
        self._found: dict[str, int] = {}
        self._named: dict[str, dict[str, list[str]]] = {}
        self._repeated: frozenset[str] | None = None

    def expect(self, count: int) -> None:
        """Prepare to show the unique prefixes of so many commits."""
        repo = self.repo
        usual = repo.graph.preferences.short is None
        if usual and count >= _WORTH_IT and _count_visible(repo) <= count * _MOST_PER_NAME:
            self.graph = _graph_with_known_prefixes(repo)

    def find(self, commit_id: CommitId) -> int | None:
        """Return a commit's position, as `Commits` does."""
        place = self._found.get(commit_id)
        return super().find(commit_id) if place is None else place

    def preload(self, commits: Iterable[CommitId], *, with_names: bool = False) -> None:
        """Read some commits at once, in place of those read before.

        `with_names` also reads the names that point to them, for data.
        """
        self._rows.clear()
        self._found.clear()
        self._named.clear()
        wanted = list(commits)
        if len(wanted) < 2:
            return
        if self._repeated is None:
            rows = self.repo.index.query("SELECT DISTINCT change FROM changes WHERE again = 1")
            self._repeated = frozenset(change for (change,) in rows)
        marks = ", ".join("?" * len(wanted))
        sql = (
            f"SELECT {', '.join(CommitRow._fields)}, change FROM commits "
            f"JOIN changes USING (pos) WHERE id IN ({marks})"
        )
        ids = [bytes.fromhex(commit_id) for commit_id in wanted]
        for found in self.repo.index.query(sql, tuple(ids)):
            row = CommitRow.of(found[:-1])
            self._found[row.id] = row.pos
            if found[-1] not in self._repeated:
                self._rows[row.pos] = row, ChangeId(found[-1]), int(row.visible)
        numbers = {row.conversation or 0 for row, _, _ in self._rows.values()}
        self._conversations = self.repo.index.conversations(numbers)
        for part in (SESSIONS, TAGS) if with_names else ():
            here: dict[str, list[str]] = {commit_id: [] for commit_id in wanted}
            sql = f"SELECT value, key FROM view_rows WHERE part = ? AND value IN ({marks})"
            for value, name in sorted(self.repo.index.query(sql, (part, *wanted))):
                here[value].append(name)
            self._named[part] = here

    def names(self, row: CommitRow, part: str) -> list[str]:
        """Return the sessions or tags at a commit, as `Commits` does."""
        here = self._named.get(part, {}).get(row.id)
        return super().names(row, part) if here is None or self._conflicted(part) else list(here)

    def look(self, position: int) -> tuple[CommitRow, ChangeId, int]:
        """Return a commit, as `Commits` does."""
        return self._rows.get(position) or super().look(position)


class _KnownPrefixes(PrefixIndex[Id]):
    """The lengths of many ids' unique prefixes, computed in advance."""

    __slots__ = ("_lengths", "_names", "_rest")

    def __init__(self, ids: Sequence[Id], names: Collection[str], rest: PrefixIndex[Id]) -> None:
        """Take all visible ids in order, names that no prefix may equal, and an index of all ids."""
        super().__init__(None, SortedIds(()))
        self._lengths = _unique_lengths(ids)
        self._names = names
        self._rest = rest

    def shortest(self, full_id: Id) -> int:
        """Return the length of the shortest prefix that names an id."""
        length = self._lengths.get(full_id)
        if length is None:
            return self._rest.shortest(full_id)
        while length < len(full_id) and full_id[:length] in self._names:
            length += 1
        return length


def _unique_lengths(ids: Sequence[Id]) -> dict[Id, int]:
    lengths: dict[Id, int] = dict.fromkeys(ids[:1], 1)
    for one, other in pairwise(ids):
        lengths[other] = common_length(one, other) + 1
        lengths[one] = max(lengths[one], lengths[other])
    return lengths


def _graph_with_known_prefixes(repo: RepoReader) -> RepoGraph:
    graph = copy(repo.graph)
    names = {name for part in (SESSIONS, TAGS) for name, _ in part_rows(repo.index, part)}
    ids = [
        CommitId(row[0].hex())
        for row in repo.index.query("SELECT id FROM commits WHERE visible = 1 ORDER BY id")
    ]
    graph.commit_ids = _KnownPrefixes(ids, names, graph.commit_ids)
    changes = [
        ChangeId(row[0])
        for row in repo.index.query(
            "SELECT DISTINCT change FROM changes JOIN commits USING (pos) WHERE visible = 1 "
            "ORDER BY change"
        )
    ]
    if changes[-1:] != [ROOT_CHANGE]:
        changes.append(ROOT_CHANGE)
    graph.change_ids = _KnownPrefixes(changes, names, graph.change_ids)
    return graph


def _count_visible(repo: RepoReader) -> int:
    return int(repo.index.query("SELECT count(*) FROM commits WHERE visible = 1")[0][0])
