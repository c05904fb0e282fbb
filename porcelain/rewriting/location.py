"""Where commits are put: onto others, after them, or before them.

onto X              X is the parent; nothing else moves
after X             X is the parent, and X's children become children of what is put there
before X            X's parents are the parents, and X becomes a child
after X before Y    X is the parent, Y becomes a child
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.rewrite import ROOT_COMMIT, Parents, Rewriting, parents_of
from store.commit import read_commit
from store.ids import CommitId


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
        above = [p for one in before for p in parents_of(read_commit(tx.objects, one))]
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
