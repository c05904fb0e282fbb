"""Graphs for tests of the revset language: in memory, named, and counting what is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from porcelain.errors import UnknownRevision
from porcelain.language.revset.graph_protocol import Text

NOW = 1_772_000_000_000
DAY = 86_400


class Person(NamedTuple):
    """Who made a commit, and when."""

    name: str
    email: str
    time: int


class Told(NamedTuple):
    """The facts of a commit of a `Dag`."""

    description: str = ""
    title: str = ""
    model: str = ""
    session: str = ""
    author: Person = Person("Ada", "ada@example.org", NOW // 1000)
    committer: Person = Person("Bob", "bob@example.org", NOW // 1000)
    empty: bool = False
    conflict: bool = False


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
        told: Mapping[int, Told] | None = None,
        aliases: Mapping[str, str] | None = None,
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
        self.told = dict(told or {})
        self.aliases = dict(aliases or {})
        self.named: dict[str, dict[str, list[int]]] = {"sessions": {}, "tags": {}}
        self.remote: dict[tuple[str, str, str], tuple[bool, list[int]]] = {}
        self.pasts: dict[str, Dag] = {}

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

    def check_workspace(self, name: str | None) -> None:
        pass

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

    def default_log(self) -> None:
        """Show everything."""

    def heads(self) -> Iterator[int]:
        tips = (place for place in self.shown if not self.below[place])
        return iter(sorted(tips, reverse=True))

    # What functions ask: a graph is its own facts.

    def facts(self) -> Dag:
        return self

    def past(self, operation: str) -> Dag:
        return self.pasts[operation]

    def with_prefix(self, kind: str, prefix: str) -> list[int]:
        return [int(prefix)] if kind == "commit" and int(prefix) < len(self.table) else []

    def commit_id(self, position: int) -> str:
        return f"{position:040x}"

    def email(self) -> str:
        return "ADA@example.org"

    def now(self) -> int:
        return NOW

    def of(self, position: int) -> Told:
        return self.told.get(position, Told())

    def time(self, position: int) -> int:
        return self.of(position).author.time if position else 0

    def signatures(self, position: int) -> tuple[Person, Person]:
        nobody = Person("", "", 0)
        of = self.of(position)
        return (of.author, of.committer) if position else (nobody, nobody)

    def description(self, position: int) -> str:
        return self.of(position).description

    def subject(self, position: int) -> str:
        return self.of(position).description.partition("\n")[0]

    def title(self, position: int) -> str:
        return self.of(position).title

    def model(self, position: int) -> str:
        return self.of(position).model

    def session(self, position: int) -> str:
        return self.of(position).session

    def project(self, position: int) -> str:
        return ""

    def agents(self, position: int) -> list[str]:
        return []

    def native(self, native_id: str) -> Callable[[int], bool]:
        return lambda position: self.of(position).session == native_id

    def is_empty(self, position: int) -> bool:
        return not position or self.of(position).empty

    def is_conflicted(self, position: int) -> bool:
        return self.of(position).conflict

    def messages(self, position: int) -> int:
        return position

    def has_words(self, words: str) -> Callable[[str], bool]:
        return lambda text: words in text.split()

    def adds_words(self, words: str) -> Callable[[int], bool]:
        return lambda position: words in self.of(position).title.split()

    def adds(self, kind: str, test: Callable[[str], bool]) -> Callable[[int], bool]:
        assert kind == "text"
        return lambda position: test(self.of(position).title)

    def divergent(self) -> Iterator[int]:
        return iter(())

    def names(self, part: str, name: Text) -> list[int]:
        return [
            p for key, targets in self.named[part].items() if name.matches(key) for p in targets
        ]

    def remote_names(self, part: str, name: Text, remote: Text, tracked: bool | None) -> list[int]:
        return [
            position
            for (kind, key, where), (is_tracked, targets) in self.remote.items()
            if kind == part and name.matches(key) and remote.matches(where)
            if tracked is None or tracked == is_tracked
            for position in targets
        ]

    def working_copies(self) -> list[int]:
        return [p for p in (self.current, *self.workspaces.values()) if p is not None]

    def positions_of(self, ids: Iterable[str]) -> list[int]:
        return [int(one, 16) for one in ids if int(one, 16) < len(self.table)]


def chain(length: int) -> Dag:
    """Return one line of commits, the newest current."""
    return Dag([(position,) for position in range(length)], current=length)
