"""The destination of commits that move: onto other commits, after them, or before them.

onto X              X becomes the parent; nothing else moves
after X             X becomes the parent, and X's children become children of the moved commits
before X            X's parents become the parents, and X becomes a child
after X before Y    X becomes the parent, Y a child
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order, inserted
from porcelain.errors import Refused
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    Parents,
    Rewriting,
    descendants,
    parents_of,
    rebase_all,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import read_commit


class Location(NamedTuple):
    """The new parents of moved commits, and the commits that become their children."""

    parents: Parents
    children: tuple[CommitId, ...] = ()


def locate(
    tx: Rewriting,
    onto: Sequence[CommitId] = (),
    after: Sequence[CommitId] = (),
    before: Sequence[CommitId] = (),
    noun: str = "the new commit",
) -> Location | None:
    """Return the named location, or None without one.

    The caller makes sure that `onto` is not combined with the others. Errors call the moved
    commits `noun`.

    Raises:
        Refused: a commit would become its own ancestor, or a parent of the root.
    """
    if onto:
        return Location(tuple(dict.fromkeys(onto)))
    if not after and not before:
        return None
    if ROOT_COMMIT in before:
        raise Refused("Nothing can be put before the root commit", code="root_commit")
    above = after or [p for one in before for p in parents_of(read_commit(tx.batch, one))]
    parents = tuple(dict.fromkeys(above))
    children = tuple(dict.fromkeys(before)) if before else _children(tx, parents)
    for child, parent in product(children, parents):
        if is_ancestor(tx, child, parent):
            raise Refused(
                f"Refusing to create a loop: commit {parent[:12]} would be both an ancestor "
                f"and a descendant of {noun}",
                code="loop",
            )
    return Location(parents, children)


def is_ancestor(tx: Rewriting, one: CommitId, other: CommitId) -> bool:
    """Tell whether one commit is the other or an ancestor of it, the root included."""
    if ROOT_COMMIT in (one, other):
        return one == ROOT_COMMIT
    places = tx.index.position(one), tx.index.position(other)
    return None not in places and tx.index.is_ancestor(*places)  # type: ignore[arg-type]


def _children(tx: Rewriting, parents: Parents) -> tuple[CommitId, ...]:
    found: set[int] = set()
    for parent in parents:
        position = 0 if parent == ROOT_COMMIT else tx.index.position(parent)
        if position is not None:
            found.update(tx.index.children(position, "visible"))
    return tuple(tx.index.row_at(p).id for p in sorted(found, reverse=True))


def put_below(
    tx: Transaction, location: Location, heads: Parents, *, children_first: bool = False
) -> int:
    """Rebase the location's children onto `heads`; return the number of rebased commits.

    `heads` replace a child's parents that the location has; its other parents stay. Commits are
    written parents first, or with `children_first` the children in their order, then the rest.

    Raises:
        Refused: a child would become a merge with the root commit.
    """
    if not location.children:
        return 0
    wanted = {
        child: inserted(parents_of(read_commit(tx.batch, child)), location.parents, heads)
        for child in location.children
    }
    moving = in_order(tx, [*location.children, *descendants(tx, location.children)])
    if children_first:
        moving = list(dict.fromkeys([*location.children, *moving]))
    return rebase_all(tx, moving, wanted)
