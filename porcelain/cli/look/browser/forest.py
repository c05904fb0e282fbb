"""The conversations that the browser shows: the tree in its order, and messages when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from porcelain.exchange.page.lines import Line, find_lines
from porcelain.exchange.page.segment import Message, Segment, read_segment
from porcelain.repo.reader import RepoReader


class Entry(NamedTuple):
    """An entry of the tree: a line and its depth, or one of the turns of a line that is unfolded."""

    line: int
    depth: int
    turn: int | None = None


class Forest:
    """All conversations of a repository in its newest state."""

    def __init__(self, repo: RepoReader) -> None:
        """Read the tree, but no conversation."""
        self.repo = repo
        self.lines: list[Line] = []
        self.unfolded: set[str] = set()
        self._order: list[tuple[int, int]] = []
        self._segments: dict[tuple[str, int], Segment] = {}
        self._seen: tuple[str, int] = "", 0
        self.read()

    def read(self) -> None:
        """Read the tree again."""
        self.repo.reload()
        self.lines = find_lines(self.repo, self.repo.graph.visible())
        self._order = [*_ordered(self.lines)]
        self._seen = self._state()

    def has_moved(self) -> bool:
        """Tell whether somebody may have written since the tree was read; a few looks at files."""
        return self._state() != self._seen or not self.repo.index.is_unmoved()

    def _state(self) -> tuple[str, int]:
        """Return the newest operation, and a number that other processes' changes of the index raise."""
        return self.repo.head, self.repo.index.query("PRAGMA data_version")[0][0]

    def entries(self, words: str = "") -> list[Entry]:
        """Return the entries of the tree, or of the lines with some words, without depth."""
        wanted = words.lower().split()
        found: list[Entry] = []
        for line, depth in self._order:
            if wanted and not _has(self.lines[line], wanted):
                continue
            entry = Entry(line, 0 if wanted else depth)
            found.append(entry)
            if self.lines[line].tip.id in self.unfolded:
                turns = self.segment(line).turns
                found += [entry._replace(turn=turn) for turn in range(len(turns))]
        return found

    def segment(self, line: int) -> Segment:
        """Return what a line adds; it is read once."""
        one = self.lines[line]
        key = one.tip.id, len(one.commits)
        if key not in self._segments:
            self._segments[key] = read_segment(self.repo, one)
        return self._segments[key]

    def conversation(self, line: int) -> list[Message]:
        """Return the messages of the conversation at the end of a line."""
        chain: list[int] = []
        here: int | None = line
        while here is not None:
            chain.append(here)
            here = self.lines[here].parent
        messages: list[Message] = []
        for number in reversed(chain):
            segment = self.segment(number)
            messages = [one for one in messages if one.place <= segment.kept]
            messages += segment.messages
        return messages

    def first_number(self, line: int, turn: int) -> int | None:
        """Return the number of the first message that a turn adds."""
        found = (one.number for one in self.segment(line).messages if one.turn == turn)
        return next((number for number in found if number is not None), None)

    def line_of_change(self, change_id: str) -> int | None:
        """Return the line that a change is in."""
        positions = {*self.repo.graph.with_prefix("change", change_id)}
        found = (n for n, line in enumerate(self.lines) if positions & {*line.commits})
        return next(found, None)


def _has(line: Line, words: list[str]) -> bool:
    facts = line.conversation.facts
    texts = (*line.sessions, *line.tags, line.title, line.tip.format or "", facts.project)
    text = " ".join(texts).lower()
    return all(word in text for word in words)


def _ordered(lines: list[Line]) -> Iterator[tuple[int, int]]:
    """Yield the lines with their depths: conversations newest first, forks by where they part."""
    below: dict[int | None, list[int]] = {}
    newest = [line.tip.time for line in lines]
    for number in range(len(lines) - 1, -1, -1):
        parent = lines[number].parent
        below.setdefault(parent, []).append(number)
        if parent is not None:
            newest[parent] = max(newest[parent], newest[number])
    below.get(None, []).sort(key=lambda number: (-newest[number], -number))
    for parent, numbers in below.items():
        if parent is not None:
            numbers.sort(key=lambda number: (lines[number].start_rows, number))
    pending = [(number, 0) for number in reversed(below.get(None, []))]
    while pending:
        number, depth = pending.pop()
        yield number, depth
        pending += [(child, depth + 1) for child in reversed(below.get(number, []))]
