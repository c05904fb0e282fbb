"""Walks over the commit graph that read git itself, where no index is at hand.

Every walk reads one commit at a time and stops as soon as it can: libgit2's own sorted walks
visit the whole ancestry first (0.6 s at 100,000 commits).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from store.ids import CommitId
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader


def ancestors(reader: ObjectReader, starts: Iterable[CommitId]) -> Iterator[CommitId]:
    """Yield the starts and all their ancestors once each, newest committer time first.

    Where clocks disagree a parent may come before one of its children.
    """
    heap: list[tuple[int, str]] = []
    parents: dict[CommitId, tuple[CommitId, ...]] = {}

    def push(commit_ids: Iterable[CommitId]) -> None:
        for commit_id in commit_ids:
            if commit_id not in parents:
                commit = read_commit(reader, commit_id)
                parents[commit_id] = commit.parents
                heappush(heap, (-commit.committer.time, commit_id))

    push(starts)
    while heap:
        commit_id = CommitId(heappop(heap)[1])
        yield commit_id
        push(parents[commit_id])


def heads_of(reader: ObjectReader, commits: Iterable[CommitId]) -> set[CommitId]:
    """Return those of the commits that no other one of them descends from."""
    heads = set(commits)
    if len(heads) < 2:
        return heads
    above = [parent for head in sorted(heads) for parent in read_commit(reader, head).parents]
    for commit_id in ancestors(reader, above):
        heads.discard(commit_id)
        if len(heads) == 1:
            break
    return heads


_OURS, _THEIRS, _BELOW = 1, 2, 4


def nearest_common(
    reader: ObjectReader, ones: Iterable[CommitId], other: CommitId
) -> set[CommitId]:
    """Return the nearest ancestors that `other` shares with any of some commits.

    Commits above the answer are read only where clocks disagree.
    """
    flags: dict[CommitId, int] = {}
    parents: dict[CommitId, tuple[CommitId, ...]] = {}
    times: dict[CommitId, int] = {}
    heap: list[tuple[int, str]] = []
    queued: set[CommitId] = set()
    waiting: set[CommitId] = set()  # queued, and not known to be below an answer
    found: set[CommitId] = set()

    def mark(commit_id: CommitId, new: int) -> None:
        had = flags.get(commit_id, 0)
        if not had:
            commit = read_commit(reader, commit_id)
            parents[commit_id], times[commit_id] = commit.parents, commit.committer.time
        if had | new != had:
            flags[commit_id] = had | new
            (waiting.discard if flags[commit_id] & _BELOW else waiting.add)(commit_id)
            if commit_id not in queued:
                queued.add(commit_id)
                heappush(heap, (-times[commit_id], commit_id))

    for one in ones:
        mark(one, _OURS)
    mark(other, _THEIRS)
    while waiting:
        commit_id = CommitId(heappop(heap)[1])
        queued.discard(commit_id)
        waiting.discard(commit_id)
        flag = flags[commit_id]
        if flag & (_OURS | _THEIRS) == _OURS | _THEIRS and not flag & _BELOW:
            found.add(commit_id)
            flag |= _BELOW
        for parent in parents[commit_id]:
            mark(parent, flag)
    return heads_of(reader, (c for c in found if not flags[c] & _BELOW))
