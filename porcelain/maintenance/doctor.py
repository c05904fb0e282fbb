"""Examine a repository: objects, operations, views, refs, and files that killed programs left.

Everything is read from the files and objects themselves; the index is only compared with them.
Nothing is changed. A finding names the repair that `porcelain.maintenance.repair` has for it.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from porcelain.display import counted, plain
from porcelain.errors import ShallowRepository
from porcelain.maintenance.check_git import check_git_files, config_fault
from porcelain.maintenance.check_index import check_index
from porcelain.maintenance.check_log import (
    Finding,
    LogExamination,
    Repair,
)
from porcelain.maintenance.damaged_rows import whose_rows
from porcelain.maintenance.recover_session import UnreachableCommits
from porcelain.maintenance.rescued import rescued_operations
from porcelain.model.ids import OperationId
from porcelain.model.operation import Operation
from porcelain.model.operation_store import REPLICAS, own_head
from store.errors import CorruptRef, StoreError, UntrustedConfig
from store.gitdir.config_file import is_true
from store.gitdir.git_process import check_config
from store.gitdir.loose_ref import loose_names
from store.maintenance.housekeeping import MANY_LOOSE_REFS, TOO_MANY_PACKS, count_packs
from store.maintenance.leftovers import PATIENCE, index_fault, staging_leftovers, stale_locks
from store.maintenance.permissions import open_to
from store.maintenance.quarantine import is_damaged
from store.maintenance.verify import verify
from store.repository.ref_name import SESSIONS
from store.repository.ref_read import list_refs
from store.repository.repository import Repository

_SHOWN = 5


class Examined(NamedTuple):
    """The findings, how much was checked, the log, and operations that are not in it.

    For `lost`, `damaged` and `unkept` see `LogExamination`.
    """

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    log: frozenset[OperationId]
    lost: tuple[Operation, ...]
    damaged: frozenset[OperationId] = frozenset()
    unkept: frozenset[OperationId] = frozenset()

    @property
    def faults(self) -> list[Finding]:
        """The findings that are not remarks."""
        return [finding for finding in self.findings if finding.is_fault]


def examine(repository: Repository, *, patience: float = PATIENCE) -> Examined:
    """Check everything; a lock that stays for `patience` seconds counts as abandoned.

    Raises:
        ShallowRepository: history is cut off.
    """
    if repository.is_shallow:
        raise ShallowRepository(repository.path)
    examination = _Examination(repository, patience)
    fault = config_fault(repository.path)
    if fault:
        message = f"git cannot read the repository's config, so nothing else is checked: {fault}"
        examination.findings.append(Finding("settings", message))
        return examination.result()
    return examination.run()


class _Examination:
    def __init__(self, repository: Repository, patience: float) -> None:
        self.repository = repository
        self.patience = patience
        self.findings: list[Finding] = []
        self.refs: dict[str, str] = {}
        self.log = LogExamination(repository, self.refs, self._add)

    def run(self) -> Examined:
        self._check_objects()
        self._check_refs()
        check_git_files(self.repository, self.refs, self._add)
        is_ref_damaged = any(finding.repair == "log" for finding in self.findings)
        is_whole = self.log.run(is_ref_damaged=is_ref_damaged)
        self._check_sessions()
        self._check_own_head()
        fault = index_fault(self.repository)
        if fault:
            self._add("index", f"The index is damaged: {fault}", "index")
        elif is_whole:
            is_sound = not any(finding.is_fault for finding in self.findings)
            self.findings += check_index(self.repository, is_sound=is_sound)
        self._check_files()
        return self.result()

    def result(self) -> Examined:
        """Return all that was found so far."""
        counts = {
            "operations": len(self.log.operations),
            "commits": len(self.log.kept),
            "refs": sum(1 for name in self.refs if not name.startswith(REPLICAS)),
            "packs": count_packs(self.repository),
        }
        return Examined(
            tuple(self.findings),
            counts,
            frozenset(operation.id for operation in self.log.operations),
            tuple(self.log.lost),
            frozenset(self.log.damaged),
            frozenset(self.log.unkept),
        )

    def _add(self, check: str, message: str, repair: Repair = "", *, is_fault: bool = True) -> None:
        self.findings.append(Finding(check, message, repair, is_fault))

    def _check_objects(self) -> None:
        self.repository.refresh()
        for path, reason in self.repository.objects.faults.items():
            name = os.path.relpath(path, self.repository.path)
            message = f"The pack index {name} cannot be used: {reason}; objects may be missing"
            self.findings.append(Finding("objects", message, "pack index", object_id=path))
        try:
            problems = list(verify(self.repository))
            whose = whose_rows(self.repository, {problem.name for problem in problems})
            for problem in problems:
                if problem.name.startswith("refs/"):
                    continue
                message = _sentence(problem.reason)
                if problem.name == "packed-refs":
                    self._add("refs", message, "packed-refs")
                    continue
                if problem.name in whose:
                    message = f"{message}: {whose[problem.name]}"
                repair: Repair = "objects" if is_damaged(self.repository, problem.name) else ""
                self.findings.append(Finding("objects", message, repair, object_id=problem.name))
        except StoreError as error:
            self._add("refs", _sentence(str(error)))

    def _check_refs(self) -> None:
        def broken(error: CorruptRef) -> None:
            repair: Repair = "log" if error.name.startswith("refs/wj/") else "refs"
            self._add("refs", f"Ref {error.name} cannot be read: {error.reason}", repair)

        try:
            refs = list_refs(self.repository, "refs/", on_error=broken)
        except StoreError:
            return  # reported already
        self.refs.update({str(name): value for name, value in refs.items()})
        for name, value in refs.items():
            if not name.startswith("refs/wj/") and not self.repository.exists(value):
                message = f"Ref {name} is at {value[:12]}, which is missing"
                self._add("refs", message, "refs")

    def _check_sessions(self) -> None:
        """Report conversations in the packs of a repository that has neither a log nor sessions."""
        has_log = (
            self.log.operations
            or self.log.lost
            or any(finding.repair in ("log", "packed-refs") for finding in self.findings)
        )
        if has_log or any(name.startswith(SESSIONS) for name in self.refs):
            return
        found = UnreachableCommits(self.repository).tips()
        if found:
            message = (
                f"{counted(len(found), 'conversation')} in the packs, such as "
                f"{plain(next(iter(found)))}, but no session leads to them"
            )
            self._add("refs", message, "sessions")

    def _check_own_head(self) -> None:
        """Report that the log has lost the newest operation that this copy published."""
        own, log = own_head(self.repository), {one.id for one in self.log.operations}
        if own is not None and log and own not in log:
            message = (
                f"Operation {own[:12]}, which this copy published, is not in the log: another log "
                "has taken its place; the next command that changes something merges both"
            )
            self._add("operations", message, is_fault=False)

    def _check_files(self) -> None:
        repository = self.repository
        others = open_to(repository)
        if others:
            message = (
                f"The repository is open to {others}; `wj doctor --fix` closes it, and "
                "`git config core.sharedRepository group` or `all` says that it is meant"
            )
            self._add("permissions", message, "permissions", is_fault=False)
        for one in rescued_operations(repository):
            state = "" if one.is_complete else " as far as it is here"
            message = (
                f"Operation {one.operation[:12]}, which the log ended with before a repair, is kept"
                f"{state} for 30 days ({one.ref})"
            )
            self._add("operations", message, is_fault=False)
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
        try:
            check_config(repository.path)
        except UntrustedConfig as error:
            message = f"git is not started: {error.reason}; {error.hint}"
            self._add("settings", message, is_fault=False)
        for key, wrong in (("gc.auto", lambda v: v != "0"), ("maintenance.auto", is_true)):
            value = repository.config.get(key)
            if value is not None and wrong(value):
                message = f"git's {key} is {value}: git may collect garbage by itself"
                self._add("settings", message, is_fault=False)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
