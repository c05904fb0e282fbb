"""Abandon changes: hide them and rebase their descendants onto their parents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from porcelain.actions.moving.connected_set import in_order, summarize
from porcelain.transaction.rebase_descendants import rebase_descendants
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId


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
    for commit_id in wanted:
        tx.abandon(commit_id)
    rebased = rebase_descendants(tx, keep_transcripts=keep_transcripts)
    tx.kind, tx.description = "abandon", summarize("abandon", wanted)
    return Abandoned(tuple(reversed(wanted)), rebased)
