"""Arrange rows that name their parents as a tree of turns, in which every fork is a branch.

A row without a known parent continues the row before it. So does a row that leaves no message
behind: agents hang settings, labels and injected text beside each other.

In a file that only grows, the rows before a row alone decide its place, so earlier turns never
change. A document may list its rows in any order, and say which row is the live one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from porcelain.transcript.row import Row, Turn


def tree(rows: Sequence[Row]) -> tuple[Turn, ...]:
    """Arrange rows as a tree of turns, parents first; the last turn holds the last row.

    A branch from inside a turn that begins with a prompt continues a turn with the first rows of
    that turn; another branch (an answer that was generated again) is a turn that shares them.
    """
    return _Tree(rows).built(range(len(rows)))


def live_tree(rows: Sequence[Row], live: str | None) -> tuple[Turn, ...]:
    """Arrange the rows of a document; the last turn ends with the row `live`, by default the last.

    The rows of a turn are in the order of the conversation, which may differ from the file's.
    """
    known = {row.native_id: place for place, row in enumerate(rows) if row.native_id}
    children: dict[int | None, list[int]] = {}
    up: dict[int, int | None] = {}
    for place, row in enumerate(rows):
        parent = known.get(row.native_parent or "")
        up[place] = None if parent == place else parent
        children.setdefault(up[place], []).append(place)
    here = known.get(live or "", len(rows) - 1 if rows else None)
    path = set[int]()
    while here is not None and here not in path:
        path.add(here)
        here = up[here]
    order = list(_depth_first(children, path))
    seen = set(order)  # rows whose parents form a circle are missing
    return _Tree(rows).built([*(p for p in range(len(rows)) if p not in seen), *order])


def _depth_first(children: dict[int | None, list[int]], path: set[int]) -> Iterable[int]:
    """Yield every row behind its parent, those of `path` behind their siblings' rows."""
    waiting: list[int] = []

    def push(of: int | None) -> None:
        found = sorted(children.get(of, ()), key=lambda place: place in path)
        waiting.extend(reversed(found))

    push(None)
    while waiting:
        place = waiting.pop()
        yield place
        push(place)


class _Tree:
    """The turns of the rows so far, and the place of each row that may be a parent."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.turns: list[tuple[list[int], int | None]] = []
        self.prompted: list[bool] = []
        self.place: dict[str, tuple[int, int]] = {}  # native id: the turn, and the place in it
        self.cuts: dict[tuple[int, int], int] = {}

    def built(self, order: Iterable[int]) -> tuple[Turn, ...]:
        for index in order:
            self._add(index, self.rows[index])
        return tuple(Turn(tuple(turn), parent) for turn, parent in self.turns)

    def _add(self, index: int, row: Row) -> None:
        known = row.native_id is not None and row.native_id in self.place
        prompt = row.prompt and not known
        if not self.turns:
            self._open([], None)
        elif not known:
            at = self.place.get(row.native_parent or "")
            if at is not None and self._leaves_messages(at):
                self._branch(at, prompt)
            elif prompt and self.prompted[-1]:
                self._open([], len(self.turns) - 1)
        turn = self.turns[-1][0]
        turn.append(index)
        self.prompted[-1] = self.prompted[-1] or prompt
        if row.native_id is not None:  # a response may be several rows with one id
            self.place[row.native_id] = len(self.turns) - 1, len(turn) - 1

    def _leaves_messages(self, at: tuple[int, int]) -> bool:
        """Tell whether the newest line of turns has a message after this place, or lacks it."""
        turn, place = at
        here: int | None = len(self.turns) - 1
        while here is not None:
            rows = self.turns[here][0]
            if here == turn:
                return any(self.rows[row].role for row in rows[place + 1 :])
            if any(self.rows[row].role for row in rows):
                return True
            here = self.turns[here][1]
        return True

    def _branch(self, at: tuple[int, int], prompt: bool) -> None:
        """Open a turn that continues the row at a place in an earlier turn."""
        turn, place = at
        rows, parent = self.turns[turn]
        left = rows[place + 1 :]
        if not any(self.rows[row].role for row in left):
            self._open([], turn)
        elif not prompt:
            self._open(rows[: place + 1], parent)
        else:
            if at not in self.cuts:
                self._open(rows[: place + 1], parent)
                self.cuts[at] = len(self.turns) - 1
            self._open([], self.cuts[at])

    def _open(self, shared: list[int], parent: int | None) -> None:
        self.turns.append((list(shared), parent))
        self.prompted.append(any(self.rows[row].prompt for row in shared))
