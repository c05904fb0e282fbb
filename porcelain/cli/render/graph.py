"""Draws a graph beside its rows of text, as jj draws it.

The graph is a list of columns, each empty or waiting for a later row. A row takes the column
that waits for it and gives its parents columns of their own, which changes the lines below it.
The lines of a row are, in this order: the line of the glyph, the line that connects columns
(only where something branches), the two lines of an end (`~`, only where a line leaves the
log), and as many more as the text has.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

from porcelain.graph.graph_rows import DIRECT, INDIRECT, MISSING, EdgeKind

# The parts of a cell in a connecting line. A fork opens downwards, a merge upwards; left and
# right name the side of the other end.
_VERTICAL = 1
_HORIZONTAL = 2
_LEFT_FORK = 4
_RIGHT_FORK = 8
_LEFT_MERGE = 16
_RIGHT_MERGE = 32
_CHILD = 64
_FORK = _LEFT_FORK | _RIGHT_FORK
_MERGE = _LEFT_MERGE | _RIGHT_MERGE

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_SHAPES = {
    0: "  ",
    _UP | _DOWN: "│ ",
    _LEFT | _RIGHT: "──",
    _LEFT | _DOWN: "╮ ",
    _RIGHT | _DOWN: "╭─",
    _LEFT | _UP: "╯ ",
    _RIGHT | _UP: "╰─",
    _LEFT | _RIGHT | _DOWN: "┬─",
    _LEFT | _RIGHT | _UP: "┴─",
    _UP | _DOWN | _LEFT: "┤ ",
    _UP | _DOWN | _RIGHT: "├─",
    _UP | _DOWN | _LEFT | _RIGHT: "┼─",
}
_LINES: dict[EdgeKind | None, str] = {None: "  ", MISSING: "  ", DIRECT: "│ ", INDIRECT: "╷ "}
# Signs of other styles for those above, and for the glyphs of commits.
_STYLES: dict[str, dict[int, int]] = {
    "curved": {},
    "square": str.maketrans("╮╭╯╰╷", "┐┌┘└·"),
    "ascii": str.maketrans("│╷○◆×", "|.o+x"),
}


class _Column:
    """A column that waits for `key`."""

    __slots__ = ("key", "kind")

    def __init__(self, key: Hashable, kind: EdgeKind) -> None:
        self.key = key
        self.kind = kind


class _Cell:
    """One column of a connecting line: the parts that are solid and those that are dashed."""

    __slots__ = ("dashed", "solid")

    def __init__(self, kind: EdgeKind | None = None) -> None:
        self.solid = _VERTICAL if kind == DIRECT else 0
        self.dashed = _VERTICAL if kind == INDIRECT else 0

    def add(self, bits: int, *, solid: bool) -> None:
        if solid:
            self.solid |= bits
        else:
            self.dashed |= bits

    def has(self, bits: int) -> bool:
        return bool((self.solid | self.dashed) & bits)


class GraphRenderer:
    """Draws rows one after the other; the columns of a row follow from those before."""

    def __init__(self, style: str = "curved") -> None:
        """Begin an empty graph in the style `curved`, `square` or `ascii`."""
        self._signs = _STYLES[style]
        self._draw_link = _ascii_link if style == "ascii" else _boxed_link
        self._columns: list[_Column | None] = []
        self._held_back: str | None = None

    def row(
        self,
        key: Hashable,
        edges: Sequence[tuple[EdgeKind, Hashable]],
        glyph: str,
        text: str,
    ) -> str:
        """Return the lines of one row, each with its newline.

        `edges` lead to keys of later rows; a missing edge ends at once. `glyph` and `text` may
        hold colour codes.
        """
        place = self._take_column(key)
        before = [column.kind if column else None for column in self._columns]
        parents = self._place_parents(place, edges)
        width = len(self._columns)
        before += [None] * (width - len(before))
        cells = [_Cell(kind) for kind in before]
        after = list(before)
        after[place] = None
        linked = self._move_parent(place, parents, cells, after, alone=len(edges) == 1)
        for column, kind in parents.items():
            after[column] = self._kind_at(column)
            linked |= _connect(cells, place, column, kind)
        _draw_horizontals(cells, place, parents)
        first = [_LINES[kind] for kind in before]
        first[place] = f"{glyph} "
        drawn = ["".join(first)]
        if linked:
            drawn.append(self._draw_link(cells, len(edges) > 1))
        ends = {column for column, kind in parents.items() if kind == MISSING}
        padding = [_LINES[kind] for kind in after]
        for end in (_LINES[DIRECT], "~ ") if ends else ():
            drawn.append("".join(end if i in ends else cell for i, cell in enumerate(padding)))
        self._forget_ended()
        return self._lines(drawn, "".join(padding), text, ended=bool(ends))

    def width(self, key: Hashable, edges: Sequence[tuple[EdgeKind, Hashable]]) -> int:
        """Return the columns that the lines of a row take before its text."""
        keys = [None if c is None or c.kind == MISSING else c.key for c in self._columns]
        taken = [column is not None for column in self._columns]

        def take(at: int | None, wanted: Hashable) -> int:
            if at is None:
                at = next((place for place, used in enumerate(taken) if not used), len(taken))
            if at == len(taken):
                taken.append(True)
                keys.append(None)
            taken[at], keys[at] = True, wanted
            return at

        place = take(keys.index(key) if key in keys else None, None)
        taken[place] = False
        for kind, target in edges:
            if kind == MISSING or target not in keys:
                take(None if taken[place] else place, None if kind == MISSING else target)
        return 2 * len(taken) + 1

    def _take_column(self, key: Hashable) -> int:
        """Free the column that waits for a row, or an empty one, and return its place."""
        place = self._waiting_for(key)
        if place is None:
            place = self._empty_column()
        self._columns[place] = None
        return place

    def _waiting_for(self, key: Hashable) -> int | None:
        for place, column in enumerate(self._columns):
            if column is not None and column.kind != MISSING and column.key == key:
                return place
        return None

    def _empty_column(self, preferred: int | None = None) -> int:
        if preferred is not None and self._columns[preferred] is None:
            return preferred
        for place, column in enumerate(self._columns):
            if column is None:
                return place
        self._columns.append(None)
        return len(self._columns) - 1

    def _kind_at(self, place: int) -> EdgeKind | None:
        column = self._columns[place]
        return column.kind if column else None

    def _place_parents(
        self, place: int, edges: Sequence[tuple[EdgeKind, Hashable]]
    ) -> dict[int, EdgeKind]:
        """Give each edge a column, preferably the row's own, and return the columns."""
        parents: dict[int, EdgeKind] = {}
        for kind, target in edges:
            at = None if kind == MISSING else self._waiting_for(target)
            column = self._columns[at] if at is not None else None
            if at is None or column is None:
                at = self._empty_column(place)
                self._columns[at] = _Column(target, kind)
            elif kind == DIRECT:
                column.kind = DIRECT
            parents[at] = kind
        return dict(sorted(parents.items()))

    def _move_parent(
        self,
        place: int,
        parents: dict[int, EdgeKind],
        cells: list[_Cell],
        after: list[EdgeKind | None],
        *,
        alone: bool,
    ) -> bool:
        """Take an only parent over from a column further right, so that lines lean left."""
        if not alone:
            return False
        old = next(iter(parents))
        if old <= place:
            return False
        self._columns[place], self._columns[old] = self._columns[old], None
        parents[place] = parents.pop(old)
        solid = bool(cells[old].solid)
        cells[place].add(_RIGHT_FORK, solid=solid)
        for cell in cells[place + 1 : old]:
            cell.add(_HORIZONTAL, solid=solid)
        cells[old] = _Cell()
        cells[old].add(_LEFT_MERGE, solid=solid)
        after[old] = None
        return True

    def _forget_ended(self) -> None:
        self._columns = [c if c is None or c.kind != MISSING else None for c in self._columns]
        while self._columns and self._columns[-1] is None:
            self._columns.pop()

    def _lines(self, drawn: Sequence[str], padding: str, text: str, *, ended: bool) -> str:
        """Join the lines of the graph and of the text, and trim them."""
        said = text.split("\n")
        if not said[-1]:
            said.pop()
        lines = [] if self._held_back is None else [self._held_back]
        self._held_back = None
        padding = padding.translate(self._signs)
        drawn = [line.translate(self._signs) for line in drawn]
        for i in range(max(len(drawn), len(said))):
            graph = drawn[i] if i < len(drawn) else padding
            words = f" {said[i]}" if i < len(said) else ""
            lines.append(f"{graph}{words}".rstrip())
        if ended and len(said) <= len(drawn):
            # A blank line separates an end from the next row, if there is one.
            self._held_back = padding.rstrip()
        return "".join(f"{line}\n" for line in lines)


def _connect(cells: Sequence[_Cell], place: int, column: int, kind: EdgeKind) -> bool:
    """Draw both ends of the line from a row to one parent; tell whether it leaves its column."""
    solid = kind != INDIRECT
    if column == place:
        cells[place].add(_CHILD, solid=True)
        cells[place].add(_VERTICAL, solid=solid)
        return False
    cells[column].add(_RIGHT_FORK if column < place else _LEFT_FORK, solid=solid)
    cells[place].add(_LEFT_MERGE if column < place else _RIGHT_MERGE, solid=solid)
    return True


def _draw_horizontals(cells: Sequence[_Cell], place: int, parents: Mapping[int, EdgeKind]) -> None:
    """Draw the lines between a row and its parents, solid as far as a direct one reaches."""
    for kinds, solid in (((DIRECT, MISSING), True), ((INDIRECT,), False)):
        reached = [place, *(column for column, kind in parents.items() if kind in kinds)]
        for column in range(min(reached) + 1, max(reached)):
            if column != place and not cells[column].solid & _HORIZONTAL:
                cells[column].add(_HORIZONTAL, solid=solid)


def _boxed_link(cells: Sequence[_Cell], merge: bool) -> str:
    """Return a connecting line of box-drawing characters."""
    return "".join(_link(cell, merge) for cell in cells)


def _ascii_link(cells: Sequence[_Cell], _merge: bool) -> str:
    """Return a connecting line of ASCII: slanted between neighbours, else with corners."""
    crosses = any(cell.has(_HORIZONTAL) for cell in cells)
    drawn = []
    for cell, right in pairwise([*cells, _Cell()]):
        if cell.has(_HORIZONTAL):
            drawn.append("+-" if cell.has(_CHILD | _FORK | _MERGE) else "--")
            continue
        first, second = " ", " "
        if cell.has(_VERTICAL):
            first = "|" if cell.solid & _VERTICAL else "."
            first = "+" if crosses and cell.has(_FORK | _MERGE) else first
        elif crosses and cell.has(_MERGE | _FORK):
            first = "'" if cell.has(_MERGE) else "."
        if cell.has(_RIGHT_MERGE):
            second = "\\" if not crosses and right.has(_LEFT_FORK) else "-"
        elif cell.has(_RIGHT_FORK):
            second = "/" if not crosses and right.has(_LEFT_MERGE) else "-"
        drawn.append(first + second)
    return "".join(drawn)


def _link(cell: _Cell, merge: bool) -> str:
    """Return one cell of a connecting line."""
    arms = _arms(cell, merge)
    only_dashed = cell.dashed & _VERTICAL and not cell.solid & _VERTICAL
    return _LINES[INDIRECT] if only_dashed and arms == _UP | _DOWN else _SHAPES[arms]


def _arms(cell: _Cell, merge: bool) -> int:
    """Return the directions in which lines leave the middle of a cell."""
    arms = 0
    if cell.has(_HORIZONTAL | _LEFT_FORK | _LEFT_MERGE):
        arms |= _LEFT
    if cell.has(_HORIZONTAL | _RIGHT_FORK | _RIGHT_MERGE):
        arms |= _RIGHT
    if cell.has(_FORK):
        arms |= _DOWN
    if cell.has(_MERGE):
        arms |= _UP
    if cell.has(_HORIZONTAL) and not cell.has(_FORK | _MERGE | _CHILD):
        # The horizontal line only crosses the vertical one.
        return arms
    joins = not cell.has(_FORK) or (cell.solid & _VERTICAL and not merge)
    if cell.has(_VERTICAL) and joins:
        arms |= _UP | _DOWN
    if cell.has(_CHILD):
        arms |= _UP
    return arms
