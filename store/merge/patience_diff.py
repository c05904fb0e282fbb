"""A patience diff of two sequences, with a bounded worst case.

Tokens that occur once on both sides are matched along their longest common order; then the
stretches between them are compared in the same way. In a stretch without unique tokens, a
small one gets an exact longest common subsequence, and in a large one the n-th occurrences
are matched. So time is nearly linear for sequences that were extended or cut off, and at
most n log n for shuffled ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

_SMALL = 40_000  # cells of an exact table
_DEEPEST = 64


class Change(NamedTuple):
    """Old tokens `start` to `stop` and the new tokens `lo` to `hi`; either may be empty."""

    start: int
    stop: int
    lo: int
    hi: int


def changes(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Change]:
    """Return the differences, in order; there is at least one equal token between two."""
    found: list[Change] = []
    i = j = 0
    for start, lo in [*sorted(_matches(old, new)), (len(old), len(new))]:
        if start > i or lo > j:
            found.append(Change(i, start, j, lo))
        i, j = start + 1, lo + 1
    return found


def common_start(*runs: Sequence[Hashable]) -> int:
    """Return the number of leading tokens that all runs share."""
    count = 0
    for tokens in zip(*runs, strict=False):
        if any(token != tokens[0] for token in tokens[1:]):
            break
        count += 1
    return count


def common_end(start: int, *runs: Sequence[Hashable]) -> int:
    """Return the number of last tokens that all runs share after their first `start`."""
    most = min(len(run) for run in runs) - start
    count = 0
    while count < most and all(run[-1 - count] == runs[0][-1 - count] for run in runs[1:]):
        count += 1
    return count


def _matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return pairs of places with equal tokens, in no order; no two pairs cross."""
    pairs: list[tuple[int, int]] = []
    boxes = [(Change(0, len(old), 0, len(new)), 0)]
    while boxes:
        box, depth = boxes.pop()
        box = _trim(old, new, box, pairs)
        if box.start == box.stop or box.lo == box.hi or depth > _DEEPEST:
            continue
        anchors = _unique(old, new, box)
        if not anchors:
            pairs += _exact(old, new, box) if _cells(box) <= _SMALL else _ordinal(old, new, box)
            continue
        pairs += anchors
        i, j = box.start, box.lo
        for start, lo in [*anchors, (box.stop, box.hi)]:
            boxes.append((Change(i, start, j, lo), depth + 1))
            i, j = start + 1, lo + 1
    return pairs


def _cells(box: Change) -> int:
    return (box.stop - box.start) * (box.hi - box.lo)


def _trim(
    old: Sequence[Hashable], new: Sequence[Hashable], box: Change, pairs: list[tuple[int, int]]
) -> Change:
    start, stop, lo, hi = box
    while start < stop and lo < hi and old[start] == new[lo]:
        pairs.append((start, lo))
        start, lo = start + 1, lo + 1
    while start < stop and lo < hi and old[stop - 1] == new[hi - 1]:
        stop, hi = stop - 1, hi - 1
        pairs.append((stop, hi))
    return Change(start, stop, lo, hi)


def _unique(old: Sequence[Hashable], new: Sequence[Hashable], box: Change) -> list[tuple[int, int]]:
    """Match the tokens that occur once in both stretches, along their longest common order."""
    mine = Counter(old[box.start : box.stop])
    other = Counter(new[box.lo : box.hi])
    places = {new[j]: j for j in range(box.lo, box.hi) if other[new[j]] == 1}
    pairs = [
        (i, places[old[i]])
        for i in range(box.start, box.stop)
        if mine[old[i]] == 1 and old[i] in places
    ]
    return _longest_rising(pairs)


def _ordinal(
    old: Sequence[Hashable], new: Sequence[Hashable], box: Change
) -> list[tuple[int, int]]:
    """Match the n-th occurrences of each token in both stretches."""
    seen: Counter[Hashable] = Counter()
    places: dict[tuple[Hashable, int], int] = {}
    for j in range(box.lo, box.hi):
        places[new[j], seen[new[j]]] = j
        seen[new[j]] += 1
    seen.clear()
    pairs = []
    for i in range(box.start, box.stop):
        place = places.get((old[i], seen[old[i]]))
        seen[old[i]] += 1
        if place is not None:
            pairs.append((i, place))
    return _longest_rising(pairs)


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest subsequence that ascends in both; `pairs` ascend in the first."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        before.append(last[place - 1] if place else -1)
        if place == len(tails):
            tails.append(j)
            last.append(number)
        else:
            tails[place], last[place] = j, number
    kept = []
    number = last[-1] if last else -1
    while number >= 0:
        kept.append(pairs[number])
        number = before[number]
    return kept[::-1]


def _exact(old: Sequence[Hashable], new: Sequence[Hashable], box: Change) -> list[tuple[int, int]]:
    """Match along a longest common subsequence, the earliest one in the old order."""
    rows, columns = box.stop - box.start, box.hi - box.lo
    table = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        here, below, token = table[i], table[i + 1], old[box.start + i]
        for j in range(columns - 1, -1, -1):
            if token == new[box.lo + j]:
                here[j] = below[j + 1] + 1
            else:
                here[j] = max(below[j], here[j + 1])
    pairs = []
    i = j = 0
    while i < rows and j < columns:
        if old[box.start + i] == new[box.lo + j]:
            pairs.append((box.start + i, box.lo + j))
            i, j = i + 1, j + 1
        elif table[i + 1][j] >= table[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
