"""The transcript that a commit of several parents starts from: theirs, merged.

Parents are folded one by one into the first, each with what it shares with those before it as
the base. Where that is several commits, since histories crossed, these are merged first in
the same way. Of two lines that share a beginning the result is that, then the first parent's
messages, then the second's; id and lineage are the first parent's.
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
"""Answers which nearest ancestors another commit shares with any of some commits."""

_DEEPEST = 32  # crossings that are followed back; further ones start from their oldest id


def merged_tree(
    writer: ObjectWriter,
    parents: Sequence[CommitId],
    bases: Bases | None = None,
    pairing: Pairing = pawan_pairs,
) -> TreeId | None:
    """Return the tree that a commit with these parents starts from; None for no parents.

    For one it is that one's. Empty trees, conversations not begun, add nothing. What parents
    changed differently is in conflict there. `bases` answers from an index what is otherwise
    read from the commits.

    Raises:
        InvalidSession: a parent, or a commit that they share, holds no session.
        ObjectNotFound, CorruptObject: objects of them are missing or contradict each other.
    """
    found = bases or (lambda ones, other: nearest_common(writer, ones, other))
    return _Fold(writer, found, pairing).tree(tuple(dict.fromkeys(parents)), 0)


class _Fold:
    """Merges commits' trees; remembers what it has merged, since crossed histories ask again."""

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
