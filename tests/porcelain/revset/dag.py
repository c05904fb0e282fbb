"""Graphs for tests of the revset language: in memory, named, and counting what is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from porcelain.errors import UnknownRevision


class Dag:
    """Commits 1, 2, … with parents below them; `c7` names commit 7.

    `heads` are what is visible with all it continues; by default everything is. `@` is the
    commit `current`, `other@` is `workspaces["other"]`.
    """

    def __init__(
        self,
        parents: Sequence[Sequence[int]],
        heads: Sequence[int] | None = None,
        current: int | None = None,
        workspaces: Mapping[str, int] | None = None,
    ) -> None:
        self.table = [(), *(tuple(of) or (0,) for of in parents)]
        tips = range(len(self.table)) if heads is None else heads
        self.shown = {0} | self.closure(set(tips))
        self.below: list[list[int]] = [[] for _ in self.table]
        for position in self.shown:
            for parent in set(self.table[position]):
                self.below[parent].append(position)
        self.current = current
        self.workspaces = dict(workspaces or {})
        self.read = 0

    def closure(self, positions: set[int]) -> set[int]:
        """Return these positions and all their ancestors."""
        found, stack = set(positions), list(positions)
        while stack:
            for parent in self.table[stack.pop()]:
                if parent not in found:
                    found.add(parent)
                    stack.append(parent)
        return found

    def resolve(self, symbol: str, remote: str = "") -> int:
        known = symbol[:1] == "c" and symbol[1:].isdigit() and remote in ("", "origin")
        if known and int(symbol[1:]) < len(self.table):
            return int(symbol[1:])
        raise UnknownRevision(symbol if not remote else f"{symbol}@{remote}")

    def workspace(self, name: str | None) -> int | None:
        return self.current if name is None else self.workspaces.get(name)

    def parents(self, position: int) -> Sequence[int]:
        self.read += 1
        return self.table[position]

    def children(self, position: int) -> Sequence[int]:
        self.read += 1
        return self.below[position]

    def visible(self) -> Iterator[int]:
        for position in sorted(self.shown, reverse=True):
            self.read += 1
            yield position

    def is_visible(self, position: int) -> bool:
        return position in self.shown

    def heads(self) -> Iterator[int]:
        tips = (place for place in self.shown if not self.below[place])
        return iter(sorted(tips, reverse=True))


def chain(length: int) -> Dag:
    """Return one line of commits, the newest current."""
    return Dag([(position,) for position in range(length)], current=length)
