"""Changes the shape of an output: pads, cuts and indents it."""

from __future__ import annotations

from porcelain.display import columns_of
from porcelain.language.template.value import Piece, Raw, columns_in


def padded(side: str, made: list[Piece], width: int, fill: list[Piece]) -> list[Piece]:
    """Return an output padded to a width, with the first sign of `fill`."""
    missing = max(0, width - columns_in(made))
    before = {"start": missing, "end": 0, "centered": missing // 2}[side]
    labels, sign = next(((labels, text[:1]) for labels, text in fill if text), ("", " "))
    first, last = sign * before, sign * (missing - before)
    return [
        *([(labels, first)] if first else []),
        *made,
        *([(labels, last)] if last else []),
    ]


def cut(side: str, made: list[Piece], width: int, mark: list[Piece]) -> list[Piece]:
    """Return an output cut to a width; `mark` stands where something is missing."""
    if columns_in(made) <= width:
        return made
    left = max(0, width - columns_in(mark))
    if side == "end":
        return [*_kept(made, left, at_end=True), *mark]
    return [*mark, *_kept(made, left, at_end=False)]


def _kept(made: list[Piece], width: int, *, at_end: bool) -> list[Piece]:
    """Return the first columns of an output, or the last ones if it is cut at its start."""
    found: list[Piece] = []
    for labels, text in made if at_end else reversed(made):
        if type(text) is Raw:
            found.append((labels, text))
            continue
        kept = ""
        for letter in text if at_end else text[::-1]:
            width -= columns_of(letter)
            if width < 0:
                break
            kept += letter
        if kept:
            found.append((labels, kept if at_end else kept[::-1]))
        if width < 0:
            break
    return found if at_end else found[::-1]


def indented(made: list[Piece], margin: list[Piece]) -> list[Piece]:
    """Return an output with a margin before each line that is not empty."""
    found: list[Piece] = []
    at_start = True
    for labels, text in made:
        for line in text.splitlines(keepends=True):
            if at_start and line.strip("\n"):
                found += margin
            found.append((labels, line))
            at_start = line.endswith("\n")
    return found


def filled(made: list[Piece], width: int) -> list[Piece]:
    """Return an output whose lines are broken between words at a width."""
    from porcelain.language.template.filled import wrapped

    return wrapped(made, width)
