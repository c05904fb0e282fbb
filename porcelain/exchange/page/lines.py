"""The tree of conversations as lines: each runs from where it parts to an end of a conversation.

Ends are heads, sessions on commits that others continue, and the further parents of merges. At a
fork the first child of the same conversation carries the line on; every other child begins a line
of its own. All of it comes from the index: no transcript is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from porcelain.index.view_rows import part_rows, title_of
from porcelain.model.ids import ChangeId
from porcelain.model.view_value import SESSIONS, TAGS, parse_target
from porcelain.repo.reader import RepoReader
from store.document.agent_facts import NO_CONVERSATION, Conversation
from store.ids import CommitId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow

_COLUMNS = ", ".join(f"commits.{name}" for name in CommitRow._fields)


class Line(NamedTuple):
    """A line of the tree.

    `commits` are the positions that belong to it, rising; none where a session ends on a commit of
    another line. `start` is the position that it continues, 0 for none; there are `start_rows` rows
    and `start_messages` messages there, and `parent` is the number of the line that has it. `tip` is the row of its end.
    """

    parent: int | None
    start: int
    start_rows: int
    start_messages: int
    commits: tuple[int, ...]
    tip: CommitRow
    change_id: ChangeId
    sessions: tuple[str, ...]
    tags: tuple[str, ...]
    conversation: Conversation

    @property
    def title(self) -> str:
        """The title of the conversation, if it has one and is no fork; else that of its last change."""
        own = self.conversation.facts.title if self.tip.generated and self.parent is None else ""
        return own or title_of(self.tip)


class Names(NamedTuple):
    """The sessions and the tags at each commit, by its id, in byte order."""

    sessions: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, tuple[str, ...]]


def find_lines(repo: RepoReader, positions: Iterable[int]) -> list[Line]:
    """Return the lines of some commits and their ancestors, each after the line that it parts from."""
    index = repo.index
    included = index.reach(position for position in positions if position)
    included.discard(0)
    names = read_names(index)
    lines = _Chains(index, included, _ends(index, included, names)).lines
    tips = [chain[-1] if chain else start for _, start, chain in lines]
    rows = _rows(index, {*tips, *(start for _, start, _ in lines if start)})
    numbers = {row.conversation or 0 for row, _ in rows.values()}
    known = index.conversations(numbers)
    found = []
    for (parent, start, chain), tip in zip(lines, tips, strict=True):
        row, change = rows[tip]
        conversation = known.get(row.conversation or 0, NO_CONVERSATION)
        here = names.sessions.get(row.id, ()), names.tags.get(row.id, ())
        shared = (rows[start][0].rows or 0, rows[start][0].messages or 0) if start else (0, 0)
        found.append(Line(parent, start, *shared, tuple(chain), row, change, *here, conversation))
    return found


def read_names(index: Index) -> Names:
    """Return all sessions and tags, by the commits that they name."""
    made: list[dict[str, tuple[str, ...]]] = []
    for part in (SESSIONS, TAGS):
        by_commit: dict[str, tuple[str, ...]] = {}
        for name, value in part_rows(index, part):
            for commit in parse_target(value)[::2]:
                if commit is not None:
                    by_commit[commit] = (*by_commit.get(commit, ()), name)
        made.append(by_commit)
    return Names(*made)


def _rows(index: Index, positions: Collection[int]) -> dict[int, tuple[CommitRow, ChangeId]]:
    sql = f"SELECT {_COLUMNS}, change FROM commits JOIN changes USING (pos) WHERE pos IN ({{}})"
    found = index.query_among(sql, positions)
    return {row[0]: (CommitRow.of(row[:-1]), ChangeId(row[-1])) for row in found}


def _ends(index: Index, included: Collection[int], names: Names) -> set[int]:
    """Return the commits that are ends although others continue them."""
    sql = "SELECT parent FROM edges WHERE ord > 0 AND child IN ({})"
    merged = {row[0] for row in index.query_among(sql, included)}
    named = index.positions(CommitId(commit) for commit in names.sessions)
    return (merged | {*named.values()}) & {*included}


class _Chains:
    """Divides commits into lines: (parent line, start, commits)."""

    def __init__(self, index: Index, included: Collection[int], ends: Collection[int]) -> None:
        self.lines: list[tuple[int | None, int, list[int]]] = []
        sql = "SELECT child, parent FROM edges WHERE ord = 0 AND child IN ({})"
        above = dict(index.query_among(sql, included))
        sql = "SELECT pos, session FROM commits WHERE pos IN ({})"
        sessions = dict(index.query_among(sql, included))
        chosen = _continuing(above, sessions)
        line_of: dict[int, int] = {0: 0}
        for position in sorted(included):
            parent = above.get(position, 0)
            if parent in line_of and chosen.get(parent) == position:
                line = line_of[parent]
                self.lines[line][2].append(position)
            else:
                line = len(self.lines)
                self.lines.append((line_of[parent] if parent else None, parent, [position]))
            line_of[position] = line
        tips = {chain[-1] for _, _, chain in self.lines}
        for position in sorted(ends):
            if position not in tips:
                self.lines.append((line_of[position], position, []))


def _continuing(above: Mapping[int, int], sessions: Mapping[int, str | None]) -> dict[int, int]:
    """Return the child that carries on the line of each commit that has children."""
    chosen: dict[int, int] = {}
    for child in sorted(above):
        parent = above[child]
        if not parent:
            continue
        known = chosen.get(parent)
        same = sessions.get(child) == sessions.get(parent)
        if known is None or (same and sessions.get(known) != sessions.get(parent)):
            chosen[parent] = child
    return chosen
