"""Commits put between others: children of a place come to stand on what is put there."""

from __future__ import annotations

from porcelain.rewrite import Parents, descendants, parents_of, rebase_all
from porcelain.rewriting.connection import in_order
from porcelain.rewriting.location import Location
from porcelain.transaction import Transaction
from store.commit import read_commit
from store.ids import CommitId


def put_below(
    tx: Transaction, location: Location, heads: Parents, *, children_first: bool = False
) -> int:
    """Let the location's children stand on `heads`; return how many commits were rebased.

    Of a child's parents those that the location has are replaced; the others stay. They are
    written parents first, or `children_first` as the location has them, then what is on them.

    Raises:
        Refused: a child would become a merge with the root commit.
    """
    if not location.children:
        return 0
    wanted: dict[CommitId, Parents] = {}
    for child in location.children:
        found: dict[CommitId, None] = {}
        for parent in parents_of(read_commit(tx.batch, child)):
            found.update(dict.fromkeys(heads if parent in location.parents else (parent,)))
        found.update(dict.fromkeys(heads))
        wanted[child] = tuple(found)
    moving = in_order(tx, [*location.children, *descendants(tx, location.children)])
    if children_first:
        moving = list(dict.fromkeys([*location.children, *moving]))
    return rebase_all(tx, moving, wanted)
