"""Redact the operation log: descriptions, arguments, and links to old versions.

Operations whose text has a match are rewritten, and so are those above them; their views stay the
same. A purge also drops their links from redacted versions to the old ones, since these links alone
would keep the old versions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from typing import TypeVar

from porcelain.actions.undoing.undo import CUT
from porcelain.errors import Refused
from porcelain.index.operation_walk import walk_operations
from porcelain.maintenance.abandon_operations import move_log
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation, OperationData
from porcelain.model.operation_store import (
    exported_operation,
    head_operation,
    kept_commits,
    read_operation,
    stage_operation,
)
from porcelain.model.view_value import HEADS, target_commits
from porcelain.repo.repo import Repo
from store.ids import CommitId, RefName
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_read import list_refs

_T = TypeVar("_T")
_MOST_ATTEMPTS = 3


def worded(index: Index, redaction: Redaction) -> list[OperationId]:
    """Return the operations whose texts have a match, oldest first."""
    found = [o.id for o in walk_operations(index) if reworded(o.data, redaction) != o.data]
    return found[::-1]


def reworded(data: OperationData, redaction: Redaction) -> OperationData:
    """Return an operation's data without its matches."""
    clean = redaction.clean
    return data._replace(
        description=clean(data.description),
        args=tuple(clean(word) for word in data.args),
        user=clean(data.user),
        host=clean(data.host),
        attributes={key: clean(value) for key, value in data.attributes.items()},
    )


def reword_log(repo: Repo, redaction: Redaction) -> None:
    """Rewrite the log without matches.

    `refs/wj/op` moves by compare-and-swap, under the store lock, together with
    `refs/wj/exported`.

    Raises:
        Refused: refs that show the view could not be written yet.
        CorruptOperation, ObjectError: the log cannot be read.
        StoreLocked, StorageFailure, RefLocked: nothing has changed.
    """

    def make(batch: ObjectBatch) -> Rewording:
        work = Rewording(repo, batch, redaction)
        if worded(repo.index, redaction):
            work.run()
        return work

    def land(batch: ObjectBatch, work: Rewording) -> None:
        move_log(repo, batch, work.now, (), dict.fromkeys(work.now))

    make_then_land(repo, make, land)
    repo.index.discard_file()
    repo.reload()


def make_then_land(
    repo: Repo, make: Callable[[ObjectBatch], _T], land: Callable[[ObjectBatch, _T], None]
) -> _T:
    """Run `make` while others write, and then `land` under the store lock, on the same state.

    If a ref has moved in between, both are repeated; the third time the lock is held throughout.
    """
    repository = repo.repository
    for attempt in range(_MOST_ATTEMPTS):
        with ExitStack() as stack:
            if attempt == _MOST_ATTEMPTS - 1:
                stack.enter_context(repository.locked())
            seen = _settled(repo)
            batch = stack.enter_context(ObjectBatch(repository))
            made = make(batch)
            batch.flush()
            with repository.locked():
                if _settled(repo) == seen:
                    land(batch, made)
                    return made
    raise AssertionError("a ref moved under the store lock")


def _settled(repo: Repo) -> dict[RefName, str]:
    """Record outside changes, and return the refs of that state."""
    with repo.repository.locked():
        record_outside(repo)
        return list_refs(repo.repository, "refs/", on_error=lambda _: None)


def record_outside(repo: Repo) -> None:
    """Record changes that others made to the refs, and complete the refs; call it locked.

    Raises:
        Refused: refs that show the view cannot be written yet.
    """
    with repo.transaction():
        pass
    if head_operation(repo.repository) != exported_operation(repo.repository):
        raise Refused(
            "Refs that show the newest state cannot be written yet",
            "Another program may hold a lock on them; `wj status` tells more",
            code="unfinished_export",
        )


class Rewording:
    """Rewrites operations, oldest first; `now` maps those that changed to their new ids.

    They name the commits in `leading` in their views alone afterwards. Those in `cut` become the
    bottom of the log. `reparented` maps operations to the ids that they have since
    others were abandoned, and abandoned ones to None. `count` counts texts with a match.
    """

    def __init__(
        self,
        repo: Repo,
        batch: ObjectBatch,
        redaction: Redaction,
        leading: Collection[CommitId] = (),
        cut: Collection[OperationId] = (),
        reparented: Mapping[OperationId, OperationId | None] | None = None,
    ) -> None:
        """Stage nothing yet."""
        self.now: dict[OperationId, OperationId] = {}
        self.count = 0
        self._repo = repo
        self._batch = batch
        self._redaction = redaction
        self._leading = leading
        self._cut = cut
        self._reparented = reparented or {}
        self._head = self._renamed(repo.shown_operation)
        self._before: dict[CommitId, tuple[CommitId, ...]] = {}

    def run(self) -> None:
        """Stage all that changes."""
        shown = reversed([operation.id for operation in walk_operations(self._repo.index)])
        for operation_id in shown:
            present = self._renamed(operation_id)
            if present is not None:
                self._take(read_operation(self._batch, present))

    def _renamed(self, operation_id: OperationId) -> OperationId | None:
        return self._reparented.get(operation_id, operation_id)

    def _take(self, operation: Operation) -> None:
        old = operation.data
        data = reworded(old, self._redaction)
        self.count += data != old
        now = self.now
        data = data._replace(
            parents=tuple(now.get(parent, parent) for parent in old.parents),
            links={k: now.get(OperationId(v), v) for k, v in old.links.items()},
        )
        if operation.id in self._cut:
            data = data._replace(attributes={**data.attributes, CUT: "yes"})
        kept: list[CommitId] = list(operation.kept)
        if self._leading:
            before = list(kept_commits(self._batch, operation))
            after = self._kept(before, operation)
            kept = kept if after == before else after
            data = data._replace(predecessors=self._predecessors(data))
        if data == old and kept == list(operation.kept):
            return
        assert operation.view is not None
        staged = stage_operation(self._batch, data, operation.view, kept, dropped=operation.dropped)
        self.now[operation.id] = staged.id

    def _kept(self, commits: list[CommitId], operation: Operation) -> list[CommitId]:
        """Return the commits that an operation keeps alive, without those in `leading`.

        Each of these is replaced by its nearest ancestors that are not. Commits that the newest
        state shows stay in any case, so that nothing visible is lost.
        """
        shown: list[CommitId] = []
        if operation.id == self._head:
            for part, key, value in self._repo.index.query(
                "SELECT part, key, value FROM view_rows"
            ):
                named = [CommitId(key)] if part == HEADS else target_commits(part, value)
                shown += [one for one in named if one in self._leading]
        found: dict[CommitId, None] = dict.fromkeys(shown)
        for commit_id in commits:
            found.update(dict.fromkeys(self._sound(commit_id)))
        return list(found)

    def _sound(self, start: CommitId) -> tuple[CommitId, ...]:
        """Return a commit, or its nearest ancestors that are not in `leading`."""
        if start not in self._before:
            found: dict[CommitId, None] = {}
            pending, seen = [start], {start}
            while pending:
                commit_id = pending.pop()
                if commit_id not in self._leading:
                    found[commit_id] = None
                    continue
                parents = read_commit(self._batch, commit_id).parents
                pending += [parent for parent in parents if parent not in seen]
                seen.update(parents)
            self._before[start] = tuple(found)
        return self._before[start]

    def _predecessors(self, data: OperationData) -> dict[CommitId, tuple[CommitId, ...]]:
        return {
            new: tuple(old for old in olds if old not in self._leading)
            for new, olds in data.predecessors.items()
            if new not in self._leading
        }
