"""Sets of commits as parts of the graph: what lies between them, their roots and heads.

All orders are parents first. A set need not be connected: where a commit between two of its
commits is left out, the two are connected all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from porcelain.transaction.rebase_descendants import ROOT_COMMIT, Parents, Rewriting, parents_of
from store.ids import CommitId
from store.objects.commit import read_commit


def in_order(tx: Rewriting, commits: Iterable[CommitId]) -> list[CommitId]:
    """Return different commits, parents first; those that do not exist are left out."""
    positions = tx.index.positions([c for c in commits if c != ROOT_COMMIT])
    return sorted(positions, key=positions.__getitem__)


def connected(tx: Rewriting, commits: Sequence[CommitId]) -> list[CommitId]:
    """Return commits and all that lie on a path between two of them."""
    index = tx.index
    places = {p for p in map(index.position, commits) if p is not None}
    if len(places) < 2:
        return in_order(tx, commits)
    below = index.reach(places, down_to=min(places))
    above = set(places)
    for position in sorted(below):
        if any(parent in above for parent in index.parents(position)):
            above.add(position)
    return [index.row_at(position).id for position in sorted(above & below)]


def internal_parents(
    tx: Rewriting, targets: Iterable[CommitId], graph: Sequence[CommitId]
) -> dict[CommitId, Parents]:
    """Map each commit of a connected graph to the nearest ancestors that are targets."""
    wanted = set(targets)
    found: dict[CommitId, Parents] = {}
    for commit_id in graph:
        above: dict[CommitId, None] = {}
        for parent in parents_of(read_commit(tx.batch, commit_id)):
            if parent in wanted:
                above[parent] = None
            else:
                above.update(dict.fromkeys(found.get(parent, ())))
        found[commit_id] = tuple(above)
    return found


def external_parents(tx: Rewriting, targets: Sequence[CommitId]) -> dict[CommitId, Parents]:
    """Map each target, given parents first, to its nearest ancestors that are none."""
    found: dict[CommitId, Parents] = {}
    for commit_id in targets:
        above: dict[CommitId, None] = {}
        for parent in parents_of(read_commit(tx.batch, commit_id)):
            above.update(dict.fromkeys(found.get(parent, (parent,))))
        found[commit_id] = tuple(above)
    return found


def heads_of(
    tx: Rewriting, targets: Iterable[CommitId], graph: Sequence[CommitId]
) -> tuple[CommitId, ...]:
    """Return the targets that no commit of the connected graph continues."""
    heads: dict[CommitId, None] = {}
    for commit_id in graph:
        heads[commit_id] = None
        for parent in read_commit(tx.batch, commit_id).parents:
            heads.pop(parent, None)
    wanted = set(targets)
    return tuple(commit_id for commit_id in graph if commit_id in heads and commit_id in wanted)


def substituted(parents: Parents, by: Mapping[CommitId, Parents]) -> Parents:
    """Return parents with those that `by` has replaced, without repeats."""
    found: dict[CommitId, None] = {}
    for parent in parents:
        found.update(dict.fromkeys(by.get(parent, (parent,))))
    return tuple(found)
