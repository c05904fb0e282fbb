"""The tree of turns in a Claude Code file: real rewinds become branches, all else is one line.

`parentUuid` forks for many reasons that are no branch: parallel tool calls, progress rows,
retried responses, prompts that were never answered. One rule settles all of them: every row
belongs to the turn that it stands in, and only a *prompt* can open a branch, when it attaches
to an earlier turn than the last one and thereby leaves a prompt that had been answered.

A prompt is placed by what stands before it alone, so a growing file never changes a turn that
was there before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from porcelain.transcript.row import Row, Turn

_ROOT = -1  # owner of what precedes the first prompt
_REPLY = "assistant"


class _Turn:
    """A turn while its rows are still coming in."""

    __slots__ = ("attach", "parent", "prompt", "replied", "rows")

    def __init__(self, rows: list[int], parent: int | None, attach: int | None) -> None:
        self.rows = rows
        self.parent = parent
        self.attach = attach  # the message that its prompt follows
        self.prompt: int | None = None
        self.replied = False


def lineages(rows: Sequence[Row]) -> tuple[Turn, ...]:
    """Arrange rows as a tree of turns, parents first; the last turn holds the last row.

    A branch that leaves a turn halfway shares that turn's first rows with it, as a turn beside
    it. No rows, no turns.
    """
    tree = _Tree(rows)
    for index in range(len(rows)):
        tree.add(index)
    return tuple(Turn(tuple(turn.rows), turn.parent) for turn in tree.turns)


class _Tree:
    """The turns of the rows seen so far, and where in the graph each row is."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.turns: list[_Turn] = []
        self.current = 0
        self.by_id: dict[str, int] = {}
        self.up: dict[int, int | None] = {}  # a graph row's parent, resolved
        self.owner: dict[int, int] = {}  # the turn whose prompt a row descends from
        self.stand: dict[int, int] = {}  # the turn that a row stands in
        self.copy: dict[int, int] = {}  # the turn that a row's newest repetition stands in
        self.prompts: set[tuple[str, str]] = set()
        self.cuts: dict[tuple[int, ...], int] = {}
        self.last: int | None = None
        self.linked = False

    def add(self, index: int) -> None:
        """Take in the next row of the file."""
        row = self.rows[index]
        if not self.turns:
            self.turns.append(_Turn([], None, None))
        known = self.by_id.get(row.native_id) if row.native_id else None
        in_graph = row.native_id is not None and known is None and not row.side
        parent = self._resolve(row) if in_graph else None
        if row.prompt and known is None:
            self._open(index, parent)
        self.turns[self.current].rows.append(index)
        self.stand[index] = self.current
        if known is not None:
            self.copy[known] = self.current
        if in_graph:
            self._enter(index, parent)

    def _resolve(self, row: Row) -> int | None:
        """Find a row's parent; without a known one it continues what was written last."""
        if row.native_parent is not None:
            known = self.by_id.get(row.native_parent)
            self.linked = self.linked or known is not None
            return self.last if known is None else known
        return None if row.prompt and self.linked else self.last

    def _enter(self, index: int, parent: int | None) -> None:
        """Put a row into the graph."""
        row = self.rows[index]
        if row.native_id is not None:
            self.by_id[row.native_id] = index
        self.up[index] = parent
        self.last = index
        begun = self.turns[0].prompt is not None
        if row.prompt or (parent is None and begun):
            owner = self.current
        else:
            owner = _ROOT if parent is None else self.owner[parent]
        self.owner[index] = owner
        if row.kind == _REPLY and owner != _ROOT:
            self.turns[owner].replied = True

    def _open(self, index: int, parent: int | None) -> None:
        """Begin the turn of a prompt, unless it is the first, whose turn is there already."""
        row = self.rows[index]
        if self.turns[0].prompt is None:
            self.turns[0].attach = self._message(parent)
        else:
            shared, continued = self._place(row, parent)
            self.turns.append(_Turn(shared, continued, self._message(parent)))
            self.current = len(self.turns) - 1
        self.turns[self.current].prompt = index
        if row.time is not None:
            self.prompts.add((row.time, row.text))

    def _place(self, row: Row, parent: int | None) -> tuple[list[int], int | None]:
        """Decide what a prompt continues: rows that its turn begins with, and a turn."""
        here: tuple[list[int], int] = [], self.current
        chain = list(self._chain(parent))
        owner = self.owner[chain[0]] if chain else _ROOT
        if owner == self.current or row.native_id is None or self._is_replay(row, chain, owner):
            return here
        moved = [r for r in chain if self._is_moved(r, owner)]
        if moved and not any(self.rows[r].kind == _REPLY for r in moved):
            return here
        path = self._path(self.current)
        if owner == _ROOT or owner in path:
            left = path if owner == _ROOT else path - self._path(owner)
            if not any(self.turns[turn].replied for turn in left):
                return here
        if owner != _ROOT:
            return [], self._continued(owner, chain, moved)
        first = self.turns[0].prompt or 0
        if parent is None and row.conversation != self.rows[first].conversation:
            return here
        return [*(r for r in self.turns[0].rows if r < first), *sorted(moved)], None

    def _is_replay(self, row: Row, chain: Sequence[int], owner: int) -> bool:
        """Tell whether a compaction wrote this prompt, or what it follows, once more.

        Such prompts have new ids and the old times; such rows have the old ids.
        """
        if row.time is not None and (row.time, row.text) in self.prompts:
            return True
        home = next((r for r in chain if not self._is_moved(r, owner)), None)
        return home is not None and self.copy.get(home) == self.current

    def _continued(self, owner: int, chain: Sequence[int], moved: Sequence[int]) -> int:
        """Return the turn that ends where a prompt attaches, making one where none does."""
        turn = self.turns[owner]
        home = next(r for r in chain if r not in moved)
        attach = self._message(chain[0])
        if not moved and (
            any(t.parent == owner and t.attach == attach for t in self.turns)
            or not any(r > home and self._is_message(r) for r in turn.rows)
        ):
            return owner
        key = (owner, home, *sorted(moved))
        if key not in self.cuts:
            kept = [r for r in turn.rows if r <= home]
            opened = {call for r in kept for call in self.rows[r].calls}
            kept += [r for r in turn.rows if r > home and opened.intersection(self.rows[r].results)]
            cut = _Turn(sorted({*kept, *moved}), turn.parent, turn.attach)
            cut.prompt, cut.replied = turn.prompt, True
            self.turns.append(cut)
            self.cuts[key] = len(self.turns) - 1
        return self.cuts[key]

    def _chain(self, row: int | None) -> Iterator[int]:
        """Walk up from a row to the prompt that it descends from."""
        while row is not None:
            yield row
            if self.rows[row].prompt:
                return
            row = self.up[row]

    def _message(self, row: int | None) -> int | None:
        """Return the nearest message at or above a row, over hooks and progress."""
        return next((r for r in self._chain(row) if self._is_message(r)), None)

    def _is_message(self, row: int) -> bool:
        """Tell whether a row is a message of the main conversation."""
        return self.rows[row].role is not None and row in self.up

    def _is_moved(self, row: int, owner: int) -> bool:
        """Tell whether a row stands in another turn than the one it descends from."""
        if owner == _ROOT:
            first = self.turns[0].prompt
            return first is not None and row > first
        return self.stand[row] != owner

    def _path(self, turn: int) -> set[int]:
        """Return a turn and all that it continues."""
        found = {turn}
        parent = self.turns[turn].parent
        while parent is not None:
            found.add(parent)
            parent = self.turns[parent].parent
        return found
