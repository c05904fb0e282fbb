"""The versions of a change, newest first, each with the operation that made it.

An operation records which commits each of its new commits replaces. The index knows which
operations made a commit, so the cost of a step does not depend on the length of the log.

Versions come in the order of the operations, newest first, and before the versions that they
replace. Where the log ends, or was cut, the last versions have no operation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from porcelain.errors import CorruptOperation
from porcelain.index.operation_walk import only_before
from porcelain.index.view_rows import operation_rows, origins
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.topological import topological_order

Predecessors = Mapping[CommitId, Sequence[CommitId]]


class Version(NamedTuple):
    """One version of a change.

    `number` counts within the walk; `below` are the numbers of the versions that it replaces, in
    the order of `predecessors`. `operation` is None if the operation that made it is unknown.
    """

    number: int
    commit: CommitId
    operation: Operation | None
    predecessors: tuple[CommitId, ...]
    below: tuple[int, ...]


def walk_evolution(index: Index, starts: Iterable[CommitId]) -> Iterator[Version]:
    """Yield commits and all commits that they evolved from, newest first, lazily.

    A commit that was made, rewritten and made again is a version each time.

    Raises:
        CorruptOperation: one of the operations says that commits replace each other.
    """
    yield from _Walk(index, starts).run()


def replaced_by(index: Index, commit_id: CommitId) -> set[CommitId]:
    """Return the commits that a commit replaced by any operation."""
    found: set[CommitId] = set()
    for place in origins(index, commit_id):
        (operation,) = operation_rows(index, "seq = ?", (place,))
        found.update(operation.data.predecessors[commit_id])
    return found


class _Walk:
    def __init__(self, index: Index, starts: Iterable[CommitId]) -> None:
        self.index = index
        self.numbers: dict[tuple[CommitId, int], int] = {}
        # (-seq of the operation or 0, number, commit), the newest operation's first.
        self.waiting: list[tuple[int, int, CommitId]] = []
        self.recent: dict[int, Operation] = {}
        for commit_id in starts:
            self.number_of(commit_id, None)

    def run(self) -> Iterator[Version]:
        while self.waiting:
            place = -self.waiting[0][0]
            if place:
                yield from self.made_by(place)
            else:
                _, number, commit_id = heappop(self.waiting)
                yield Version(number, commit_id, None, (), ())

    def number_of(self, commit_id: CommitId, below: int | None) -> int:
        """Return the number of a commit as it was before an operation, and queue its visit."""
        place = self.origin(commit_id, below)
        key = (commit_id, place)
        if key not in self.numbers:
            self.numbers[key] = len(self.numbers)
            heappush(self.waiting, (-place, self.numbers[key], commit_id))
        return self.numbers[key]

    def origin(self, commit_id: CommitId, below: int | None) -> int:
        """Return the seq of the operation that made a commit, 0 if it is not known."""
        found = origins(self.index, commit_id, below)
        # An operation that names replaced commits is preferred to one that names none.
        if len(found) > 1:
            for place in found:
                if self.operation(place).data.predecessors[commit_id]:
                    return place
        return found[0] if found else 0

    def operation(self, place: int) -> Operation:
        if place not in self.recent:
            if len(self.recent) > 100:
                self.recent.clear()
            self.recent[place] = operation_rows(self.index, "seq = ?", (place,))[0]
        return self.recent[place]

    def made_by(self, place: int) -> Iterator[Version]:
        """Yield the versions that an operation made, among those waiting and their predecessors."""
        operation = self.operation(place)
        links = operation.data.predecessors
        versions: dict[int, Version] = {}
        while self.waiting and -self.waiting[0][0] == place:
            _, number, commit_id = heappop(self.waiting)
            # Versions that the same operation made have the same place in the queue.
            below = tuple(self.number_of(old, place + (old in links)) for old in links[commit_id])
            versions[number] = Version(number, commit_id, operation, tuple(links[commit_id]), below)
        yield from _in_order(operation.id, versions)


def _in_order(operation_id: OperationId, versions: dict[int, Version]) -> Iterator[Version]:
    """Yield versions before those that they replace, otherwise in the order of their numbers."""
    after = {n: [old for old in v.below if old in versions] for n, v in versions.items()}
    found = [versions[number] for number in topological_order(after, int)]
    if len(found) < len(versions):
        stuck = min(versions.keys() - {version.number for version in found})
        raise CorruptOperation(
            operation_id,
            f"commit {versions[stuck].commit[:12]} replaces one that it was itself replaced by",
        )
    yield from found


def accumulate_predecessors(
    index: Index,
    commits: Iterable[CommitId],
    old: Operation,
    new: Operation,
    wanted: Collection[CommitId] | None = None,
) -> dict[CommitId, tuple[CommitId, ...]]:
    """Return which commits of the state after `old` each commit after `new` evolved from.

    Works forwards, backwards (a replaced commit counts as evolved from its replacement) and
    sideways. Links are followed to their ends or, with `wanted`, to the nearest of those, and
    only those are returned. Commits that no operation in between mentions are left out.
    """
    links = _links_between(index, old, new)
    return {
        commit_id: tuple(_sources(commit_id, links, wanted))
        for commit_id in commits
        if commit_id in links
    }


def _links_between(index: Index, old: Operation, new: Operation) -> Predecessors:
    """Return the links from commits after `new` to commits after `old`."""
    if old.id == new.id:
        return {}
    if new.data.parents == (old.id,):
        return new.data.predecessors
    links: dict[CommitId, list[CommitId]] = {}
    for operation in only_before(index, new.id, old.id):
        for after, befores in operation.data.predecessors.items():
            links.setdefault(after, []).extend(befores)
    for operation in only_before(index, old.id, new.id):
        for after, befores in operation.data.predecessors.items():
            for before in befores:
                links.setdefault(before, []).append(after)
    return links


def _sources(
    commit_id: CommitId, links: Predecessors, wanted: Collection[CommitId] | None
) -> Iterator[CommitId]:
    """Yield the ends of a commit's links in their order; a cycle has no end."""
    seen = {commit_id}
    pending = list(reversed(links[commit_id]))
    while pending:
        here = pending.pop()
        if here in seen:
            continue
        seen.add(here)
        if here in wanted if wanted is not None else here not in links:
            yield here
        else:
            pending += reversed(links.get(here, ()))
