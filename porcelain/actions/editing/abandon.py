"""Abandoning changes: hidden, and what stood on them goes to their parents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order
from porcelain.transaction.rebase_descendants import (
    Parents,
    descendants,
    rebase,
    reparent,
    transform,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import Commit


class Abandoned(NamedTuple):
    """The commits that were abandoned, newest first, and how many descendants moved."""

    commits: tuple[CommitId, ...]
    rebased: int


def abandon(
    tx: Transaction,
    commits: Iterable[CommitId],
    *,
    retain_sessions: bool = False,
    keep_transcripts: bool = False,
) -> Abandoned:
    """Abandon visible commits; their descendants are rebased onto their parents.

    With `keep_transcripts` descendants keep the messages that the abandoned ones added. Sessions
    go to the parent if that is of the same document, else they are deleted; `retain_sessions`
    moves them in any case.

    Raises:
        Refused: one is immutable, or a merge with the root commit would result.
    """
    named = list(commits)
    tx.require_rewritable(named)
    wanted = in_order(tx, named)
    tx.strict = True
    tx.retains_sessions = retain_sessions
    targets = set(wanted)
    rebased = 0

    def visit(commit_id: CommitId, commit: Commit, parents: Parents) -> None:
        nonlocal rebased
        if commit_id in targets:
            tx.rewrites.abandoned[commit_id] = parents
        elif parents != commit.parents:
            (reparent if keep_transcripts else rebase)(tx, commit_id, commit, parents)
            rebased += 1

    transform(tx, in_order(tx, [*wanted, *descendants(tx, wanted)]), {}, visit)
    wanted.reverse()
    tx.kind = "abandon"
    if wanted:
        more = f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
        tx.description = f"abandon commit {wanted[0]}{more}"
    return Abandoned(tuple(wanted), rebased)
