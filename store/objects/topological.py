"""Topological order, the lowest rank first among the keys that may come next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Any, TypeVar

_K = TypeVar("_K")


def topological_order(
    after: Mapping[_K, Collection[_K]], rank: Callable[[_K], Any]
) -> Iterator[_K]:
    """Yield the keys, each before those that `after` maps it to; a cycle is left out."""
    if not any(after.values()):
        yield from sorted(after, key=lambda key: (rank(key), key))
        return
    missing = dict.fromkeys(after, 0)
    for following in after.values():
        for key in following:
            missing[key] += 1
    ready = [(rank(key), key) for key, count in missing.items() if not count]
    heapify(ready)
    while ready:
        here = heappop(ready)[1]
        yield here
        for key in after[here]:
            missing[key] -= 1
            if not missing[key]:
                heappush(ready, (rank(key), key))
