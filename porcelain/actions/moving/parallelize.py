"""Changes made independent of each other, and merges rid of parents that they need not have."""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.actions.moving.connected_set import external_parents, in_order, substituted
from porcelain.actions.moving.move import simplified
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
    """Make commits siblings: none stands on another. Return how many commits were rebased.

    What stood on one of them stands on all that it stood on before.

    Raises:
        Refused: one that must move is immutable, or the root commit is among them.
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
    tx.kind, tx.description = "parallelize", f"parallelize {len(targets)} commits"
    return count


def simplify_parents(tx: Transaction, commits: Iterable[CommitId]) -> tuple[int, int]:
    """Take from merges the parents that other parents continue.

    Returns how many parents went, from how many commits.

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
    tx.kind, tx.description = "simplify-parents", f"simplify-parents of {len(wanted)} commits"
    return gone, len(wanted)
