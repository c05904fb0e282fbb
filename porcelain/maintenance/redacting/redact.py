"""Carry out a redaction, rehearse it, and purge what still holds the redacted text.

A redaction is one operation; then matches are removed from the texts in the operation log. A purge
abandons the operations whose state shows an old version and lets the others forget that there was
one; then git collects the unreachable objects. Before that everything that would keep the text is
found: where something does, nothing is changed. In the end every object is searched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from porcelain.display import counted
from porcelain.errors import Refused
from porcelain.index.text.text_file import discard_text_file
from porcelain.maintenance.abandon_operations import Reparenting, move_log
from porcelain.maintenance.redacting.keepers import (
    Keeper,
    find_keepers,
    named_in_view,
    refuse_kept,
)
from porcelain.maintenance.redacting.redact_commits import Counts, redact_commits
from porcelain.maintenance.redacting.redact_sources import detach_sources
from porcelain.maintenance.redacting.redact_trees import Transcripts
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.maintenance.redacting.reword_log import (
    Rewording,
    make_then_land,
    record_outside,
    reword_log,
    worded,
)
from porcelain.maintenance.redacting.search import Found, Search
from porcelain.maintenance.rescued import Rescued, rescued_operations
from porcelain.model.ids import OperationId
from porcelain.model.operation_store import read_operation
from porcelain.repo.repo import Repo
from porcelain.transaction.transaction import Transaction
from store.gitdir.git_process import check_config, find_git, run_git
from store.gitdir.staged_file import sweep_staging
from store.ids import CommitId
from store.maintenance.housekeeping import gc
from store.repository.object_scan import all_objects
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_update import RefEdit, update_refs


class Request(NamedTuple):
    """A redaction and its scope; `commits` defaults to all visible ones."""

    redaction: Redaction
    commits: tuple[CommitId, ...] | None
    moves_tags: bool
    purges: bool


class Outcome(NamedTuple):
    """The result of a redaction or of its rehearsal.

    `found` are the commits that still hold the text; `showing` the operations whose state shows
    one of them; `kept_by` are names that hold it and, for a purge, everything that would keep it.
    """

    counts: Counts
    found: Found
    showing: tuple[OperationId, ...]
    kept_by: tuple[Keeper, ...]
    tx: Transaction


class _Rehearsed(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def carry_out(repo: Repo, request: Request, args: Sequence[str]) -> Outcome:
    """Redact, as one operation, and remove matches from the texts in the log.

    Raises:
        Refused: a commit is immutable, or a tag names one and is not to move; of a purge, the
            text would not be gone, or refs cannot be written.
        StoreLocked, StorageFailure, ObjectError: as every transaction.
    """

    def work(tx: Transaction) -> Outcome:
        outcome = _work(repo, tx, request)
        if request.purges:
            refuse_kept(outcome.kept_by, "changed")
        return outcome

    if request.purges:
        with repo.repository.locked():
            record_outside(repo)
    # Twice, so that neither a search beside this nor a kill in between leaves words in it.
    discard_text_file(repo.repository.path)
    outcome = repo.perform(work, args=args, large=True)
    discard_text_file(repo.repository.path)
    if outcome.counts.operations:
        reword_log(repo, request.redaction)
    return outcome


def rehearse(repo: Repo, request: Request) -> Outcome:
    """Return the result that `carry_out` would have; nothing is changed.

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
        detach_sources(tx, transcripts, request.redaction)
    counts.operations = len(worded(tx.index, request.redaction))
    search = Search(tx.batch, request.redaction, transcripts)
    found = search.commits(tx.index)
    showing: tuple[OperationId, ...] = ()
    if request.purges:
        showing = tuple(search.operations(tx.index, found.leading))
        kept_by = find_keepers(repo.repository, tx.index, search, found, counts.tags)
    else:
        kept_by = list(named_in_view(tx.index, search))
    tx.kind, tx.description = "redact", f"redact {counted(counts.commits, 'commit')}"
    return Outcome(counts, found, showing, tuple(kept_by), tx)


class Purged(NamedTuple):
    """The result of a purge.

    Counts of abandoned `operations`, removed `versions` and `reworded` operations; ids of the
    `objects` that still hold the text.
    """

    operations: int
    versions: int
    reworded: int
    objects: tuple[str, ...]


def refuse_without_git(gitdir: str) -> None:
    """Make sure that git is installed and may be started, to collect garbage.

    Raises:
        Refused: it is not installed.
        UntrustedConfig: it is not started with the repository's config.
    """
    check_config(gitdir)
    if find_git() is None:
        raise Refused(
            "Objects can be removed for good by git alone, which is not installed",
            "Without `--purge` the redacted versions stay hidden, and `wj undo` reaches them",
            code="no_git",
        )


def purge(repo: Repo, redaction: Redaction) -> Purged:
    """Remove all objects that hold the text and that nothing visible needs.

    Call it after the visible versions are redacted. Whatever would keep the text is searched for
    again before the first step that cannot be undone. Others write meanwhile; the store lock is
    held while refs move, and for a search that other writers have interrupted twice.

    Raises:
        Refused: something keeps the text, or refs that show the view cannot be written yet: nothing
            has been removed; or there is no git.
        CorruptOperation, ObjectError: the log cannot be read.
        StoreLocked, StorageFailure, RefLocked: as `abandon`.
    """
    refuse_without_git(repo.repository.path)
    repository = repo.repository
    search = Search(repository, redaction)
    done = make_then_land(repo, lambda batch: _removal(repo, batch, search), _land_removal(repo))
    with repository.locked():
        sweep_staging(repository.path)
    _collect(repo)
    repo.index.discard_file()  # its file may hold text of dropped rows
    repo.reload()
    discard_text_file(repository.path)
    left = tuple(sorted(set(Search(repository, redaction).objects(all_objects(repository)))))
    return Purged(len(done.gone), len(done.found.hidden), done.reworded, left)


class _Removal(NamedTuple):
    """A log that no longer leads to the text, staged; `now` maps operations to their new ids."""

    found: Found
    gone: frozenset[OperationId]
    rescued: list[Rescued]
    now: dict[OperationId, OperationId]
    reworded: int


def _removal(repo: Repo, batch: ObjectBatch, search: Search) -> _Removal:
    repository, index = repo.repository, repo.index
    found = search.commits(index)
    refuse_kept(find_keepers(repository, index, search, found), "removed")
    showing = search.operations(index, found.leading)
    gone = frozenset(one for one in showing if one != repo.shown_operation)
    rescued = [
        one
        for one in rescued_operations(repository)
        if search.ref_leads(one.value, {}, only_tag=False)
    ]
    above = Reparenting(repo, batch, gone)
    if gone:
        above.write()
    between = above.reparented()
    cut = {
        new
        for old, new in between.items()
        if gone.intersection(read_operation(repository, old).data.parents)
    }
    renamed: dict[OperationId, OperationId | None] = {**between, **dict.fromkeys(gone)}
    work = Rewording(repo, batch, search.redaction, found.leading, cut, renamed)
    work.run()
    now = {old: work.now.get(new, new) for old, new in between.items()}
    now |= {old: new for old, new in work.now.items() if old not in between.values()}
    return _Removal(found, gone, rescued, now, work.count)


def _land_removal(repo: Repo) -> Callable[[ObjectBatch, _Removal], None]:
    def land(batch: ObjectBatch, made: _Removal) -> None:
        for one in made.rescued:
            update_refs(repo.repository, [RefEdit(one.ref, None, one.value)])
        move_log(repo, batch, made.now, made.gone, dict.fromkeys((*made.now, *made.gone)))

    return land


def _collect(repo: Repo) -> None:
    repository = repo.repository
    if os.path.isdir(os.path.join(repository.path, "logs")):
        run_git(repository.path, ("reflog", "expire", "--expire=now", "--all"))
    repository.refresh()
    gc(repository, prune="now")
