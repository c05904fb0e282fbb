"""Breaks labelled lines between words, where they are too wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from porcelain.display import columns_of
from porcelain.language.template.value import Piece, columns_in

Line = list[Piece]


def wrapped(pieces: Sequence[Piece], width: int) -> list[Piece]:
    """Return pieces whose lines are broken at words; a longer word is broken anywhere."""
    width = max(width, 1)
    found: list[Piece] = []
    for number, line in enumerate(lines_of(pieces)):
        if number:
            found.append(("", "\n"))
        found += _broken(line, width) if columns_in(line) > width else line
    return found


def lines_of(pieces: Sequence[Piece]) -> Iterator[Line]:
    """Yield the lines of an output, the last one empty if it ends with a newline."""
    line: Line = []
    for piece in pieces:
        labels, text = piece
        if "\n" not in text:
            line.append(piece)
            continue
        first, *more = text.split("\n")
        line.append((labels, first))
        for part in more:
            yield line
            line = [(labels, part)]
    yield line


def _broken(line: Line, width: int) -> Line:
    found: Line = []
    left = width
    for labels, text in line:
        for word in _words(text):
            if columns_of(word.rstrip()) > left and left < width:
                found[-1] = found[-1][0], found[-1][1].rstrip(" ")
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
