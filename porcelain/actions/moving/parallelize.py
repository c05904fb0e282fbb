"""Make changes siblings, and remove redundant parents from merges."""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.actions.moving.connected_set import external_parents, in_order, substituted
from porcelain.actions.moving.move import simplified
from porcelain.display import counted
from porcelain.errors import Refused
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    Parents,
    descendants,
    parents_of,
    rebase_all,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import read_commit


def parallelize(tx: Transaction, commits: Iterable[CommitId]) -> int:
    """Make commits siblings, so that none is another's ancestor; return how many were rebased.

    A child of one of them becomes a child of all of them that were its ancestors.

    Raises:
        Refused: a commit that has to move is immutable, or the root commit is among them.
    """
    named = list(commits)
    if ROOT_COMMIT in named:
        raise Refused("The root commit has no siblings", code="root_commit")
    targets = in_order(tx, named)
    above = external_parents(tx, targets)
    moving = [c for c in targets if above[c] != parents_of(read_commit(tx.batch, c))]
    tx.require_rewritable(moving)
    tx.strict = True
    lines: dict[CommitId, Parents] = {}
    for commit_id in targets:
        own = dict.fromkeys(
            c for p in read_commit(tx.batch, commit_id).parents for c in lines.get(p, ())
        )
        lines[commit_id] = (*own, commit_id)
    wanted = dict(above)
    below = descendants(tx, targets)
    for commit_id in below:
        parents = parents_of(read_commit(tx.batch, commit_id))
        if commit_id not in above and any(parent in lines for parent in parents):
            wanted[commit_id] = substituted(parents, lines)
    count = rebase_all(tx, in_order(tx, [*targets, *below]), wanted)
    tx.kind, tx.description = "parallelize", f"parallelize {counted(len(targets), 'commit')}"
    return count


def simplify_parents(tx: Transaction, commits: Iterable[CommitId]) -> tuple[int, int]:
    """Remove from merges the parents that are ancestors of their other parents.

    Returns how many parents were removed, from how many commits.

    Raises:
        Refused: a merge that would change is immutable.
    """
    targets = [c for c in in_order(tx, commits) if len(read_commit(tx.batch, c).parents) > 1]
    wanted: dict[CommitId, Parents] = {}
    gone = 0
    for commit_id in targets:
        parents = read_commit(tx.batch, commit_id).parents
        kept = simplified(tx, parents)
        if kept != parents:
            wanted[commit_id] = kept
            gone += len(parents) - len(kept)
    tx.require_rewritable(wanted)
    rebase_all(tx, in_order(tx, [*wanted, *descendants(tx, wanted)]), wanted)
    tx.kind = "simplify-parents"
    tx.description = f"simplify-parents of {counted(len(wanted), 'commit')}"
    return gone, len(wanted)
