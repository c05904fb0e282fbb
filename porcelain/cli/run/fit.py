"""Labelled text made to fit the width of a terminal.

A line that is too wide is shortened in this order, until it fits: the title of the conversation
beside a session is cut, then left out; model, project and agent are left out; the time loses year
and seconds, the number of messages its word; names of sessions, tags and workspaces are cut. At last the text
at the end is cut. Texts are cut at a word, with `…`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from porcelain.cli.run.colors import Piece
from porcelain.display import columns_of, cut_at_word

_SHORTEST = 8
_FACTS = ("model", "project", "agent")
_NAMES = ("sessions", "tags", "workspaces")

_Line = list[Piece]


def fit(pieces: Sequence[Piece], width: int, *, wraps: bool = False) -> list[Piece]:
    """Return pieces none of whose lines is wider than `width` columns; `wraps` breaks lines."""
    width = max(width, _SHORTEST)
    found: list[Piece] = []
    change = _wrapped if wraps else _shortened
    for number, line in enumerate(_lines(pieces)):
        if number:
            found.append(("", "\n"))
        found += change(line, width) if _width(line) > width else line
    return found


def _lines(pieces: Sequence[Piece]) -> Iterator[_Line]:
    line: _Line = []
    for labels, text in pieces:
        first, *more = text.split("\n")
        line.append((labels, first))
        for part in more:
            yield line
            line = [(labels, part)]
    yield line


def _width(line: _Line) -> int:
    return sum(columns_of(text) for _, text in line)


def _label(piece: Piece) -> str:
    return piece[0].rpartition(" ")[2]


def _shortened(line: _Line, width: int) -> _Line:
    for shorten in (_cut_session_title, _drop_facts, _shorten_time, _drop_noun, _cut_names):
        line = shorten(line, width)
        if _width(line) <= width:
            return line
    return _cut_end(line, width)


def _cut_session_title(line: _Line, width: int) -> _Line:
    place = next((at for at, one in enumerate(line) if _label(one) == "session_title"), None)
    if place is None:
        return line
    labels, text = line[place]
    left = columns_of(text) - (_width(line) - width)
    if left >= _SHORTEST:
        return [*line[:place], (labels, cut_at_word(text, left)), *line[place + 1 :]]
    start, end = place, place + 1
    if place and line[place - 1][1].endswith('"') and line[end : end + 1]:
        start, end = place - 1, end + 1
        if start and not line[start - 1][1].strip():
            start -= 1
    return [*line[:start], *line[end:]]


def _drop_facts(line: _Line, width: int) -> _Line:
    for fact in _FACTS:
        place = next((at for at, one in enumerate(line) if _label(one) == fact), None)
        if place is not None and _width(line) > width:
            ends = place + 1 + (line[place + 1 : place + 2] == [("", " ")])
            line = [*line[:place], *line[ends:]]
    return line


def _shorten_time(line: _Line, _width: int) -> _Line:
    return [
        (labels, text[5:16]) if _is(labels, "timestamp") and len(text) == 19 else (labels, text)
        for labels, text in line
    ]


def _drop_noun(line: _Line, _width: int) -> _Line:
    return [
        (labels, text.partition(" ")[0]) if _is(labels, "count") else (labels, text)
        for labels, text in line
    ]


def _cut_names(line: _Line, width: int) -> _Line:
    found = list(line)
    for place, (labels, text) in enumerate(found):
        excess = _width(found) - width
        if excess > 0 and any(_is(labels, name) for name in _NAMES):
            left = max(columns_of(text) - excess, _SHORTEST)
            found[place] = labels, cut_at_word(text, left)
    return found


def _is(labels: str, label: str) -> bool:
    return label in labels.split()


def _cut_end(line: _Line, width: int) -> _Line:
    found: _Line = []
    left = width
    for place, (labels, text) in enumerate(line):
        columns = columns_of(text)
        if columns > left or (columns == left and any(rest for _, rest in line[place + 1 :])):
            return [*found, (labels, cut_at_word(f"{text} ", left) if left else "")]
        found.append((labels, text))
        left -= columns
    return found


def _wrapped(line: _Line, width: int) -> _Line:
    """Break a line between words; a longer word is broken anywhere."""
    found: _Line = []
    left = width
    for labels, text in line:
        for word in _words(text):
            if columns_of(word.rstrip()) > left and left < width:
                found.append(("", "\n"))
                left = width
            rest = word if left < width else word.lstrip()
            while columns_of(rest.rstrip()) > left:
                part = _first_columns(rest, left)
                found += [(labels, part), ("", "\n")]
                rest, left = rest[len(part) :], width
            found.append((labels, rest))
            left -= columns_of(rest)
    return found


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text, each with the blanks behind it."""
    start = 0
    while start < len(text):
        end = start
        while end < len(text) and text[end] != " ":
            end += 1
        while end < len(text) and text[end] == " ":
            end += 1
        yield text[start:end]
        start = end


def _first_columns(text: str, width: int) -> str:
    end = 1
    while end < len(text) and columns_of(text[: end + 1]) <= width:
        end += 1
    return text[:end]
