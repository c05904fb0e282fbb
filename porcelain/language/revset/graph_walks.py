"""Sets that are found by walking: within so many generations, in common, connected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from porcelain.language.revset.position_set import Parents, Selection, explicit

_ONE, _OTHER, _BELOW = 1, 2, 4


def ancestors_within(of: Selection, count: int, parents: Parents) -> Selection:
    """Return the commits of a set and what they continue, `count` generations altogether."""

    def stream() -> Iterator[int]:
        left: dict[int, int] = {}
        waiting: list[int] = []
        heads = of.positions()
        following = next(heads, -1)
        while waiting or following >= 0:
            if not waiting or following >= -waiting[0]:
                position, following = following, next(heads, -1)
                if waiting and -waiting[0] == position:
                    heappop(waiting)
                further = count - 1
                left.pop(position, None)
            else:
                position = -heappop(waiting)
                further = left.pop(position)
            yield position
            for parent in parents(position) if further else ():
                if parent not in left:
                    heappush(waiting, -parent)
                left[parent] = max(left.get(parent, 0), further - 1)

    return Selection(stream) if count else explicit(())


def descendants_within(of: Selection, count: int, children: Parents) -> Selection:
    """Return the commits of a set and what continues them, `count` generations altogether."""

    def stream() -> Iterator[int]:
        found = last = set(of.positions()) if count else set()
        for _ in range(count - 1):
            last = {child for position in last for child in children(position)} - found
            if not last:
                break
            found = found | last
        return iter(sorted(found, reverse=True))

    return Selection(stream)


def reachable(
    sources: Selection, domain: Selection, parents: Parents, children: Parents
) -> Selection:
    """Return what is connected with the sources, up and down, without leaving the domain."""

    def stream() -> Iterator[int]:
        found = {position for position in sources.positions() if domain.contains(position)}
        stack = list(found)
        while stack:
            here = stack.pop()
            for near in (*parents(here), *children(here)):
                if near not in found and domain.contains(near):
                    found.add(near)
                    stack.append(near)
        return iter(sorted(found, reverse=True))

    return Selection(stream)


def fork_point(of: Selection, parents: Parents) -> Selection:
    """Return the newest commits that all of a set continue, or are themselves."""

    def stream() -> Iterator[int]:
        common: list[int] | None = None
        for position in of.positions():
            common = [position] if common is None else common_heads(common, [position], parents)
        return iter(sorted(common or (), reverse=True))

    return Selection(stream)


def common_heads(one: Iterable[int], other: Iterable[int], parents: Parents) -> list[int]:
    """Return the commits below both sets that are below no other such commit.

    It stops where nothing is left that only one of them reaches.
    """
    marks: dict[int, int] = {}
    waiting: list[int] = []
    # How many of those that wait may still lead to a commit that is not below a found one.
    open_ends = 0

    def mark(position: int, which: int) -> None:
        nonlocal open_ends
        before = marks.get(position)
        if before is None:
            heappush(waiting, -position)
            before = 0
        elif not before & _BELOW:
            open_ends -= 1
        marks[position] = before | which
        if not marks[position] & _BELOW:
            open_ends += 1

    for position in one:
        mark(position, _ONE)
    for position in other:
        mark(position, _OTHER)
    found = []
    while open_ends:
        position = -heappop(waiting)
        which = marks.pop(position)
        if not which & _BELOW:
            open_ends -= 1
            if which == _ONE | _OTHER:
                found.append(position)
                which |= _BELOW
        for parent in parents(position):
            mark(parent, which)
    return found
