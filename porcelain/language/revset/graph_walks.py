"""Walks over the graph: a number of generations, common ancestors, connected commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from porcelain.language.revset.position_set import Parents, Selection, closure, explicit

_ONE, _OTHER, _BELOW = 1, 2, 4


def ancestors_within(of: Selection, count: int, parents: Parents) -> Selection:
    """Return the commits of a set and their ancestors, `count` generations altogether."""

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
    """Return the commits of a set and their descendants, `count` generations altogether."""

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
    """Return the commits connected with the sources, up and down, without leaving the domain."""

    def near(position: int) -> list[int]:
        return list(filter(domain.contains, (*parents(position), *children(position))))

    return Selection(lambda: closure(filter(domain.contains, sources.positions()), near))


def fork_point(of: Selection, parents: Parents) -> Selection:
    """Return the newest commits that are ancestors of all commits of a set, or equal to them."""

    def stream() -> Iterator[int]:
        common: list[int] | None = None
        for position in of.positions():
            common = [position] if common is None else common_heads(common, [position], parents)
        return iter(sorted(common or (), reverse=True))

    return Selection(stream)


def common_heads(one: Iterable[int], other: Iterable[int], parents: Parents) -> list[int]:
    """Return the common ancestors of two sets that are not ancestors of another one.

    It stops where no commit is left that only one of the sets reaches.
    """
    marks: dict[int, int] = {}
    waiting: list[int] = []
    # The number of waiting commits that may still lead to one that is not below a found one.
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
