"""Duplicate changes under new change ids, after jj's `duplicate`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from porcelain.actions.moving.connected_set import connected, heads_of, in_order, internal_parents
from porcelain.actions.moving.destination import Location, put_below
from porcelain.display import counted
from porcelain.transaction.rebase_descendants import (
    Parents,
    checked_parents,
    parents_of,
    rebased_tree,
    renewed_message,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import Commit, read_commit


class Duplicated(NamedTuple):
    """The copy of each commit, parents first, and the number of commits rebased onto copies."""

    copies: dict[CommitId, CommitId]
    rebased: int = 0


def duplicate(
    tx: Transaction, commits: Iterable[CommitId], location: Location | None = None
) -> Duplicated:
    """Copy commits onto their own parents or to a location; sessions stay.

    The originals are recorded as the copies' predecessors.

    Raises:
        Refused: a copy would be a merge with the root commit, or a child of the location is
            immutable.
    """
    tx.strict = True
    wanted = in_order(tx, commits)
    tx.require_rewritable(location.children if location else ())
    copies: dict[CommitId, CommitId] = {}
    inside = internal_parents(tx, wanted, connected(tx, wanted)) if location else {}
    for commit_id in wanted:
        old = read_commit(tx.batch, commit_id)
        above = parents_of(old) if location is None else inside[commit_id]
        parents = tuple(copies.get(parent, parent) for parent in above)
        if location is not None and not above:
            parents = location.parents  # even if one of these is itself copied
        copies[commit_id] = _copy(tx, commit_id, old, parents)
    tx.show(copies.values())
    rebased = 0
    if location is not None and location.children and wanted:
        heads = heads_of(tx, wanted, connected(tx, wanted))
        rebased = put_below(tx, location, tuple(copies[head] for head in heads))
    tx.kind, tx.description = "duplicate", f"duplicate {counted(len(copies), 'commit')}"
    return Duplicated(copies, rebased)


def _copy(tx: Transaction, commit_id: CommitId, old: Commit, parents: Parents) -> CommitId:
    parents = checked_parents(tx, tx.rewrites.new_parents(parents))
    tree = rebased_tree(tx, old, parents)
    message = old.message if tree == old.tree else renewed_message(tx, old, tree)
    new = old._replace(tree=tree, parents=parents, message=message, committer=tx.signature())
    made = tx.stage_commit(tx.as_new_change(new))
    tx.rewrites.created[made] = (commit_id,)
    return made
