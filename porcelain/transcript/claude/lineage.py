"""Find the tree of turns in a Claude Code file, in which only rewinds are branches.

`parentUuid` also forks for parallel tool calls, progress rows, retried responses and prompts
that were never answered. So every row belongs to the turn in which it stands, and only a *prompt*
can open a branch: when its parent is in an earlier turn than the last one, and the branch leaves
a prompt that was answered.

The rows before a prompt alone decide its place, so a growing file never changes earlier turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from porcelain.transcript.row import Row, Turn

_ROOT = -1  # the owner of rows before the first prompt
_REPLY = "assistant"


class _Turn:
    """A turn to which rows are still added."""

    __slots__ = ("attach", "parent", "prompt", "replied", "rows")

    def __init__(self, rows: list[int], parent: int | None, attach: int | None) -> None:
        self.rows = rows
        self.parent = parent
        self.attach = attach  # the message that its prompt continues
        self.prompt: int | None = None
        self.replied = False


def lineages(rows: Sequence[Row]) -> tuple[Turn, ...]:
    """Arrange rows as a tree of turns, parents first; the last turn holds the last row.

    A branch from inside a turn starts at a sibling of that turn, which shares its first rows.
    """
    tree = _Tree(rows)
    for index in range(len(rows)):
        tree.add(index)
    return tuple(Turn(tuple(turn.rows), turn.parent) for turn in tree.turns)


class _Tree:
    """The turns of the rows so far, and each row's place in the graph."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.turns: list[_Turn] = []
        self.current = 0
        self.by_id: dict[str, int] = {}
        self.up: dict[int, int | None] = {}  # a graph row's parent, resolved
        self.owner: dict[int, int] = {}  # the turn whose prompt a row descends from
        self.stand: dict[int, int] = {}  # the turn in which a row stands
        self.copy: dict[int, int] = {}  # the turn in which a row's newest repetition stands
        self.prompts: set[tuple[str, str]] = set()
        self.cuts: dict[tuple[int, ...], int] = {}
        self.last: int | None = None
        self.linked = False

    def add(self, index: int) -> None:
        """Add the next row of the file."""
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
        """Return a row's parent; without a known one that is the last row of the graph."""
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
        """Begin the turn of a prompt; the first prompt's turn exists already."""
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
        """Return the place of a prompt: the rows with which its turn begins, and the parent."""
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
        """Tell whether a compaction repeated this prompt, or the rows that it continues.

        Repeated prompts have new ids and old times; other repeated rows have their old ids.
        """
        if row.time is not None and (row.time, row.text) in self.prompts:
            return True
        home = next((r for r in chain if not self._is_moved(r, owner)), None)
        return home is not None and self.copy.get(home) == self.current

    def _continued(self, owner: int, chain: Sequence[int], moved: Sequence[int]) -> int:
        """Return the turn that ends at a prompt's parent; make one if there is none."""
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
        """Yield a row and its ancestors up to the nearest prompt."""
        while row is not None:
            yield row
            if self.rows[row].prompt:
                return
            row = self.up[row]

    def _message(self, row: int | None) -> int | None:
        """Return the nearest message among a row and its ancestors."""
        return next((r for r in self._chain(row) if self._is_message(r)), None)

    def _is_message(self, row: int) -> bool:
        """Tell whether a row is a message of the main conversation."""
        return self.rows[row].role is not None and row in self.up

    def _is_moved(self, row: int, owner: int) -> bool:
        """Tell whether a row stands in another turn than the one from which it descends."""
        if owner == _ROOT:
            first = self.turns[0].prompt
            return first is not None and row > first
        return self.stand[row] != owner

    def _path(self, turn: int) -> set[int]:
        """Return a turn and its ancestors."""
        found = {turn}
        parent = self.turns[turn].parent
        while parent is not None:
            found.add(parent)
            parent = self.turns[parent].parent
        return found
