"""Sets of commits as lazy streams of positions, and the operations on them.

A position is an integer that is larger than those of its commit's parents. Every stream
descends, so sets are combined by merging, like sorted lists, and reading ten commits of a
hundred thousand costs about ten. Only operations that look upwards (children, descendants,
roots, the paths between two sets) read their operand to the end before they yield.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush, merge
from itertools import takewhile
from operator import neg

Parents = Callable[[int], Sequence[int]]


class Selection:
    """A set of commits: read in order, any number of times, or asked for one.

    Positions that were read are remembered, so that a second reading costs nothing.
    """

    __slots__ = ("_seen", "_source", "_stream", "test")

    def __init__(
        self,
        source: Callable[[], Iterator[int]],
        test: Callable[[int], bool] | None = None,
    ) -> None:
        """Take the source of the positions, descending without repeats.

        `test` answers for one position without reading the stream, where that is possible.
        """
        self._source = source
        self._seen: list[int] = []
        self._stream: Iterator[int] | None = None
        self.test = test

    def positions(self) -> Iterator[int]:
        """Yield the positions in descending order, reading no further than asked."""
        seen = self._seen
        place = 0
        while place < len(seen) or self._read():
            yield seen[place]
            place += 1

    __iter__ = positions

    def contains(self, position: int) -> bool:
        """Tell whether a commit is in the set; may read the stream down to it."""
        if self.test is not None:
            return self.test(position)
        seen = self._seen
        while not seen or seen[-1] > position:
            if not self._read():
                return False
        place = bisect_left(seen, -position, key=neg)
        return place < len(seen) and seen[place] == position

    def ends_above(self, position: int) -> bool:
        """Tell whether the stream is known to hold nothing at `position` or below."""
        ended = self._stream is _ENDED
        return ended and (not self._seen or self._seen[-1] > position)

    def _read(self) -> bool:
        """Read one more position; False at the end."""
        if self._stream is None:
            self._stream = self._source()
        position = next(self._stream, None)
        if position is None:
            self._stream = _ENDED
            return False
        self._seen.append(position)
        return True


class _Explicit(Selection):
    """A set whose positions are known from the start."""

    __slots__ = ()

    def __init__(self, positions: Iterable[int]) -> None:
        members = frozenset(positions)
        super().__init__(lambda: _ENDED, members.__contains__)
        self._seen = sorted(members, reverse=True)
        self._stream = _ENDED

    def __len__(self) -> int:
        return len(self._seen)


_ENDED: Iterator[int] = iter(())


def explicit(positions: Iterable[int]) -> Selection:
    """Return the set of these positions, which may come in any order."""
    return _Explicit(positions)


def merged(streams: Sequence[Iterator[int]]) -> Iterator[int]:
    """Yield the positions of several descending streams, descending and once each."""
    return _distinct(merge(*streams, reverse=True))


def _distinct(descending: Iterable[int]) -> Iterator[int]:
    last = -1
    for position in descending:
        if position != last:
            yield position
        last = position


def union(terms: Sequence[Selection]) -> Selection:
    """Return the commits that are in any of the sets."""
    known = [term for term in terms if isinstance(term, _Explicit)]
    if len(known) > 1:
        # A script's union of many ids becomes one sorted list.
        together = explicit(position for term in known for position in term)
        terms = [together, *(term for term in terms if not isinstance(term, _Explicit))]
    if len(terms) == 1:
        return terms[0]
    tests = [term.test for term in terms if term.test is not None]
    test = (lambda position: any(t(position) for t in tests)) if len(tests) == len(terms) else None
    return Selection(lambda: merged([term.positions() for term in terms]), test)


def intersection(terms: Sequence[Selection], removed: Sequence[Selection] = ()) -> Selection:
    """Return the commits that are in all of `terms` and in none of `removed`."""
    if len(terms) == 1 and not removed:
        return terms[0]
    # The set that is likely to be smallest is read, the others are asked.
    first = min(terms, key=_breadth)
    others = [term for term in terms if term is not first]

    def stream() -> Iterator[int]:
        for position in first.positions():
            if all(other.contains(position) for other in others):
                if not any(term.contains(position) for term in removed):
                    yield position
            elif any(other.ends_above(position) for other in others):
                return

    if any(term.test is None for term in (*terms, *removed)):
        return Selection(stream)

    def test(position: int) -> bool:
        return all(term.contains(position) for term in terms) and not any(
            term.contains(position) for term in removed
        )

    return Selection(stream, test)


def _breadth(term: Selection) -> tuple[int, int]:
    """Return a key that sorts known sets first, and sets with a cheap test last."""
    if isinstance(term, _Explicit):
        return (0, len(term))
    return (1, 0) if term.test is None else (2, 0)


def ancestors_of(heads: Iterator[int], parents: Parents) -> Iterator[int]:
    """Yield the commits of a descending stream and all their ancestors, descending."""
    waiting: list[int] = []
    following = next(heads, -1)
    last = -1
    while waiting or following >= 0:
        if not waiting or following >= -waiting[0]:
            position, following = following, next(heads, -1)
        else:
            position = -heappop(waiting)
        if position == last:
            continue
        last = position
        yield position
        for parent in parents(position):
            heappush(waiting, -parent)


def _ancestors_from(of: Selection, lowest: int, parents: Parents) -> list[int]:
    """Return the ancestors of a set that are not below a position, ascending."""
    above = ancestors_of(of.positions(), parents)
    return list(takewhile(lambda position: position >= lowest, above))[::-1]


def ancestors(of: Selection, parents: Parents) -> Selection:
    """Return `::of`."""
    return Selection(lambda: ancestors_of(of.positions(), parents))


def between(start: Selection, end: Selection, parents: Parents) -> Selection:
    """Return `start..end`: the ancestors of `end` that are not ancestors of `start`.

    It stops where every line from `end` has met `start`, however long the history below.
    """
    beyond = ancestors(start, parents)

    def further(position: int) -> Sequence[int]:
        return [parent for parent in parents(position) if not beyond.contains(parent)]

    def stream() -> Iterator[int]:
        tips = (position for position in end.positions() if not beyond.contains(position))
        return ancestors_of(tips, further)

    return Selection(stream)


def paths(start: Selection, end: Selection, parents: Parents) -> Selection:
    """Return `start::end`: descendants of `start` that are ancestors of `end`."""

    def stream() -> Iterator[int]:
        if start.contains(0):
            return ancestors_of(end.positions(), parents)
        lowest = min(start.positions(), default=None)
        if lowest is None:
            return iter(())
        found: dict[int, None] = {}
        for position in _ancestors_from(end, lowest, parents):
            if start.contains(position) or any(parent in found for parent in parents(position)):
                found[position] = None
        return reversed(found)

    return Selection(stream)


def parents_of(of: Selection, parents: Parents) -> Selection:
    """Return `of-`: the parents of its commits."""

    def stream() -> Iterator[int]:
        waiting: list[int] = []
        for child in of.positions():
            # Parents of later commits are smaller than the commit itself.
            while waiting and -waiting[0] >= child:
                yield -heappop(waiting)
            for parent in parents(child):
                heappush(waiting, -parent)
        while waiting:
            yield -heappop(waiting)

    return Selection(lambda: _distinct(stream()))


def steps(of: Selection, count: int, neighbours: Parents) -> Selection:
    """Return the commits exactly `count` steps away; all sets on the way are read whole."""

    def stream() -> Iterator[int]:
        found = set(of.positions())
        for _ in range(count):
            found = {place for position in found for place in neighbours(position)}
            if not found:
                break
        return iter(sorted(found, reverse=True))

    return Selection(stream)


def closure(start: Iterable[int], neighbours: Parents) -> Iterator[int]:
    """Yield some commits and all that can be reached from them, descending."""
    found = set(start)
    stack = list(found)
    while stack:
        for near in neighbours(stack.pop()):
            if near not in found:
                found.add(near)
                stack.append(near)
    return iter(sorted(found, reverse=True))


def descendants(of: Selection, children: Parents) -> Selection:
    """Return `of::`."""
    return Selection(lambda: closure(of.positions(), children))


def heads(of: Selection, parents: Parents) -> Selection:
    """Return the commits of a set that are ancestors of no other in it."""

    def stream() -> Iterator[int]:
        covered: list[int] = []
        for position in of.positions():
            while covered and -covered[0] > position:
                above = heappop(covered)
                while covered and covered[0] == above:
                    heappop(covered)
                for parent in parents(-above):
                    heappush(covered, -parent)
            if not covered or -covered[0] != position:
                yield position
                for parent in parents(position):
                    heappush(covered, -parent)

    return Selection(stream)


def roots(of: Selection, parents: Parents) -> Selection:
    """Return the commits of a set that are descendants of no other in it."""

    def stream() -> Iterator[int]:
        if of.contains(0):
            return iter((0,))
        members = set(of.positions())
        above: set[int] = set()
        for position in _ancestors_from(of, min(members, default=0), parents):
            if any(parent in members or parent in above for parent in parents(position)):
                above.add(position)
        return iter(sorted(members - above, reverse=True))

    return Selection(stream)
