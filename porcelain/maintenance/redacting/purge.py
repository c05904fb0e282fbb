"""Purge: what still holds the redacted text is let go of, for good, and looked for afterwards.

Operations whose state shows an old version are abandoned, the others forget that there was one;
then git collects what nothing leads to. Refs of others are named and left alone. In the end
every object is searched: what this returns is what is so, and not what should be.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.maintenance.abandon_operations import abandon
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.maintenance.redacting.reword_log import reword_log
from porcelain.maintenance.redacting.search import Search
from porcelain.model.ids import OperationId
from porcelain.model.operation_store import head_operation, read_operation
from porcelain.repo.repo import Repo
from store.gitdir.git_process import find_git, run_git
from store.gitdir.staged_file import sweep_staging
from store.maintenance.housekeeping import gc
from store.repository.object_scan import all_objects


class Purged(NamedTuple):
    """What went, and what did not.

    `operations` were abandoned, `reworded` lost text; `objects` are ids of those that still
    have it, and `kept_by` says in words what keeps them.
    """

    operations: int
    versions: int
    reworded: int
    objects: tuple[str, ...]
    kept_by: tuple[str, ...]


def refuse_without_git() -> None:
    """Make sure that there is a git to collect with.

    Raises:
        Refused: there is none.
    """
    if find_git() is None:
        raise Refused(
            "Objects can be removed for good by git alone, which is not installed",
            "Without `--purge` the redacted versions stay hidden, and `wj undo` reaches them",
            code="no_git",
        )


def purge(repo: Repo, redaction: Redaction) -> Purged:
    """Remove everything that has what is to go, where nothing visible needs it.

    Call it when the visible versions are redacted. The store lock is held throughout.

    Raises:
        Refused: refs that show the view cannot be written yet; or there is no git.
        CorruptOperation, ObjectError: the log cannot be read.
        StoreLocked, StorageFailure, RefLocked: as `abandon`.
    """
    refuse_without_git()
    repository = repo.repository
    with repository.locked():
        with repo.transaction():
            pass
        search = Search(repository, redaction)
        found = search.commits(repo.index)
        head = head_operation(repository)
        gone = [one for one in search.operations(repo.index, found.leading) if one != head]
        cut = _let_go(repo, gone)
        reworded = reword_log(repo, redaction, leading=found.leading, cut=cut)
        kept_by = (*search.standing(repo.index, found), *search.foreign(repository))
        _collect(repo)
    if not found.leading and not reworded:
        repo.index.discard_file()  # else it has been made anew; its file may remember what it dropped
        repo.reload()
    left = tuple(sorted(set(Search(repository, redaction).objects(all_objects(repository)))))
    return Purged(len(gone), len(found.hidden), reworded, left, tuple(kept_by))


def _let_go(repo: Repo, gone: list[OperationId]) -> set[OperationId]:
    """Abandon operations; return those that came to stand on older ones, by their new ids."""
    if not gone:
        return set()
    done = abandon(repo, gone)
    lost = frozenset(gone)
    cut = set()
    for old, new in done.reparented.items():
        if lost.intersection(read_operation(repo.repository, old).data.parents):
            cut.add(new)
    return cut


def _collect(repo: Repo) -> None:
    repository = repo.repository
    sweep_staging(repository.path)
    if os.path.isdir(os.path.join(repository.path, "logs")):
        run_git(repository.path, ("reflog", "expire", "--expire=now", "--all"))
    repository.refresh()
    gc(repository, prune="now")
