"""Where commits are put: onto others, after them, or before them.

onto X              X is the parent; nothing else moves
after X             X is the parent, and X's children become children of what is put there
before X            X's parents are the parents, and X becomes a child
after X before Y    X is the parent, Y becomes a child
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order
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
    """New parents, and the commits that come to stand on what is put there."""

    parents: Parents
    children: tuple[CommitId, ...] = ()


def locate(
    tx: Rewriting,
    onto: Sequence[CommitId] = (),
    after: Sequence[CommitId] = (),
    before: Sequence[CommitId] = (),
    noun: str = "the new commit",
) -> Location | None:
    """Return the place that is named; None where none is.

    `onto` does not go with the others, which whoever reads the command line says. `noun` is what
    an error calls that which is put there.

    Raises:
        Refused: a commit would become its own ancestor, or a parent of the root.
    """
    if onto:
        return Location(tuple(dict.fromkeys(onto)))
    if not after and not before:
        return None
    if ROOT_COMMIT in before:
        raise Refused("Nothing can be put before the root commit", code="root_commit")
    if after:
        parents = tuple(dict.fromkeys(after))
    else:
        above = [p for one in before for p in parents_of(read_commit(tx.batch, one))]
        parents = tuple(dict.fromkeys(above))
    children = tuple(dict.fromkeys(before)) if before else _children(tx, parents)
    refuse_loop(tx, parents, children, noun)
    return Location(parents, children)


def refuse_loop(tx: Rewriting, parents: Parents, children: Sequence[CommitId], noun: str) -> None:
    """Refuse a place whose children are ancestors of its parents.

    Raises:
        Refused: there is one.
    """
    for child in children:
        for parent in parents:
            if is_ancestor(tx, child, parent):
                raise Refused(
                    f"Refusing to create a loop: commit {parent[:12]} would be both an ancestor "
                    f"and a descendant of {noun}",
                    code="loop",
                )


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
