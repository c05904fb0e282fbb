"""Retention: which old operations a policy lets go, and the collection of what they kept.

Off by default: nothing is ever forgotten by itself. An operation stays if it is one of the
newest so many, or younger than so many days, whichever of the two is set keeps it; the newest
one always stays. What goes is one stretch at the old end of the log. What a view that stays
shows is kept, whoever made it.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.index.operation_walk import walk_operations
from porcelain.maintenance.abandon_operations import abandon
from porcelain.model.ids import OperationId
from porcelain.repo.repo import Repo
from store.gitdir.git_process import run_git
from store.maintenance.housekeeping import GRACE, gc

_DAY = 24 * 60 * 60 * 1000
_UNITS = "second|minute|hour|day|week|month|year"
_TIME = re.compile(
    rf"now|\d{{1,5}}[. ](?:{_UNITS})s?(?:[. ]ago)?|\d{{4}}-\d\d-\d\d(?:[T ][\d:]+Z?)?"
)


class Policy(NamedTuple):
    """How many operations are kept, and for how many days; None where that is not limited."""

    operations: int | None = None
    days: int | None = None


class Collected(NamedTuple):
    """What a collection did: the operations that went, and the size of the objects in bytes.

    `unreachable` counts objects that nothing leads to, of a rehearsal only; None where that is
    not known.
    """

    operations: tuple[OperationId, ...]
    before: int
    after: int
    unreachable: int | None = None


def beyond(repo: Repo, policy: Policy, now: int) -> list[OperationId]:
    """Return the operations that a policy lets go, newest first; `now` is in milliseconds."""
    if policy == Policy():
        return []
    oldest = None if policy.days is None else now - policy.days * _DAY
    found: list[OperationId] = []
    for count, operation in enumerate(walk_operations(repo.index)):
        few = policy.operations is not None and count < policy.operations
        young = oldest is not None and operation.data.end >= oldest
        if count == 0 or few or young:
            found.clear()  # what is younger than one that stays, stays
        else:
            found.append(operation.id)
    return found


def collect(repo: Repo, policy: Policy, now: int, expire: str = "") -> Collected:
    """Let go of operations beyond the policy, and prune what nothing leads to any more.

    Pruned are objects older than `expire`, by default two weeks: `now`, `3.days.ago`, a date.
    The store lock is held while git collects.

    Raises:
        Refused: `expire` is no time.
        StoreLocked, StorageFailure: another process or the disk is in the way.
    """
    prune = _checked(expire)
    before = _size(repo)
    operations = beyond(repo, policy, now)
    if operations:
        abandon(repo, operations)
    if not gc(repo.repository, prune=prune):
        raise Refused(
            "git did not finish collecting; nothing is lost",
            "`git gc` in the repository says why",
            code="gc_failed",
        )
    return Collected(tuple(operations), before, _size(repo))


def rehearse(repo: Repo, policy: Policy, now: int, expire: str = "") -> Collected:
    """Tell what `collect` would do; nothing is changed.

    Raises:
        Refused: `expire` is no time.
    """
    _checked(expire)
    size = _size(repo)
    return Collected(tuple(beyond(repo, policy, now)), size, size, _count_unreachable(repo))


def _checked(expire: str) -> str:
    if expire and not _TIME.fullmatch(expire):
        raise Refused(
            f"`{expire}` is no time to expire by",
            "Such as `now`, `3.days.ago` or `2026-03-31`",
            code="no_time",
        )
    return expire or GRACE


def _size(repo: Repo) -> int:
    """Return how many bytes the object database takes."""
    total = 0
    for folder, _, files in os.walk(os.path.join(repo.repository.path, "objects")):
        for name in files:
            try:
                total += os.stat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                continue  # a writer beside us has just moved or removed it
    return total


def _count_unreachable(repo: Repo) -> int | None:
    path = repo.repository.path
    every = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
    present, reached = run_git(path, every), run_git(path, ("rev-list", "--objects", "--all"))
    if present is None or reached is None or present.returncode or reached.returncode:
        return None
    known = {line[:40] for line in reached.stdout.splitlines()}
    return len(set(present.stdout.split()) - known)
