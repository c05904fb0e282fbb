"""Find the tree of turns in a Claude Code file, in which only rewinds are branches.

`parentUuid` also forks for parallel tool calls, progress rows, retried responses and prompts
that were never answered. So every row belongs to the turn in which it stands, and only a *prompt*
can open a branch: when its parent is in an earlier turn than the last one, and the branch leaves
a prompt that was answered.

A `last-prompt` row that names the end of another branch makes that branch the live one: it is a
turn of its own there, and what follows continues it.

The rows before a row alone decide its place, so a growing file never changes earlier turns.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import takewhile

from porcelain.transcript.reading.row_table import IdMap, RowTable
from porcelain.transcript.row import Row, Turn

_ROOT = -1  # the owner of rows before the first prompt
_NONE = -1  # no parent
_OUTSIDE = -2  # not in the graph
_REPLY = "assistant"
_LAST_PROMPT = "last-prompt"
_MANY_ROWS = 20_000

# What a row is, in few bytes: a file may have half a million.
_MESSAGE, _PROMPT, _IS_REPLY = 1, 2, 4


class _Turn:
    """A turn to which rows are still added."""

    __slots__ = ("attach", "depth", "jump", "parent", "prompt", "replied", "rows")

    def __init__(self, rows: list[int], parent: int | None, attach: int | None) -> None:
        self.rows = array("Q", rows)
        self.parent = parent
        self.attach = attach  # the message that its prompt continues
        self.prompt: int | None = None
        self.replied = False
        self.depth = 0
        self.jump = 0  # an ancestor, chosen so that any ancestor is few jumps away


def lineages(rows: Sequence[Row]) -> tuple[Turn, ...]:
    """Arrange rows as a tree of turns, parents first; the last turn holds the last row.

    A branch from inside a turn starts at a sibling of that turn, which shares its first rows.
    """
    tree = Tree(rows)
    for index, row in enumerate(rows):
        tree.add(index, row)
    return tree.found()


class Tree:
    """The turns of the rows so far, and each row's place in the graph."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Begin without turns; `rows` may be still growing, but has each row that is added."""
        self.rows = rows
        self.turns: list[_Turn] = []
        self.current = 0
        is_large = isinstance(rows, RowTable) or len(rows) > _MANY_ROWS
        self.by_id: IdMap | dict[str, int] = IdMap() if is_large else {}
        self.kinds = bytearray()
        self.up = array("q")  # a graph row's parent, resolved
        self.owner = array("q")  # the turn whose prompt a row descends from
        self.stand = array("q")  # the turn in which a row stands
        self.copy: dict[int, int] = {}  # the turn in which a row's newest repetition stands
        self.prompts: dict[str, list[int]] = {}  # by time
        self.cuts: dict[tuple[int, ...], int] = {}
        self.attached: set[tuple[int | None, int | None]] = set()  # parent and attach of turns
        self.last: int | None = None
        self.linked = False

    def found(self) -> tuple[Turn, ...]:
        """Return the turns, parents first."""
        return tuple(Turn(tuple(turn.rows), turn.parent) for turn in self.turns)

    def add(self, index: int, row: Row) -> None:
        """Add the next row of the file."""
        if not self.turns:
            self._begin(_Turn([], None, None))
        known = self.by_id.get(row.native_id) if row.native_id else None
        if known is not None and row.prompt and not self._is_repeated(row, known):
            known = None
        in_graph = row.native_id is not None and known is None and not row.side
        parent = self._resolve(row) if in_graph else None
        self.kinds.append(
            _MESSAGE * (row.role is not None)
            | _PROMPT * row.prompt
            | _IS_REPLY * (row.kind == _REPLY)
        )
        self.up.append(_OUTSIDE)
        if row.prompt and known is None:
            self._open(index, row, parent)
        elif row.kind == _LAST_PROMPT:
            self._turn_to(self.by_id.get(row.native_parent or ""))
        self.turns[self.current].rows.append(index)
        self.stand.append(self.current)
        self.owner.append(_ROOT)
        if known is not None:
            self.copy[known] = self.current
        if in_graph:
            self._enter(index, row, parent)

    def _is_repeated(self, row: Row, known: int) -> bool:
        """Tell whether a prompt was there under its id before; `known` is the newest row with it."""
        again = (known, *(self.prompts.get(row.time, ()) if row.time is not None else ()))
        return any(
            (self.rows[one].native_id, self.rows[one].text) == (row.native_id, row.text)
            for one in again
        )

    def _turn_to(self, leaf: int | None) -> None:
        """Go on with the branch that ends with a row, if that is another one."""
        if leaf is None or self._is_above(self.stand[leaf], self.current):
            return
        turn = self.stand[leaf]
        if not any(map(self._is_message, _rows_after(self.turns[turn].rows, leaf))):
            self.current = self._begin(_Turn([], turn, None))
            self.last = leaf

    def _resolve(self, row: Row) -> int | None:
        """Return a row's parent; without a known one that is the last row of the graph."""
        if row.native_parent is not None:
            known = self.by_id.get(row.native_parent)
            self.linked = self.linked or known is not None
            return self.last if known is None else known
        return None if row.prompt and self.linked else self.last

    def _enter(self, index: int, row: Row, parent: int | None) -> None:
        """Put a row into the graph."""
        if row.native_id is not None:
            self.by_id[row.native_id] = index
        self.up[index] = _NONE if parent is None else parent
        self.last = index
        begun = self.turns[0].prompt is not None
        if row.prompt or (parent is None and begun):
            owner = self.current
        else:
            owner = _ROOT if parent is None else self.owner[parent]
        self.owner[index] = owner
        if row.kind == _REPLY and owner != _ROOT:
            self.turns[owner].replied = True

    def _begin(self, turn: _Turn) -> int:
        """Add a turn and return its number."""
        number, parent = len(self.turns), turn.parent
        turn.jump = number
        if parent is not None:
            above = self.turns[parent]
            jump = self.turns[above.jump]
            turn.depth = above.depth + 1
            further = self.turns[jump.jump]
            is_even = above.depth - jump.depth == jump.depth - further.depth
            turn.jump = jump.jump if is_even else parent
        self.turns.append(turn)
        self.attached.add((parent, turn.attach))
        return number

    def _open(self, index: int, row: Row, parent: int | None) -> None:
        """Begin the turn of a prompt; the first prompt's turn exists already."""
        if self.turns[0].prompt is None:
            self.turns[0].attach = self._message(parent)
        else:
            shared, continued = self._place(row, parent)
            self.current = self._begin(_Turn(shared, continued, self._message(parent)))
        self.turns[self.current].prompt = index
        if row.time is not None:
            self.prompts.setdefault(row.time, []).append(index)

    def _place(self, row: Row, parent: int | None) -> tuple[list[int], int | None]:
        """Return the place of a prompt: the rows with which its turn begins, and the parent."""
        here: tuple[list[int], int] = [], self.current
        owner = _ROOT if parent is None else self.owner[parent]
        if owner == self.current or row.native_id is None:
            return here
        chain = list(self._chain(parent))
        if self._is_replay(row, chain, owner):
            return here
        moved = [r for r in chain if self._is_moved(r, owner)]
        if moved and not any(self.kinds[r] & _IS_REPLY for r in moved):
            return here
        if owner == _ROOT or self._is_above(owner, self.current):
            left = self._path(self.current, owner)
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
        again = self.prompts.get(row.time, ()) if row.time is not None else ()
        if any(self.rows[prompt].text == row.text for prompt in again):
            return True
        home = next((r for r in chain if not self._is_moved(r, owner)), None)
        return home is not None and self.copy.get(home) == self.current

    def _continued(self, owner: int, chain: Sequence[int], moved: Sequence[int]) -> int:
        """Return the turn that ends at a prompt's parent; make one if there is none."""
        turn = self.turns[owner]
        away = set(moved)
        home = next(r for r in chain if r not in away)
        attach = self._message(chain[0])
        if not moved and (
            (owner, attach) in self.attached
            or not any(map(self._is_message, _rows_after(turn.rows, home)))
        ):
            return owner
        key = (owner, home, *sorted(moved))
        if key not in self.cuts:
            kept = [r for r in turn.rows if r <= home]
            opened = {call for r in kept for call in self.rows[r].calls}
            kept += [r for r in turn.rows if r > home and opened.intersection(self.rows[r].results)]
            cut = _Turn(sorted({*kept, *moved}), turn.parent, turn.attach)
            cut.prompt, cut.replied = turn.prompt, True
            self.cuts[key] = self._begin(cut)
        return self.cuts[key]

    def _chain(self, row: int | None) -> Iterator[int]:
        """Yield a row and its ancestors up to the nearest prompt."""
        while row is not None:
            yield row
            if self.kinds[row] & _PROMPT or self.up[row] < 0:
                return
            row = self.up[row]

    def _message(self, row: int | None) -> int | None:
        """Return the nearest message among a row and its ancestors."""
        return next((r for r in self._chain(row) if self._is_message(r)), None)

    def _is_message(self, row: int) -> bool:
        """Tell whether a row is a message of the main conversation."""
        return bool(self.kinds[row] & _MESSAGE) and self.up[row] != _OUTSIDE

    def _is_moved(self, row: int, owner: int) -> bool:
        """Tell whether a row stands in another turn than the one from which it descends."""
        if owner == _ROOT:
            first = self.turns[0].prompt
            return first is not None and row > first
        return self.stand[row] != owner

    def _path(self, turn: int, above: int) -> Iterator[int]:
        """Yield a turn and its ancestors, up to the one below `above`."""
        here: int | None = turn
        while here is not None and here != above:
            yield here
            here = self.turns[here].parent

    def _is_above(self, one: int, turn: int) -> bool:
        """Tell whether a turn is another one, or an ancestor of it."""
        depth = self.turns[one].depth
        while self.turns[turn].depth > depth:
            here = self.turns[turn]
            is_far = self.turns[here.jump].depth >= depth
            turn = here.jump if is_far or here.parent is None else here.parent
        return turn == one


def _rows_after(rows: Sequence[int], row: int) -> Iterator[int]:
    """Yield the ascending `rows` behind `row`, the last first."""
    return takewhile(lambda one: one > row, reversed(rows))
