"""Labelled text made to fit the width of a terminal.

A line that is too wide is shortened in this order, until it fits: the title of the conversation
beside a session is cut, then left out; model, project and agent are left out; the time loses year
and seconds, the number of messages its word; names of sessions, tags and workspaces are cut. At
last the text at the end is cut. Texts are cut at a word, with `…`. Of a page all lines are
shortened alike, so that each has the same parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from porcelain.cli.run.colors import Piece
from porcelain.display import columns_of, cut_at_word
from porcelain.language.template.filled import Line, lines_of, wrapped
from porcelain.language.template.value import columns_in

_SHORTEST = 8
_LEAST_TITLE = 16
_FACTS = ("model", "project", "agent")
_NAMES = ("sessions", "tags", "working_copies")


def fit(pieces: Sequence[Piece], width: int, *, wraps: bool = False) -> list[Piece]:
    """Return pieces none of whose lines is wider than `width` columns; `wraps` breaks lines."""
    width = max(width, _SHORTEST)
    if wraps:
        return wrapped(pieces, width)
    lines = (
        _shortened(line, width) if columns_in(line) > width else line for line in lines_of(pieces)
    )
    return _joined(lines)


def fit_page(entries: Iterable[Sequence[Piece]], width: int) -> list[list[Piece]]:
    """Return entries that are shortened alike, so that each line has the same parts."""
    width = max(width, _SHORTEST)
    page = [[*lines_of(entry)] for entry in entries]
    for step in _STEPS[1:]:
        if not any(_crowds(line, width) for lines in page for line in lines):
            break
        page = [[step(line, 0) for line in lines] for lines in page]
    return [
        _joined(
            _cut_end(
                _cut_names(line, width - _LEAST_TITLE) if _crowds(line, width) else line, width
            )
            for line in lines
        )
        for lines in page
    ]


def _joined(lines: Iterable[Line]) -> list[Piece]:
    found: list[Piece] = []
    for number, line in enumerate(lines):
        if number:
            found.append(("", "\n"))
        found += line
    return found


def _crowds(line: Line, width: int) -> bool:
    """Tell whether a line leaves too little room for the title at its end."""
    bar = next((at for at, (labels, _) in enumerate(line) if _is(labels, "separator")), None)
    if bar is None:
        return False
    title = columns_in(line[bar + 1 :])
    return columns_in(line) - title + min(title, _LEAST_TITLE) > width


def _shortened(line: Line, width: int) -> Line:
    for step in (*_STEPS, _cut_names):
        line = step(line, width)
        if columns_in(line) <= width:
            return line
    return _cut_end(line, width)


def _place(line: Line, label: str) -> tuple[int, int] | None:
    """Return where the pieces with a label begin and end."""
    places = [at for at, (labels, _) in enumerate(line) if _is(labels, label)]
    return (places[0], places[-1] + 1) if places else None


def _cut_session_title(line: Line, width: int) -> Line:
    found = _place(line, "session_title")
    if found is None or not line[found[0] - 1][1].endswith('"'):
        return line
    start, end = found
    labels, text = line[start]
    left = columns_of(text) - (columns_in(line) - width)
    if left >= _SHORTEST:
        return [*line[:start], (labels, cut_at_word(text, left)), *line[end:]]
    start, end = start - 1, end + 1
    return [*line[: start - (start and not line[start - 1][1].strip())], *line[end:]]


def _drop(fact: str, line: Line, width: int) -> Line:
    found = _place(line, fact)
    if found is None or columns_in(line) <= width:
        return line
    start, end = found
    return [*line[:start], *line[end + (line[end : end + 1] != [] and line[end][1] == " ") :]]


def _shorten_time(line: Line, _width: int) -> Line:
    return [
        (labels, text[5:16]) if _is(labels, "timestamp") and len(text) == 19 else (labels, text)
        for labels, text in line
    ]


def _drop_noun(line: Line, _width: int) -> Line:
    return [
        (labels, text.partition(" ")[0]) if _is(labels, "count") else (labels, text)
        for labels, text in line
    ]


def _cut_names(line: Line, width: int) -> Line:
    found = list(line)
    for place, (labels, text) in enumerate(found):
        excess = columns_in(found) - width
        if excess > 0 and any(_is(labels, name) for name in _NAMES):
            left = max(columns_of(text) - excess, _SHORTEST)
            found[place] = labels, cut_at_word(text, left)
    return found


_STEPS: tuple[Callable[[Line, int], Line], ...] = (
    _cut_session_title,
    *(partial(_drop, fact) for fact in _FACTS),
    _shorten_time,
    _drop_noun,
)


def _is(labels: str, label: str) -> bool:
    return label in labels.split()


def _cut_end(line: Line, width: int) -> Line:
    found: Line = []
    left = width
    for place, (labels, text) in enumerate(line):
        columns = columns_of(text)
        if columns > left or (columns == left and any(rest for _, rest in line[place + 1 :])):
            return [*found, (labels, cut_at_word(f"{text} ", left) if left else "")]
        found.append((labels, text))
        left -= columns
    return found
