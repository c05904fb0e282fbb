"""A redaction carried out, or only rehearsed: one transaction, and the log after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from porcelain.maintenance.redacting.redact_commits import Counts, detach_ledger, redact_commits
from porcelain.maintenance.redacting.redact_trees import Transcripts
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.maintenance.redacting.reword_log import reword_log, worded
from porcelain.maintenance.redacting.search import Found, Search
from porcelain.model.ids import OperationId
from porcelain.repo.repo import Repo
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId


class Request(NamedTuple):
    """What to redact where; `commits` are all visible ones where none are given."""

    redaction: Redaction
    commits: tuple[CommitId, ...] | None
    moves_tags: bool
    purges: bool


class Outcome(NamedTuple):
    """What was done, or would be.

    `found` are the commits that have it afterwards; `showing` the operations whose state shows
    one of them; `kept_by` says in words which names have it, and of a purge, what keeps it.
    """

    counts: Counts
    found: Found
    showing: tuple[OperationId, ...]
    kept_by: tuple[str, ...]
    tx: Transaction


class _Rehearsed(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def carry_out(repo: Repo, request: Request, args: Sequence[str]) -> Outcome:
    """Redact, as one operation, and take what is to go out of the log's texts.

    Raises:
        Refused: a commit is immutable, or a tag names one and is not to move.
        StoreLocked, StorageFailure, ObjectError: as every transaction.
    """
    outcome = repo.perform(lambda tx: _work(repo, tx, request), args=args, large=True)
    if outcome.counts.operations:
        reword_log(repo, request.redaction)
    return outcome


def rehearse(repo: Repo, request: Request) -> Outcome:
    """Return what `carry_out` would do; nothing is changed.

    Raises:
        As `carry_out`.
    """

    def work(tx: Transaction) -> Outcome:
        raise _Rehearsed(_work(repo, tx, request))

    try:
        return repo.perform(work, large=True)
    except _Rehearsed as done:
        return done.outcome


def _work(repo: Repo, tx: Transaction, request: Request) -> Outcome:
    transcripts = Transcripts(tx.batch, request.redaction)
    wanted = request.commits
    if wanted is None:
        rows = tx.index.query("SELECT id FROM commits WHERE visible = 1 ORDER BY pos")
        wanted = tuple(CommitId(row[0].hex()) for row in rows)
    counts = redact_commits(
        tx, wanted, transcripts, request.redaction, moves_tags=request.moves_tags
    )
    if request.purges:
        detach_ledger(tx, transcripts, request.redaction)
    counts.operations = len(worded(tx.index, request.redaction))
    search = Search(tx.batch, request.redaction, transcripts)
    found = search.commits(tx.index)
    showing: tuple[OperationId, ...] = ()
    kept_by = tuple(search.names(tx.index))
    if request.purges:
        showing = tuple(search.operations(tx.index, found.leading))
        kept_by = (
            *search.standing(tx.index, found),
            *search.foreign(repo.repository, counts.tags),
        )
    tx.kind, tx.description = "redact", f"redact {counts.commits} commits"
    return Outcome(counts, found, showing, kept_by, tx)
