"""Merges the transcripts of a commit's parents into the one that the commit starts from.

Parents are merged one by one into the first. The base of each merge is the nearest common
ancestor of the parent and those before it; where histories crossed there are several, and
these are merged first in the same way. The result is the common beginning, then the first
parent's messages, then the second's. Id and lineage are the first parent's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from store.ids import EMPTY_TREE, CommitId, TreeId
from store.merge.replay import merge_onto
from store.objects.commit import read_commit
from store.objects.commit_walk import nearest_common
from store.objects.objects import ObjectWriter
from store.session.tool_pairing import Pairing, pawan_pairs

Bases = Callable[[Sequence[CommitId], CommitId], Iterable[CommitId]]
"""Returns the nearest ancestors that a commit shares with any of the given commits."""

_DEEPEST = 32  # crossings that are followed; beyond them one common ancestor is the base


def merged_tree(
    writer: ObjectWriter,
    parents: Sequence[CommitId],
    bases: Bases | None = None,
    pairing: Pairing = pawan_pairs,
) -> TreeId | None:
    """Return the tree that a commit with these parents starts from; None for no parents.

    One parent's tree is returned as it is. Empty trees add nothing: they are conversations
    not begun. Rows that the parents changed differently are in conflict in the result.
    `bases` finds common ancestors in an index; by default they are found by reading commits.

    Raises:
        InvalidSession: a parent, or a common ancestor, holds no session.
        ObjectNotFound, CorruptObject: objects of them are missing or contradict each other.
    """
    found = bases or (lambda ones, other: nearest_common(writer, ones, other))
    return _Merger(writer, found, pairing).tree(tuple(dict.fromkeys(parents)), 0)


class _Merger:
    """Merges commits' trees, with a memory for the merges that crossed histories need twice."""

    def __init__(self, writer: ObjectWriter, bases: Bases, pairing: Pairing) -> None:
        self._writer = writer
        self._bases = bases
        self._pairing = pairing
        self._done: dict[tuple[CommitId, ...], TreeId] = {}

    def tree(self, commits: tuple[CommitId, ...], depth: int) -> TreeId | None:
        if not commits:
            return None
        if commits not in self._done:
            self._done[commits] = self._merge(commits, depth)
        return self._done[commits]

    def _merge(self, commits: tuple[CommitId, ...], depth: int) -> TreeId:
        done = read_commit(self._writer, commits[0]).tree
        for place, commit_id in enumerate(commits[1:], 1):
            tree = read_commit(self._writer, commit_id).tree
            if tree in (EMPTY_TREE, done):
                continue
            if done == EMPTY_TREE:
                done = tree
                continue
            shared = tuple(sorted(self._bases(commits[:place], commit_id)))
            base = self.tree(shared if depth < _DEEPEST else shared[:1], depth + 1)
            done = merge_onto(self._writer, base or EMPTY_TREE, done, tree, self._pairing)
        return done
