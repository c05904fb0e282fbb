"""The operation log without what is to go: descriptions, arguments, and links to old versions.

Operations whose text has it are written again, and so are those above them; what each made of
the repository, its view, stays as it is. A purge also has them forget which redacted versions
replaced which, because that alone would keep the old ones.
"""

from __future__ import annotations

from collections.abc import Collection

from porcelain.actions.undoing.undo import CUT
from porcelain.errors import Refused
from porcelain.index.operation_walk import walk_operations
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation, OperationData
from porcelain.model.operation_store import (
    EXPORTED_REF,
    OPERATION_REF,
    exported_operation,
    head_operation,
    kept_commits,
    read_operation,
    stage_operation,
)
from porcelain.model.view_value import HEADS, target_commits
from porcelain.repo.repo import Repo
from store.ids import CommitId
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_update import RefEdit, update_refs


def worded(index: Index, redaction: Redaction) -> list[OperationId]:
    """Return the operations whose description or arguments have what is to go, oldest first."""
    found = [o.id for o in walk_operations(index) if reworded(o.data, redaction) != o.data]
    return found[::-1]


def reworded(data: OperationData, redaction: Redaction) -> OperationData:
    """Return an operation's data without what is to go."""

    def clean(text: str) -> str:
        return redaction.text(text) or text

    return data._replace(
        description=clean(data.description),
        args=tuple(clean(word) for word in data.args),
        user=clean(data.user),
        host=clean(data.host),
        attributes={key: clean(value) for key, value in data.attributes.items()},
    )


def reword_log(
    repo: Repo,
    redaction: Redaction,
    *,
    leading: Collection[CommitId] = (),
    cut: Collection[OperationId] = (),
) -> int:
    """Write the log again without what is to go; return how many operations' texts had it.

    No operation names the commits in `leading` any more but by its view. Those in `cut` become
    the bottom of the log. `refs/wj/op` moves by compare-and-swap, under the store lock,
    together with `refs/wj/exported`.

    Raises:
        Refused: refs that show the view could not be written yet.
        CorruptOperation, ObjectError: the log cannot be read.
        StoreLocked, StorageFailure, RefLocked: nothing has changed.
    """
    with repo.repository.locked():
        with repo.transaction():
            pass  # what others did to the refs is recorded first, and the refs finished
        if not leading and not cut and not worded(repo.index, redaction):
            return 0
        head, exported = head_operation(repo.repository), exported_operation(repo.repository)
        if head != exported:
            raise Refused(
                "Refs that show the newest state cannot be written yet",
                "Another program may hold a lock on them; `wj status` tells more",
                code="unfinished_export",
            )
        with ObjectBatch(repo.repository) as batch:
            work = _Work(repo, batch, redaction, leading, cut)
            work.run()
            now = work.now.get(head, head)
            if now != head:
                batch.flush()
                new, old = CommitId(now), CommitId(head)
                names = (OPERATION_REF, EXPORTED_REF)
                update_refs(
                    repo.repository, [RefEdit(name, new, old, breakable=True) for name in names]
                )
    repo.index.discard_file()
    repo.reload()
    return work.count


class _Work:
    """Writes operations again, oldest first; `now` maps those that changed."""

    def __init__(
        self,
        repo: Repo,
        batch: ObjectBatch,
        redaction: Redaction,
        leading: Collection[CommitId],
        cut: Collection[OperationId],
    ) -> None:
        self.now: dict[OperationId, OperationId] = {}
        self.count = 0
        self._repo = repo
        self._batch = batch
        self._redaction = redaction
        self._leading = leading
        self._cut = cut
        self._before: dict[CommitId, tuple[CommitId, ...]] = {}

    def run(self) -> None:
        shown = reversed([operation.id for operation in walk_operations(self._repo.index)])
        for operation_id in shown:
            self._take(read_operation(self._batch, operation_id))

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
        staged = stage_operation(self._batch, data, operation.view, kept)
        self.now[operation.id] = staged.id

    def _kept(self, commits: list[CommitId], operation: Operation) -> list[CommitId]:
        """Return what an operation keeps alive: in place of a commit that goes, what it led to.

        What the newest state still shows stays, whatever it has: nothing that is shown is lost.
        """
        shown: list[CommitId] = []
        if operation.id == self._repo.shown_operation:
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
        """Return a commit, or the nearest before it that do not lead to what is to go."""
        if start not in self._before:
            found: dict[CommitId, None] = {}
            pending, seen = [start], {start}
            while pending:
                commit_id = pending.pop()
                if commit_id not in self._leading:
                    found[commit_id] = None
                    continue
                above = [p for p in read_commit(self._batch, commit_id).parents if p not in seen]
                seen.update(above)
                pending += above
            self._before[start] = tuple(found)
        return self._before[start]

    def _predecessors(self, data: OperationData) -> dict[CommitId, tuple[CommitId, ...]]:
        return {
            new: tuple(old for old in olds if old not in self._leading)
            for new, olds in data.predecessors.items()
            if new not in self._leading
        }
