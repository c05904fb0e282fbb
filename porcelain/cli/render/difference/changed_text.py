"""Two versions of a text, line by line; the words that differ are labelled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from porcelain.cli.run.colors import Piece
from porcelain.display import counted, plain
from store.merge.patience_diff import changes

_TOKEN = re.compile(r"\w+|\s+|.")
_AROUND = 1
_MOST_TOKENS = 2_000


def text_pieces(before: str, after: str, *, full: bool) -> Iterator[Piece]:
    """Yield the lines of two texts that differ, with a few equal lines around, all if `full`."""
    old, new = before.split("\n"), after.split("\n")
    around = len(old) if full else _AROUND
    here = 0
    for start, end, first, last in changes(old, new):
        yield from _equal(old[here:start], around, is_first=here == 0)
        yield from _replaced(old[start:end], new[first:last])
        here = end
    yield from _equal(old[here:], around, is_last=True, is_first=here == 0)


def line_counts(before: str, after: str) -> tuple[int, int]:
    """Return how many lines were added and removed."""
    found = list(changes(before.split("\n"), after.split("\n")))
    return sum(last - first for _, _, first, last in found), sum(e - s for s, e, _, _ in found)


def _equal(
    lines: Sequence[str], around: int, *, is_first: bool = False, is_last: bool = False
) -> Iterator[Piece]:
    head = 0 if is_first else around
    tail = 0 if is_last else around
    if len(lines) <= head + tail + 1:
        yield from (("", f"      {plain(line, None)}".rstrip() + "\n") for line in lines)
        return
    shown = [*lines[:head], None, *(lines[-tail:] if tail else ())]
    for line in shown:
        if line is None:
            hidden = counted(len(lines) - head - tail, "equal line")
            yield "note", f"      ({hidden})\n"
        else:
            yield "", f"      {plain(line, None)}".rstrip() + "\n"


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    ours, theirs = (_TOKEN.findall("\n".join(lines)) for lines in (old, new))
    gone, came = [(0, len(ours))], [(0, len(theirs))]
    if old and new and len(ours) + len(theirs) <= _MOST_TOKENS:
        found = list(changes(ours, theirs))
        gone, came = [(s, e) for s, e, _, _ in found], [(f, end) for _, _, f, end in found]
    if old:
        yield from _marked("removed", "-", ours, gone)
    if new:
        yield from _marked("added", "+", theirs, came)


def _marked(
    label: str, mark: str, tokens: Sequence[str], spans: Sequence[tuple[int, int]]
) -> Iterator[Piece]:
    yield label, f"    {mark} "
    inside = {place for start, end in spans for place in range(start, end)}
    for place, token in enumerate(tokens):
        labels = f"{label} token" if place in inside else label
        for number, part in enumerate(token.split("\n")):
            if number:
                yield label, f"\n    {mark} "
            if part:
                yield labels, plain(part, None)
    yield "", "\n"
