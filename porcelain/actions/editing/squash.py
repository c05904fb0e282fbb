"""Squash changes into another change, after jj's `squash`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order
from porcelain.actions.moving.destination import is_ancestor
from porcelain.errors import Refused
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    is_generated,
    parents_of,
    rebase_descendants,
    replace,
    replayed,
    starting_tree,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import Commit, read_commit
from store.objects.objects import ObjectReader

Combine = Callable[[Sequence[str]], str]


class Squashed(NamedTuple):
    """The new destination, the abandoned sources, and the new ids of emptied sources."""

    commit: CommitId
    abandoned: tuple[CommitId, ...]
    emptied: tuple[CommitId, ...] = ()


def squash(
    tx: Transaction,
    sources: Iterable[CommitId],
    destination: CommitId,
    message: str | Combine,
    *,
    keep_emptied: bool = False,
) -> Squashed | None:
    """Move the changes of the sources into the destination; None if there is nothing to move.

    The sources are abandoned and their sessions go to their parents; `keep_emptied` keeps the
    sources as empty changes. `message` is the new description, or a function that combines the
    descriptions of the destination and the sources, called if there are several.

    Raises:
        Refused: a commit is immutable, or the root commit.
    """
    named = [c for c in sources if c != destination]
    tx.require_rewritable([*named, destination])
    wanted = in_order(tx, named)
    tx.strict = True
    tx.retains_sessions = True
    if keep_emptied:
        wanted = [c for c in wanted if not tx.row(c).empty]
    if not wanted:
        return None
    target = read_commit(tx.batch, destination)
    olds = {commit_id: read_commit(tx.batch, commit_id) for commit_id in wanted}
    bases = {commit_id: starting_tree(tx.batch, old.parents) for commit_id, old in olds.items()}
    description = message if isinstance(message, str) else _combined(tx, target, olds, message)
    below = {commit_id for commit_id in wanted if is_ancestor(tx, commit_id, destination)}
    emptied: list[CommitId] = []
    for commit_id, old in olds.items():
        if keep_emptied:
            parents = tx.rewrites.new_parents(old.parents)
            new = old._replace(parents=parents)
            emptied.append(replace(tx, commit_id, old, new, starting_tree(tx.batch, parents)))
        else:
            tx.rewrites.abandoned[commit_id] = old.parents
    tx.show(emptied)
    here, now = destination, target
    if below:
        rebase_descendants(tx)
        here = tx.rewrites.successor(destination) or destination
        now = read_commit(tx.batch, here)
    # The destination's transcript already has the changes of its ancestors, in order.
    tree = target.tree
    for commit_id, old in olds.items():
        if commit_id not in below:
            tree = replayed(tx.batch, old.tree, bases[commit_id], tree)
    made = replace(tx, here, now, now._replace(message=description), tree, (destination, *olds))
    tx.show([made])
    tx.kind, tx.description = "squash", f"squash commits into {destination}"
    return Squashed(made, () if keep_emptied else tuple(olds), tuple(emptied))


def parent_to_squash_into(reader: ObjectReader, commit_id: CommitId) -> CommitId:
    """Return a commit's only parent, which may be the root commit.

    Raises:
        Refused: the commit is a merge, or the root commit.
    """
    if commit_id == ROOT_COMMIT:
        raise Refused("The root commit has no parent to squash into", code="root_commit")
    parents = parents_of(read_commit(reader, commit_id))
    if len(parents) > 1:
        raise Refused(
            "A merge cannot be squashed without a destination",
            "`--into` says which parent to squash into",
            code="merge",
        )
    return parents[0]


def _combined(
    tx: Transaction, target: Commit, olds: dict[CommitId, Commit], combine: Combine
) -> str:
    """Return the combined description; generated ones do not count."""
    texts = [
        c.message for c in (target, *olds.values()) if c.message and not is_generated(tx.batch, c)
    ]
    if not texts:
        return target.message
    return texts[0] if len(texts) == 1 else combine(texts)
