"""Abandon changes: hide them and rebase their descendants onto their parents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order, summarize
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
    """The abandoned commits, newest first, and the number of rebased descendants."""

    commits: tuple[CommitId, ...]
    rebased: int


def abandon(
    tx: Transaction,
    commits: Iterable[CommitId],
    *,
    retain_sessions: bool = False,
    keep_transcripts: bool = False,
) -> Abandoned:
    """Abandon visible commits; rebase their descendants onto their parents.

    With `keep_transcripts` descendants keep the messages that the abandoned commits added.
    Sessions move to the parent if it has the same document, else they are deleted;
    `retain_sessions` moves them in any case.

    Raises:
        Refused: a commit is immutable, or a merge with the root commit would result.
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
    tx.kind, tx.description = "abandon", summarize("abandon", wanted)
    return Abandoned(tuple(reversed(wanted)), rebased)
