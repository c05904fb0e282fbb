"""Draws a graph beside its rows of text, as jj draws it.

The graph is a list of columns, each waiting for a row further down or empty. A row takes the
column that waits for it, gives its parents columns of their own, and so changes what the lines
look like below it. A row of text is spent on, in this order: the line of the glyph, the lines
that connect columns (only where something branches), the two lines of an end (`~`, only where
a line leaves the log), and as many more as the text has.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from porcelain.graph.graph_rows import DIRECT, INDIRECT, MISSING, EdgeKind

# What a cell of a connecting line holds. A fork opens downwards, a merge upwards; left and
# right say where the other end is.
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


class _Column:
    """A column that waits for `key`."""

    __slots__ = ("key", "kind")

    def __init__(self, key: Hashable, kind: EdgeKind) -> None:
        self.key = key
        self.kind = kind


class _Cell:
    """What one column of a connecting line holds, in solid and in dashed lines."""

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


class _Style:
    """How one style draws: cells of equal width, verticals by kind of edge."""

    def __init__(
        self,
        blank: str,
        vertical: tuple[str, str],
        end: str,
        links: Callable[[Sequence[_Cell], bool], list[str]],
        margin: int = 0,
    ) -> None:
        """Take the cells; the first `margin` characters of every line are dropped."""
        self.end = end
        self.links = links
        self.margin = margin
        self.lines: dict[EdgeKind | None, str] = {
            None: blank,
            MISSING: blank,
            DIRECT: vertical[0],
            INDIRECT: vertical[1],
        }

    def glyph(self, glyph: str) -> str:
        """Return a cell with a glyph, which may hold colour codes but takes one column."""
        return self.lines[DIRECT].replace(self.lines[DIRECT].strip(), glyph)


class GraphRenderer:
    """Draws rows one after the other; the columns of a row follow from those before."""

    def __init__(self, style: str = "curved") -> None:
        """Begin an empty graph in one of `GRAPH_STYLES`.

        Raises:
            KeyError: there is no such style.
        """
        self._style = GRAPH_STYLES[style]
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
        first = [self._style.lines[kind] for kind in before]
        first[place] = self._style.glyph(glyph)
        drawn = ["".join(first)]
        if linked:
            drawn += self._style.links(cells, len(edges) > 1)
        ends = {column for column, kind in parents.items() if kind == MISSING}
        padding = [self._style.lines[kind] for kind in after]
        for end in (self._style.lines[DIRECT], self._style.end) if ends else ():
            drawn.append("".join(end if i in ends else cell for i, cell in enumerate(padding)))
        self._forget_ended()
        return self._lines(drawn, "".join(padding), text, ended=bool(ends))

    def _take_column(self, key: Hashable) -> int:
        """Free the column that waits for a row, or find it another, and return its place."""
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
        """Give each edge a column, by preference the row's own, and return which."""
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
        """Put the lines of the graph and of the text together, and trim them."""
        margin = self._style.margin
        said = text.split("\n")
        if not said[-1]:
            said.pop()
        lines = [] if self._held_back is None else [self._held_back]
        self._held_back = None
        for i in range(max(len(drawn), len(said))):
            graph = drawn[i] if i < len(drawn) else padding
            words = f" {said[i]}" if i < len(said) else ""
            lines.append(f"{graph[margin:]}{words}".rstrip())
        if ended and len(said) <= len(drawn):
            # An end is kept apart from what follows it, if anything does.
            self._held_back = padding[margin:].rstrip()
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
    """Draw what lies between a row and its parents, solid as far as a direct one reaches."""
    for kinds, solid in (((DIRECT, MISSING), True), ((INDIRECT,), False)):
        reached = [place, *(column for column, kind in parents.items() if kind in kinds)]
        for column in range(min(reached) + 1, max(reached)):
            if column != place and not cells[column].solid & _HORIZONTAL:
                cells[column].add(_HORIZONTAL, solid=solid)


def _box_links(corners: str) -> Callable[[Sequence[_Cell], bool], list[str]]:
    """Return what draws connecting lines with these corners: ╮ ╭ ╯ ╰ in one style's shape."""
    shapes = {
        0: "  ",
        _UP | _DOWN: "│ ",
        _LEFT | _RIGHT: "──",
        _LEFT | _DOWN: f"{corners[0]} ",
        _RIGHT | _DOWN: f"{corners[1]}─",
        _LEFT | _UP: f"{corners[2]} ",
        _RIGHT | _UP: f"{corners[3]}─",
        _LEFT | _RIGHT | _DOWN: "┬─",
        _LEFT | _RIGHT | _UP: "┴─",
        _UP | _DOWN | _LEFT: "┤ ",
        _UP | _DOWN | _RIGHT: "├─",
        _UP | _DOWN | _LEFT | _RIGHT: "┼─",
    }
    dashed = "╷ " if corners == _CURVED else "· "

    def links(cells: Sequence[_Cell], merge: bool) -> list[str]:
        drawn = []
        for cell in cells:
            only_dashed = cell.dashed & _VERTICAL and not cell.solid & _VERTICAL
            arms = _arms(cell, merge)
            drawn.append(dashed if only_dashed and arms == _UP | _DOWN else shapes[arms])
        return ["".join(drawn)]

    return links


def _arms(cell: _Cell, merge: bool) -> int:
    """Return in which directions lines leave the middle of a cell."""
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
        # It passes over a line that it has nothing to do with.
        return arms
    joins = not cell.has(_FORK) or (cell.solid & _VERTICAL and not merge)
    if cell.has(_VERTICAL) and joins:
        arms |= _UP | _DOWN
    if cell.has(_CHILD):
        arms |= _UP
    return arms


def _ascii_links(cells: Sequence[_Cell], _merge: bool) -> list[str]:
    """Draw connecting lines with slashes between neighbours, else with `+-.'`."""
    wide = any(cell.has(_HORIZONTAL) for cell in cells)
    drawn = []
    for place, cell in enumerate(cells):
        following = cells[place + 1] if place + 1 < len(cells) else _Cell()
        drawn.append(_ascii_middle(cell, wide) + _ascii_right(cell, following, wide))
    return ["".join(drawn)]


def _ascii_middle(cell: _Cell, wide: bool) -> str:
    joined = cell.has(_FORK | _MERGE)
    if cell.has(_HORIZONTAL):
        return "+" if joined or cell.has(_CHILD) else "-"
    if cell.has(_VERTICAL):
        if joined and wide:
            return "+"
        return "|" if cell.solid & _VERTICAL else "."
    if wide and joined:
        return "'" if cell.has(_MERGE) else "."
    return " "


def _ascii_right(cell: _Cell, following: _Cell, wide: bool) -> str:
    if cell.has(_HORIZONTAL):
        return "-"
    if cell.has(_RIGHT_MERGE):
        return "\\" if following.has(_LEFT_FORK) and not wide else "-"
    if cell.has(_RIGHT_FORK):
        return "/" if following.has(_LEFT_MERGE) and not wide else "-"
    return " "


def _large_links(cells: Sequence[_Cell], _merge: bool) -> list[str]:
    """Draw connecting lines as two lines of slashes, three characters a cell."""
    upper, lower = [], []
    for cell in cells:
        upright = _pick(cell, (_VERTICAL, "|"))
        upper.append(_pick(cell, (_LEFT_MERGE, "/"), (_HORIZONTAL, "_")))
        if upright != " " or cell.has(_MERGE):
            upper.append(upright)
        else:
            upper.append(_pick(cell, (_HORIZONTAL, "_")))
        upper.append(_pick(cell, (_RIGHT_MERGE, "\\"), (_HORIZONTAL, "_")))
        lower.append(_pick(cell, (_LEFT_FORK, "\\")))
        lower.append(upright)
        lower.append(_pick(cell, (_RIGHT_FORK, "/")))
    return ["".join(upper), "".join(lower)]


def _pick(cell: _Cell, *choices: tuple[int, str]) -> str:
    """Return the character of the first choice that a cell has, a dot where it is dashed."""
    for bits, character in choices:
        if cell.solid & bits:
            return character
        if cell.dashed & bits:
            return "."
    return " "


_CURVED = "╮╭╯╰"
_SQUARE = "┐┌┘└"

GRAPH_STYLES = {
    "curved": _Style("  ", ("│ ", "╷ "), "~ ", _box_links(_CURVED)),
    "square": _Style("  ", ("│ ", "· "), "~ ", _box_links(_SQUARE)),
    "ascii": _Style("  ", ("| ", ". "), "~ ", _ascii_links),
    "ascii-large": _Style("   ", (" | ", " . "), " ~ ", _large_links, margin=1),
}
