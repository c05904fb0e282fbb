"""Arrange the rows of a Codex rollout as a tree of turns.

A turn begins where its task starts, or at a prompt that the user typed while another task ran.
`thread_rolled_back` takes back the last turns, counted by their prompts: they stay as a branch.
The marker is a turn of its own at the end of that branch, because Codex obeys it wherever it
stands in a file.
"""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.transcript.row import Row, Turn

ROLLED_BACK = "event_msg/thread_rolled_back"
_STARTED = "event_msg/task_started"


def codex_turns(rows: Sequence[Row]) -> tuple[Turn, ...]:
    """Arrange rows as a tree of turns, parents first; the last turn holds the last row."""
    made = _Turns()
    for index, row in enumerate(rows):
        made.add(index, row)
    return tuple(Turn(tuple(turn), parent) for turn, parent in made.turns)


class _Turns:
    """The turns of the rows so far, and the path of those that are live."""

    def __init__(self) -> None:
        self.turns: list[tuple[list[int], int | None]] = []
        self.path: list[int] = []
        self.prompted: list[bool] = []  # whether a turn has its prompt; it has one at most
        self.started = False
        self.ended = True
        self.first_prompt = 0

    def add(self, index: int, row: Row) -> None:
        """Add the next row of the file."""
        if row.kind == ROLLED_BACK:
            self._take_back(index, row)
            return
        full = self.ended or self.prompted[-1]
        if (full and (self.ended or row.prompt or row.kind == _STARTED)) or (
            self.started and row.kind == _STARTED
        ):
            self._open()
        self.started = self.started or row.kind == _STARTED
        if row.prompt and not self.prompted[-1]:
            self.prompted[-1] = True
            self.first_prompt = self.first_prompt or index
        self.turns[-1][0].append(index)

    def _open(self) -> None:
        """Begin a turn; without a live one it begins with the rows before the first prompt."""
        rows = [] if self.path else list(range(self.first_prompt))
        self.turns.append((rows, self.path[-1] if self.path else None))
        self.path.append(len(self.turns) - 1)
        self.prompted.append(False)
        self.started = self.ended = False

    def _take_back(self, index: int, row: Row) -> None:
        """Put a marker behind the turns that it takes back; the next row goes on before them."""
        self._open()
        self.turns[-1][0].append(index)
        self.path.pop()
        left = int(row.text) if row.text.isdigit() else 0
        while left and self.path:
            left -= self.prompted[self.path.pop()]
        self.ended = True
