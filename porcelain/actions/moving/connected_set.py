"""Sets of commits in the graph: the commits between them, their parents and their heads.

All orders are parents first. A set may leave out a commit between two of its commits: the two
count as connected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from porcelain.transaction.rebase_descendants import ROOT_COMMIT, Parents, Rewriting, parents_of
from store.ids import CommitId
from store.objects.commit import read_commit


def in_order(tx: Rewriting, commits: Iterable[CommitId]) -> list[CommitId]:
    """Return the distinct commits that exist, parents first, without the root."""
    positions = tx.index.positions([c for c in commits if c != ROOT_COMMIT])
    return sorted(positions, key=positions.__getitem__)


def summarize(verb: str, commits: Sequence[CommitId]) -> str:
    """Return the description of an operation on commits, the last of which it names."""
    more = f" and {len(commits) - 1} more" if len(commits) > 1 else ""
    return f"{verb} commit {commits[-1]}{more}" if commits else verb


def connected(tx: Rewriting, commits: Sequence[CommitId]) -> list[CommitId]:
    """Return commits and all commits on a path between two of them."""
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
    """Map each commit of a connected graph to its nearest ancestors among the targets."""
    wanted = set(targets)
    found: dict[CommitId, Parents] = {}
    for commit_id in graph:
        parents = parents_of(read_commit(tx.batch, commit_id))
        found[commit_id] = substituted(
            parents, {parent: found.get(parent, ()) for parent in parents if parent not in wanted}
        )
    return found


def external_parents(tx: Rewriting, targets: Sequence[CommitId]) -> dict[CommitId, Parents]:
    """Map each target, given parents first, to its nearest ancestors that are no targets."""
    found: dict[CommitId, Parents] = {}
    for commit_id in targets:
        found[commit_id] = substituted(parents_of(read_commit(tx.batch, commit_id)), found)
    return found


def heads_of(
    tx: Rewriting, targets: Iterable[CommitId], graph: Sequence[CommitId]
) -> tuple[CommitId, ...]:
    """Return the targets without children in the connected graph."""
    continued = {p for commit_id in graph for p in read_commit(tx.batch, commit_id).parents}
    wanted = set(targets) - continued
    return tuple(commit_id for commit_id in graph if commit_id in wanted)


def substituted(parents: Iterable[CommitId], by: Mapping[CommitId, Parents]) -> Parents:
    """Return parents with the keys of `by` replaced by its values, without repeats."""
    return tuple(dict.fromkeys(new for parent in parents for new in by.get(parent, (parent,))))


def inserted(parents: Iterable[CommitId], above: Parents, heads: Parents) -> Parents:
    """Return parents that are put on `heads`, which replace those of `above`."""
    return tuple(dict.fromkeys([*substituted(parents, dict.fromkeys(above, heads)), *heads]))
