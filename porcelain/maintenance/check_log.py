"""Check the operation log: operations, their views, and the commits that these name.

Damage in the middle does not end the check: the operations known to be before it are checked too
(see `damage`). Everything is read from the objects; the index only tells the remembered order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from porcelain.display import plain
from porcelain.errors import CorruptOperation, PorcelainError
from porcelain.index.exported_refs import first_side
from porcelain.maintenance.damage import (
    ViewFaults,
    history_fault,
    keep_fault,
    parents_of_damaged,
    readable_ancestors,
    readable_operation,
)
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, NewerOperation, Operation, decode_operation
from porcelain.model.operation_store import OPERATION_REF, read_operation
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import (
    HEADS,
    REMOTES,
    SESSIONS,
    TAGS,
    WORKSPACES,
    parse_target,
    target_commits,
)
from store.errors import ObjectError
from store.ids import CommitId, TreeId
from store.maintenance.leftovers import all_commits, index_rows
from store.objects.commit import read_commit
from store.objects.commit_walk import ancestors
from store.repository.repository import Repository

Repair = Literal[
    "",
    "objects",
    "log",
    "gap",
    "refs",
    "sessions",
    "index",
    "export",
    "view",
    "staging",
    "packs",
    "pack refs",
    "head",
    "commit graph",
    "packed-refs",
    "pack index",
    "permissions",
]
View = dict[tuple[str, str], str]
Add = Callable[..., None]
_NOUNS = {SESSIONS: "Session", TAGS: "Tag", WORKSPACES: "Workspace"}
_SHORT = 12


class Finding(NamedTuple):
    """A problem or remark: the check that found it, a sentence, and the repair it needs.

    `is_fault` is False for a remark. `object_id` is the id of a damaged object.
    """

    check: str
    message: str
    repair: Repair = ""
    is_fault: bool = True
    object_id: str = ""


class LogExamination:
    """The check of the log; `add` is called with the members of each `Finding`.

    `damaged` are operations that cannot be read, or whose views cannot be. `unkept` are those
    of which only the list of commits kept alive cannot be read. `lost` are readable operations
    that no ref reaches, newest first, searched for only where the log is damaged.
    """

    def __init__(self, repository: Repository, refs: dict[str, str], add: Add) -> None:
        """Read nothing yet; `refs` are all readable refs."""
        self.repository = repository
        self.operations: list[Operation] = []
        self.damaged: set[OperationId] = set()
        self.unkept: set[OperationId] = set()
        self.lost: list[Operation] = []
        self.kept: set[CommitId] = set()
        self._refs = refs
        self._add = add
        self._named: dict[OperationId, set[CommitId]] = {}

    def run(self, *, is_ref_damaged: bool) -> bool:
        """Check the whole log; tell whether the newest operation and its view can be read."""
        head = self._refs.get(OPERATION_REF)
        if head is None:
            return self._without_log(is_ref_damaged=is_ref_damaged)
        is_whole = self._read_log(OperationId(head))
        if is_whole:
            is_whole = self._check_views()
        if not is_whole and not self.lost:
            self.lost = find_operations(self.repository, {one.id for one in self.operations})
        return is_whole

    def _without_log(self, *, is_ref_damaged: bool) -> bool:
        self.lost = find_operations(self.repository, set())
        if self.lost and not is_ref_damaged:
            self._add("operations", "The ref of the operation log, refs/wj/op, is gone", "log")
        elif not is_ref_damaged and any(not name.startswith("refs/wj/") for name in self._refs):
            message = "There is no operation log yet; the first command that writes makes one"
            self._add("operations", message, is_fault=False)
        return not self.lost and not is_ref_damaged

    def _read_log(self, head: OperationId) -> bool:
        pending = [head]
        seen = {ROOT_OPERATION, head}
        is_cut = False
        while pending:
            operation_id = pending.pop()
            try:
                operation = read_operation(self.repository, operation_id)
            except CorruptOperation as error:
                if operation_id == head:
                    self._report_head(error)
                    return False
                parents = self._report_gap(error)
                is_cut = is_cut or not parents
            else:
                self.operations.append(operation)
                parents = operation.data.parents
            pending += [p for p in parents if p not in seen]
            seen.update(parents)
        if is_cut:
            self.lost = find_operations(self.repository, seen)
        return True

    def _report_head(self, error: CorruptOperation) -> None:
        repair: Repair = "" if isinstance(error, NewerOperation) else "log"
        message = f"The newest operation, {error.id[:_SHORT]}, cannot be read: {error.reason}"
        self._add("operations", message, repair)

    def _report_gap(self, error: CorruptOperation) -> tuple[OperationId, ...]:
        operation_id = OperationId(error.id)
        message = f"An operation, {operation_id[:_SHORT]}, cannot be read: {error.reason}"
        if isinstance(error, NewerOperation):
            self._add("operations", message)
            return ()
        self.damaged.add(operation_id)
        parents = parents_of_damaged(self.repository, operation_id, self._remembered)
        if not parents:
            message += "; the log ends there"
        self._add("operations", message, "gap")
        return parents

    def _remembered(self, operation_id: OperationId) -> tuple[OperationId, ...] | None:
        rows = index_rows(
            self.repository, f"SELECT data FROM operations WHERE id = '{operation_id}'"
        )
        try:
            return decode_operation(rows[0][0], operation_id).parents if rows else None
        except CorruptOperation:
            return None

    # Views.

    def _check_views(self) -> bool:
        """Check all views; tell whether the newest can be read."""
        head, faults = self.operations[0], ViewFaults(self.repository)
        for operation in self.operations:
            fault = faults.of(operation.view)
            if fault and operation is head:
                message = f"The view of the newest operation, {head.id[:_SHORT]}, cannot be read: "
                self._add("views", message + fault, "log")
                return False
            if fault:
                self.damaged.add(operation.id)
                message = f"The view of operation {operation.id[:_SHORT]} cannot be read: {fault}"
                self._add("views", message, "gap")
                continue
            self._check_kept(operation)
        self.kept = readable_ancestors(self.repository, [CommitId(head.id)])
        self._check_reach()
        self._check_newest(head)
        return True

    def _check_kept(self, operation: Operation) -> None:
        fault = keep_fault(self.repository, operation, lambda: self._names(operation))
        if fault:
            self.unkept.add(operation.id)
            message = f"What operation {operation.id[:_SHORT]} keeps alive cannot be read: {fault}"
            self._add("operations", message, "gap")

    def _check_reach(self) -> None:
        reported: set[CommitId] = set()
        for operation in self.operations:
            if operation.id in self.damaged or self.unkept:
                continue
            for commit_id in self._newly_named(operation):
                if commit_id not in self.kept and commit_id not in reported:
                    reported.add(commit_id)
                    message = (
                        f"Commit {commit_id[:_SHORT]}, which operation {operation.id[:_SHORT]} "
                        "shows, is not kept alive by the log"
                    )
                    self._add("views", message)

    def _names(self, operation: Operation) -> set[CommitId]:
        """Return the commits that an operation names."""
        if operation.id not in self._named:
            found = {c for pair in operation.data.predecessors.items() for c in (pair[0], *pair[1])}
            for (part, key), value in read_view(self.repository, operation).items():
                found.update(_targets(part, key, value))
            self._named[operation.id] = found
        return self._named[operation.id]

    def _newly_named(self, operation: Operation) -> Iterator[CommitId]:
        """Yield the commits that an operation newly names in its view."""
        before: dict[str, TreeId] = {}
        try:
            if operation.data.parents and operation.data.parents[0] not in self.damaged:
                parent = read_operation(self.repository, operation.data.parents[0])
                before = read_roots(self.repository, parent.view)
            after = read_roots(self.repository, operation.view, operation.id)
            for part, key, _, value in diff_views(self.repository, before, after):
                if value is not None:
                    yield from _targets(part, key, value)
        except (ObjectError, ValueError) as error:
            message = f"The view of operation {operation.id[:_SHORT]} cannot be read: {error}"
            self._add("views", message)
        except PorcelainError:
            return  # an operation that cannot be read, reported already

    def _check_newest(self, head: Operation) -> None:
        view = read_view(self.repository, head)
        heads = [CommitId(key) for part, key in view if part == HEADS]
        broken = self._report_damaged(view, heads)
        sound = [commit_id for commit_id in heads if commit_id not in broken]
        below = [p for one in sound for p in read_commit(self.repository, one).parents]
        inner = set(ancestors(self.repository, below))
        for commit_id in sound:
            if commit_id in inner:
                message = f"Head {commit_id[:_SHORT]} is an ancestor of another head"
                self._add("views", message, "view")
        visible = inner.union(heads)
        for (part, key), value in view.items():
            if part not in (WORKSPACES, SESSIONS):
                continue
            for commit_id in _positions(part, value):
                if commit_id not in visible and commit_id not in broken:
                    name = f"{_NOUNS[part]} {_name(part, key)}"
                    message = f"{name} is at {commit_id[:_SHORT]}, which is not visible"
                    self._add("views", message, "view")

    def _report_damaged(self, view: View, heads: list[CommitId]) -> set[CommitId]:
        """Report damaged conversations; return their commits that the view names."""
        faults: dict[CommitId, str] = {}
        named: dict[CommitId, list[str]] = {commit_id: [] for commit_id in heads}
        for (part, key), value in view.items():
            if part in _NOUNS:
                for commit_id in target_commits(part, value):
                    named.setdefault(commit_id, []).append(f"{_NOUNS[part]} {_name(part, key)}")
        sound: set[CommitId] = set()
        for commit_id, names in named.items():
            fault = history_fault(self.repository, commit_id, sound)
            if fault:
                faults[commit_id] = fault
                whose = f"{', '.join(names)}: commit" if names else "Commit"
                message = (
                    f"{whose} {commit_id[:_SHORT]} or one of its ancestors cannot be read ({fault}); "
                    "other conversations are not affected"
                )
                self._add("commits", message)
        return set(faults)


def read_view(repository: Repository, operation: Operation) -> View:
    """Return all rows of an operation's view."""
    rows = diff_views(repository, {}, read_roots(repository, operation.view, operation.id))
    return {(part, key): value for part, key, _, value in rows if value is not None}


def without_outside_changes(
    rows: Iterable[tuple[str, str, str]], replaced: Iterable[tuple[str, str, str | None]]
) -> View:
    """Return the rows of a view as the log has them, given those that outside changes replaced."""
    view: View = {(part, key): value for part, key, value in rows}
    for part, key, value in replaced:
        view.pop((part, key), None)
        if value is not None:
            view[part, key] = value
    return view


def find_operations(repository: Repository, known: Iterable[str]) -> list[Operation]:
    """Return the operations in the object database that are not `known`, newest first."""
    found: list[Operation] = []
    for commit_id in all_commits(repository):
        if commit_id in known:
            continue
        operation = readable_operation(repository, OperationId(commit_id))
        if operation is not None:
            found.append(operation)
    return sorted(found, key=lambda one: (one.data.end, one.id), reverse=True)


def _targets(part: str, key: str, value: str) -> list[CommitId]:
    if part == HEADS:
        return [CommitId(key)]
    if part in (SESSIONS, TAGS) or part.startswith(REMOTES):
        first = first_side(value)
        return [first, *target_commits(part, value)] if first else []
    return target_commits(part, value)


def _positions(part: str, value: str) -> list[CommitId]:
    """Return the positions of a session or workspace; not the base sides of a conflict."""
    if part == SESSIONS:
        return [term for term in parse_target(value)[::2] if term]
    return target_commits(part, value)


def _name(part: str, key: str) -> str:
    return plain(key.partition("/")[2] if part == WORKSPACES else key)
