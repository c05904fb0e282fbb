"""Examining a repository: objects, operations, views, refs, and what killed programs leave.

Everything is read from the files and objects themselves; the index is only compared with
them. Nothing is changed. What can be mended names its repair, one of `porcelain.repairing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from porcelain.errors import CorruptOperation, PorcelainError, ShallowRepository
from porcelain.git_refs import first_side, not_exported
from porcelain.ids import OperationId
from porcelain.operation import ROOT_OPERATION, Operation
from porcelain.operation_log import EXPORTED_REF, OPERATION_REF, read_operation
from porcelain.publish import observe
from porcelain.view import (
    HEADS,
    REMOTES,
    SESSIONS,
    TAGS,
    WORKSPACES,
    diff_views,
    read_roots,
    target_commits,
)
from porcelain.view_index import open_view_index, part_rows, parts
from store.commit import read_commit
from store.errors import CorruptRef, ObjectError, StoreError
from store.git_config import is_true
from store.ids import CommitId, TreeId
from store.index import Index
from store.inspection import (
    PATIENCE,
    all_commits,
    index_fault,
    staging_leftovers,
    stale_locks,
)
from store.loose_refs import loose_names
from store.maintenance import MANY_LOOSE_REFS, TOO_MANY_PACKS, count_packs, verify
from store.ref import list_refs
from store.repository import Repository

Repair = Literal["", "log", "refs", "index", "export", "view", "staging", "packs", "pack refs"]
_SHOWN = 5

View = dict[tuple[str, str], str]


class Finding(NamedTuple):
    """One thing that was found: the check that did, a sentence, and what mends it.

    `is_fault` is False for remarks: nothing is wrong there.
    """

    check: str
    message: str
    repair: Repair = ""
    is_fault: bool = True


class Examined(NamedTuple):
    """What was found, how much was looked at, the log, and operations that are not in it.

    Those are looked for only where the log itself is damaged; newest first.
    """

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    log: frozenset[OperationId]
    lost: tuple[Operation, ...]

    @property
    def faults(self) -> list[Finding]:
        """The findings that are no mere remarks."""
        return [finding for finding in self.findings if finding.is_fault]


def examine(repository: Repository, *, patience: float = PATIENCE) -> Examined:
    """Look at everything; `patience` is how long a lock has to stay to be of nobody.

    Raises:
        ShallowRepository: history is cut off.
    """
    if repository.is_shallow:
        raise ShallowRepository(repository.path)
    return _Examination(repository, patience).run()


class _Examination:
    def __init__(self, repository: Repository, patience: float) -> None:
        self.repository = repository
        self.patience = patience
        self.findings: list[Finding] = []
        self.operations: list[Operation] = []
        self.lost: list[Operation] = []
        self.refs: dict[str, str] = {}
        self.kept: set[CommitId] = set()

    def run(self) -> Examined:
        self._check_objects()
        self._check_refs()
        is_whole = self._check_log()
        if is_whole and self.operations:
            self._check_views()
        fault = index_fault(self.repository)
        if fault:
            self._add("index", f"The index is damaged: {fault}", "index")
        elif is_whole:
            self._check_index()
        self._check_files()
        counts = {
            "operations": len(self.operations),
            "commits": len(self.kept),
            "refs": len(self.refs),
            "packs": count_packs(self.repository),
        }
        log = frozenset(operation.id for operation in self.operations)
        return Examined(tuple(self.findings), counts, log, tuple(self.lost))

    def _add(self, check: str, message: str, repair: Repair = "", *, is_fault: bool = True) -> None:
        self.findings.append(Finding(check, message, repair, is_fault))

    def _check_objects(self) -> None:
        try:
            for problem in verify(self.repository):
                if not problem.name.startswith("refs/"):
                    self._add("objects", _sentence(problem.reason))
        except StoreError as error:
            self._add("refs", _sentence(str(error)))

    def _check_refs(self) -> None:
        def broken(error: CorruptRef) -> None:
            repair: Repair = "log" if error.name.startswith("refs/wj/") else "refs"
            self._add("refs", f"Ref {error.name} cannot be read: {error.reason}", repair)

        try:
            refs = list_refs(self.repository, "refs/", on_error=broken)
        except StoreError:
            return  # told of already
        self.refs.update({str(name): value for name, value in refs.items()})
        for name, value in refs.items():
            if not name.startswith("refs/wj/") and not self.repository.exists(value):
                message = f"Ref {name} is at {value[:12]}, which is missing"
                self._add("refs", message, "refs")

    # Operations and their views.

    def _check_log(self) -> bool:
        """Read the operations; tell whether all of them can be."""
        head = self.refs.get(OPERATION_REF)
        if head is None:
            return self._check_without_log()
        pending = [OperationId(head)]
        seen = {ROOT_OPERATION, *pending}
        is_whole = True
        while pending:
            operation_id = pending.pop()
            try:
                operation = read_operation(self.repository, operation_id)
            except CorruptOperation as error:
                is_whole = False
                newest = operation_id == head
                what = "The newest operation" if newest else "An operation"
                message = f"{what}, {operation_id[:12]}, cannot be read: {error.reason}"
                self._add("operations", message, "log" if newest else "")
                continue
            self.operations.append(operation)
            pending += [p for p in operation.data.parents if p not in seen]
            seen.update(operation.data.parents)
        if not self.operations:
            self.lost = find_operations(self.repository, seen)
        return is_whole

    def _check_without_log(self) -> bool:
        self.lost = find_operations(self.repository, set())
        known = any(finding.repair == "log" for finding in self.findings)
        if self.lost and not known:
            self._add("operations", "The ref of the operation log, refs/wj/op, is gone", "log")
        elif not known and any(not name.startswith("refs/wj/") for name in self.refs):
            message = "There is no operation log yet; the first command that writes makes one"
            self._add("operations", message, is_fault=False)
        return not self.lost and not known

    def _check_views(self) -> None:
        head = self.operations[0]
        try:
            self.kept = ancestors(self.repository, [CommitId(head.id)])
        except ObjectError:
            return  # told of already
        told: set[CommitId] = set()
        for operation in self.operations:
            for commit_id in self._named(operation):
                if commit_id not in self.kept and commit_id not in told:
                    told.add(commit_id)
                    message = (
                        f"Commit {commit_id[:12]}, which operation {operation.id[:12]} shows, "
                        "is not kept alive by the log"
                    )
                    self._add("views", message)
        self._check_newest(head)

    def _named(self, operation: Operation) -> Iterator[CommitId]:
        """Yield the commits that an operation newly names in its view."""
        before: dict[str, TreeId] = {}
        try:
            if operation.data.parents:
                parent = read_operation(self.repository, operation.data.parents[0])
                before = read_roots(self.repository, parent.view)
            after = read_roots(self.repository, operation.view)
            for part, key, _, value in diff_views(self.repository, before, after):
                if value is not None:
                    yield from _targets(part, key, value)
        except (ObjectError, ValueError) as error:
            message = f"The view of operation {operation.id[:12]} cannot be read: {error}"
            self._add("views", message)
        except PorcelainError:
            return  # an operation that cannot be read, told of already

    def _check_newest(self, head: Operation) -> None:
        try:
            view = read_view(self.repository, head)
            heads = [CommitId(key) for part, key in view if part == HEADS]
            below = [p for h in heads for p in read_commit(self.repository, h).parents]
            inner = ancestors(self.repository, below)
        except (ObjectError, ValueError):
            return  # told of already
        for commit_id in heads:
            if commit_id in inner:
                message = f"Head {commit_id[:12]} is an ancestor of another head"
                self._add("views", message, "view")
        visible = inner.union(heads)
        for (part, key), value in view.items():
            if part not in (WORKSPACES, SESSIONS):
                continue
            for commit_id in target_commits(part, value):
                if commit_id not in visible:
                    noun = "Session" if part == SESSIONS else "Workspace"
                    name = key if part == SESSIONS else key.partition("/")[2]
                    message = f"{noun} {name} is at {commit_id[:12]}, which is not visible"
                    self._add("views", message, "view")

    # What is made from the view.

    def _check_index(self) -> None:
        index = open_view_index(self.repository)
        index.detach()
        try:
            observe(self.repository, index)
            self._compare_index(index)
            self._check_exports(index)
        except (StoreError, PorcelainError, LookupError) as error:
            self._add("index", f"The index cannot be brought up to date: {error}", "index")
        finally:
            index.close()

    def _compare_index(self, index: Index) -> None:
        view = read_view(self.repository, self.operations[0]) if self.operations else {}
        laid = index.query("SELECT part, key, value FROM laid_over")
        shown: View = {}
        for part in parts(index):
            shown.update({(part, key): value for key, value in part_rows(index, part)})
        for part, key, value in laid:
            shown.pop((part, key), None)
            if value is not None:
                shown[part, key] = value
        marked = {row[0].hex() for row in index.query("SELECT id FROM commits WHERE visible = 1")}
        heads = [CommitId(key) for key, _ in part_rows(index, HEADS)]
        if shown != view or marked != ancestors(self.repository, heads):
            self._add("index", "The index does not show the newest view", "index")

    def _check_exports(self, index: Index) -> None:
        for part, key in not_exported(index):
            noun = "Session" if part == SESSIONS else "Tag"
            message = (
                f"{noun} {key} cannot be a ref beside the others: it is kept, but git does not "
                "see it; another name for it settles that"
            )
            self._add("names", message)
        outside = {f"refs/{part}/{key}" for part, key in _laid(index)}
        differing = {row[0] for row in index.query("SELECT name FROM unsettled")}
        for name in sorted(differing - outside):
            self._add("export", f"Ref {name} does not show what the newest view says", "export")
        head, exported = self.refs.get(OPERATION_REF), self.refs.get(EXPORTED_REF)
        if head is not None and exported != head and not differing:
            self._add("export", "The refs were not written to their end", "export")
        if outside and head is not None:
            names = ", ".join(sorted(outside)[:_SHOWN]) + ", …" * (len(outside) > _SHOWN)
            message = f"Moved by others, and recorded by the next command that writes: {names}"
            self._add("refs", message, is_fault=False)

    def _check_files(self) -> None:
        repository = self.repository
        for name in stale_locks(repository, self.patience):
            message = (
                f"{name} was left by a program that is gone, or one is still at work on it; make "
                "sure that no git runs here, then the file is of no use"
            )
            self._add("locks", message, "staging")
        for name in staging_leftovers(repository, self.patience):
            self._add("staging", f"{name} was left by a writer that was killed", "staging")
        packs = count_packs(repository)
        if packs > TOO_MANY_PACKS:
            self._add("packs", f"There are {packs} packs, which makes reading slow", "packs")
        loose = sum(1 for _ in loose_names(repository.path, "refs"))
        if loose > 2 * MANY_LOOSE_REFS:
            self._add("loose refs", f"There are {loose} refs that are not packed", "pack refs")
        for key, wrong in (("gc.auto", lambda v: v != "0"), ("maintenance.auto", is_true)):
            value = repository.config.get(key)
            if value is not None and wrong(value):
                message = f"git's {key} is {value}: git may collect garbage by itself"
                self._add("settings", message, is_fault=False)


def read_view(repository: Repository, operation: Operation) -> View:
    """Return all rows of an operation's view."""
    rows = diff_views(repository, {}, read_roots(repository, operation.view))
    return {(part, key): value for part, key, _, value in rows if value is not None}


def ancestors(repository: Repository, starts: Iterable[CommitId]) -> set[CommitId]:
    """Return commits and all that they continue, read from the objects.

    Raises:
        ObjectError: one of them cannot be read.
    """
    pending = list(starts)
    seen = set(pending)
    while pending:
        fresh = [p for p in read_commit(repository, pending.pop()).parents if p not in seen]
        seen.update(fresh)
        pending += fresh
    return seen


def find_operations(repository: Repository, known: Iterable[str]) -> list[Operation]:
    """Return the operations in the object database that are not `known`, newest first."""
    found: list[Operation] = []
    for commit_id in all_commits(repository):
        if commit_id in known:
            continue
        try:
            found.append(read_operation(repository, OperationId(commit_id)))
        except CorruptOperation:
            continue  # any other commit
    return sorted(found, key=lambda one: (one.data.end, one.id), reverse=True)


def _laid(index: Index) -> list[tuple[str, str]]:
    rows = index.query("SELECT part, key FROM laid_over WHERE part <> ?", (HEADS,))
    return [(part, key) for part, key in rows]


def _targets(part: str, key: str, value: str) -> list[CommitId]:
    if part == HEADS:
        return [CommitId(key)]
    if part in (SESSIONS, TAGS) or part.startswith(REMOTES):
        first = first_side(value)
        return [first, *target_commits(part, value)] if first else []
    return target_commits(part, value)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
