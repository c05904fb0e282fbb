"""Longest paths in a graph without cycles."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

_T = TypeVar("_T", bound=Hashable)


def distances(starts: Iterable[_T], after: Mapping[_T, Collection[_T]]) -> dict[_T, int]:
    """Return the length of the longest path from any of `starts` to each node reachable from them.

    `after` maps a node to its direct successors. Every edge is visited twice.
    """
    first = list(dict.fromkeys(starts))
    waiting: dict[_T, int] = dict.fromkeys(first, 0)
    pending = list(first)
    while pending:
        for one in after.get(pending.pop(), ()):
            if one not in waiting:
                pending.append(one)
            waiting[one] = waiting.get(one, 0) + 1
    found = dict.fromkeys(first, 0)
    ready = [one for one in first if not waiting[one]]
    while ready:
        here = ready.pop()
        for one in after.get(here, ()):
            found[one] = max(found.get(one, 0), found[here] + 1)
            waiting[one] -= 1
            if not waiting[one]:
                ready.append(one)
    return found
