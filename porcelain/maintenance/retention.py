"""Retention: abandon old operations by a policy, and collect the objects that only they kept.

Off by default. An operation stays if it is among the newest `operations`, or younger than `days`,
whichever of the two limits is set and keeps it; the newest one always stays. So the abandoned ones
are the old end of the log. Commits that a remaining view shows are kept.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.index.operation_walk import walk_operations
from porcelain.maintenance.abandon_operations import abandon
from porcelain.maintenance.rescued import renew_rescued
from porcelain.model.ids import OperationId
from porcelain.repo.repo import Repo
from store.gitdir.git_process import check_config, run_git
from store.maintenance.housekeeping import GRACE, gc

_DAY = 24 * 60 * 60 * 1000
_UNITS = "second|minute|hour|day|week|month|year"
_TIME = re.compile(
    rf"now|\d{{1,5}}[. ](?:{_UNITS})s?(?:[. ]ago)?|\d{{4}}-\d\d-\d\d(?:[T ][\d:]+Z?)?"
)


class Policy(NamedTuple):
    """The number of operations to keep, and of days to keep them for; None for no limit."""

    operations: int | None = None
    days: int | None = None


class Collected(NamedTuple):
    """The result of a collection: abandoned operations, and the size of all objects in bytes.

    `unreachable` is the number of unreachable objects, in a rehearsal and if known.
    """

    operations: tuple[OperationId, ...]
    before: int
    after: int
    unreachable: int | None = None


def beyond(repo: Repo, policy: Policy, now: int) -> list[OperationId]:
    """Return the operations that a policy does not keep, newest first; `now` is in milliseconds."""
    if policy == Policy():
        return []
    oldest = None if policy.days is None else now - policy.days * _DAY
    found: list[OperationId] = []
    for count, operation in enumerate(walk_operations(repo.index)):
        few = policy.operations is not None and count < policy.operations
        young = oldest is not None and operation.data.end >= oldest
        if count == 0 or few or young:
            found.clear()  # operations younger than one that stays do too
        else:
            found.append(operation.id)
    return found


def collect(repo: Repo, policy: Policy, now: int, expire: str = "") -> Collected:
    """Abandon the operations beyond the policy, and prune unreachable objects.

    Objects older than `expire` are pruned, by default two weeks: `now`, `3.days.ago`, a date.

    Raises:
        Refused: `expire` is no time.
        UntrustedConfig: git is not started with the repository's config.
        StoreLocked, StorageFailure: another process or the disk is in the way.
    """
    prune = _checked(expire)
    check_config(repo.repository.path)
    before = _size(repo)
    operations = beyond(repo, policy, now)
    renew_rescued(repo.repository, now // 1000)
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
    """Return the result that `collect` would have; nothing is changed.

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
                continue  # a concurrent writer has just moved or removed it
    return total


def _count_unreachable(repo: Repo) -> int | None:
    path = repo.repository.path
    every = ("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
    present, reached = run_git(path, every), run_git(path, ("rev-list", "--objects", "--all"))
    if present is None or reached is None or present.returncode or reached.returncode:
        return None
    known = {line[:40] for line in reached.stdout.splitlines()}
    return len(set(present.stdout.split()) - known)
