"""Names that cannot stand beside each other: equal but for case, or one part of the other's path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from store.repository.ref_name import fold_name


class NearNames:
    """Names found by the names that they exclude, in a time that does not depend on their number."""

    def __init__(self) -> None:
        """Begin without names."""
        self.count = 0
        self._equal: dict[str, list[str]] = {}
        self._below: dict[str, list[str]] = {}

    def add(self, names: Iterable[str]) -> None:
        """Add names; `count` is their number."""
        for name in names:
            self.count += 1
            *above, folded = _paths(fold_name(name))
            self._equal.setdefault(folded, []).append(name)
            for path in above:
                self._below.setdefault(path, []).append(name)

    def near(self, folded: str) -> Iterator[str]:
        """Yield the names that exclude a folded name."""
        for path in _paths(folded):
            yield from self._equal.get(path, ())
        yield from self._below.get(folded, ())


def _paths(folded: str) -> Iterator[str]:
    """Yield the paths that lead to a name, the shortest first, and the name."""
    return accumulate(folded.split("/"), "{}/{}".format)
