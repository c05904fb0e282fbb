"""Walks over the commit graph, read from git itself.

Every walk is an iterator that yields as soon as it has read one commit: libgit2's own
sorted walks visit the whole ancestry first (0.6 s at 100,000 commits). The index answers
the same questions faster where it is at hand; these do not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from store.commit import read_commit
from store.ids import CommitId
from store.objects import ObjectReader


def ancestors(reader: ObjectReader, starts: Iterable[CommitId]) -> Iterator[CommitId]:
    """Yield the starts and all their ancestors once each, newest committer time first.

    Where clocks disagree a parent may come before one of its children; see
    `topological_order` for a strict order.
    """
    heap: list[tuple[int, str]] = []
    seen: set[CommitId] = set()
    parents: dict[CommitId, tuple[CommitId, ...]] = {}

    def push(commit_id: CommitId) -> None:
        if commit_id not in seen:
            seen.add(commit_id)
            commit = read_commit(reader, commit_id)
            parents[commit_id] = commit.parents
            heappush(heap, (-commit.committer.time, commit_id))

    for start in starts:
        push(start)
    while heap:
        commit_id = CommitId(heappop(heap)[1])
        yield commit_id
        for parent in parents.pop(commit_id):
            push(parent)


def lineage(
    reader: ObjectReader, start: CommitId, *, first_parent: bool = True
) -> Iterator[CommitId]:
    """Yield a commit and its ancestors, newest first; along first parents, or all."""
    if not first_parent:
        yield from ancestors(reader, [start])
        return
    here: CommitId | None = start
    while here is not None:
        yield here
        here = next(iter(read_commit(reader, here).parents), None)


def topological_order(reader: ObjectReader, starts: Iterable[CommitId]) -> list[CommitId]:
    """Return the starts and their ancestors, children before parents, else newest first.

    Reads all of them first, as any strict order must.
    """
    commits = {c: read_commit(reader, c) for c in ancestors(reader, starts)}
    waiting = dict.fromkeys(commits, 0)
    for commit in commits.values():
        for parent in set(commit.parents):
            waiting[parent] += 1
    heap: list[tuple[int, str]] = []
    for commit_id, count in waiting.items():
        if not count:
            heappush(heap, (-commits[commit_id].committer.time, commit_id))
    order = []
    while heap:
        commit_id = CommitId(heappop(heap)[1])
        order.append(commit_id)
        for parent in set(commits[commit_id].parents):
            waiting[parent] -= 1
            if not waiting[parent]:
                heappush(heap, (-commits[parent].committer.time, parent))
    return order


def is_ancestor(reader: ObjectReader, ancestor: CommitId, descendant: CommitId) -> bool:
    """Tell whether one commit is the other or one of its ancestors."""
    return any(commit_id == ancestor for commit_id in ancestors(reader, [descendant]))


def heads_of(reader: ObjectReader, commits: Iterable[CommitId]) -> set[CommitId]:
    """Return those of the commits that no other one of them descends from."""
    heads = set(commits)
    if len(heads) < 2:
        return heads
    above: set[CommitId] = set()
    for commit_id in sorted(heads):
        above.update(read_commit(reader, commit_id).parents)
    for commit_id in ancestors(reader, above):
        heads.discard(commit_id)
        if len(heads) == 1:
            break
    return heads


def merge_bases(reader: ObjectReader, one: CommitId, other: CommitId) -> set[CommitId]:
    """Return the nearest common ancestors: those that no other common one descends from."""
    left = set(ancestors(reader, [one]))
    common = (c for c in ancestors(reader, [other]) if c in left)
    best: set[CommitId] = set()
    covered: set[CommitId] = set()
    for commit_id in common:
        if commit_id in covered:
            continue
        best.add(commit_id)
        covered.update(ancestors(reader, read_commit(reader, commit_id).parents))
    return best - covered
