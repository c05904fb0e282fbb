"""RepoReader: a repository as reading commands see it, answered from the index.

This module imports only what such a command needs. If nothing has moved since the index was
written, neither libgit2 nor the code for the operation log's objects is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from porcelain.graph.repo_graph import Preferences, RepoGraph
from porcelain.index.view_rows import (
    indexed_head,
    log_gaps,
    open_view_index,
    operation_rows,
    part_rows,
    shown_replica,
    workspace_row,
    workspace_rows,
)
from porcelain.model.ids import ChangeId, OperationId
from porcelain.model.view_value import Workspace
from store.ids import EMPTY_TREE, NULL_ID, CommitId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow
from store.repository.ref_read import read_ref
from store.repository.repository import Repository

if TYPE_CHECKING:
    from porcelain.graph.immutable import Immutability
    from porcelain.language.revset.position_set import Selection
    from porcelain.model.operation import Operation

DEFAULT_WORKSPACE = "default"


class RepoReader:
    """One repository, seen from one workspace; `Repo` can change it too.

    `found_gap` says that the last look found a new gap in the operation log.
    """

    def __init__(self, repository: Repository, index: Index, host: str, workspace: str) -> None:
        """Use `RepoReader.look`; `host` is this machine, which tells a copy from its original."""
        self.repository = repository
        self.index = index
        self.host = host
        self.workspace_name = workspace
        self.preferences = Preferences()
        self.found_gap = False
        self._graph: RepoGraph | None = None
        self._immutability: Immutability | None = None

    @classmethod
    def look(cls, path: str, host: str, workspace: str = DEFAULT_WORKSPACE) -> RepoReader:
        """Open the bare repository at `path` and look at its newest state.

        Raises:
            NotARepository, UnsupportedRepository, ForeignOwner: it cannot be used.
            ShallowRepository: its history is cut off.
            CorruptOperation, ObjectError: its log cannot be read.
        """
        repository = Repository.open(path)
        return cls(repository, open_view_index(repository), host, workspace).opened()

    def opened(self) -> Self:
        """Show the newest state, now and whenever the index is rebuilt; return this."""
        self.index.on_rebuild = [self.reload]
        self.reload()
        return self

    def reload(self) -> None:
        """Look at the newest state again, outside changes included; nothing is written."""
        if not self._is_current():
            from porcelain.transaction.publish import observe

            known = log_gaps(self.index)
            observe(self.repository, self.index)
            self.found_gap = log_gaps(self.index) not in ([], known)
        self._graph = self._immutability = None

    @property
    def graph(self) -> RepoGraph:
        """The commits, for revsets."""
        if self._graph is None:
            self._graph = RepoGraph(self.index, self.workspace_key, self.preferences)
        return self._graph

    @property
    def workspace_key(self) -> str:
        """The key of this workspace in the view."""
        replica = shown_replica(self.repository, self.index, self.host)
        return f"{replica}/{self.workspace_name}"

    @property
    def workspace(self) -> Workspace:
        """Where this workspace stands."""
        return workspace_row(self.index, self.workspace_key)

    def workspaces(self) -> dict[str, Workspace]:
        """Return this copy's workspaces, by name."""
        start = self.workspace_key.partition("/")[0] + "/"
        return workspace_rows(self.index, start)

    @property
    def head(self) -> OperationId:
        """The newest operation."""
        return _head(self.repository)

    @property
    def shown_operation(self) -> OperationId:
        """The operation whose view the index shows; concurrent ones may be newer."""
        return indexed_head(self.index)

    def operations(self, limit: int | None = None) -> list[Operation]:
        """Return operations, newest first, `limit` of them or all.

        The virtual root operation is left out.
        """
        return operation_rows(
            self.index, "1 = 1 ORDER BY seq DESC LIMIT ?", (-1 if limit is None else limit,)
        )

    def names(self, part: str) -> list[tuple[str, str]]:
        """Return the (name, target text) pairs of a part of the view, in byte order."""
        return part_rows(self.index, part)

    def select(self, revset: str) -> Selection:
        """Evaluate a revset to positions, newest first, lazily.

        Raises:
            RevsetSyntaxError and the errors of `porcelain.errors` for names and ids.
        """
        from porcelain.language.revset.evaluate import evaluate
        from porcelain.language.revset.parser import parse

        return evaluate(parse(revset), self.graph)

    def resolve(self, revset: str) -> CommitId:
        """Return the one commit that a revset names.

        Raises:
            NotOneCommit: it names none or several.
        """
        return self.graph.commit_id(self.position(revset))

    def position(self, revset: str) -> int:
        """Return the position of the one commit that a revset names."""
        from porcelain.language.revset.evaluate import resolve_one

        return resolve_one(revset, self.graph)

    def row(self, position: int) -> CommitRow:
        """Return the index row of a commit; that of the root is empty."""
        if not position:
            return CommitRow(0, CommitId(NULL_ID), EMPTY_TREE, 0, 0, None, "")
        return self.index.row_at(position)

    def change_id(self, position: int) -> ChangeId:
        """Return the change id at a position."""
        return self.graph.change_id(position)

    def is_immutable(self, position: int) -> bool:
        """Tell whether a commit is shown as immutable.

        If the configured expression cannot be evaluated, a warning says so and no commit is.
        """
        if not position or not self.graph.may_be_immutable():
            return not position
        if self._immutability is None:
            from porcelain.graph.immutable import Immutability

            self._immutability = Immutability(self.graph)
        if not self.graph.aliases:
            return self._immutability.is_immutable(position)
        from porcelain.errors import ConfigError

        try:
            return self._immutability.is_immutable(position)
        except ConfigError as error:
            self.preferences.warn_once(str(error))
            return False

    def _is_current(self) -> bool:
        """Tell whether the index shows the newest state, by the times of files alone.

        The refs of the log are read twice, because a writer moves one first and one last.
        """
        if self.repository.is_shallow:
            return False
        marks = _head(self.repository), _exported(self.repository)
        if not self.index.is_unmoved():
            return False
        if marks != (_head(self.repository), _exported(self.repository)):
            return False
        sql = "SELECT key, value FROM meta WHERE key IN ('head', 'exported')"
        known = dict(self.index.query(sql))
        if (known.get("head", NULL_ID), known.get("exported")) != marks:
            return False
        return not self.index.query("SELECT 1 FROM moved LIMIT 1")


def _head(repository: Repository) -> OperationId:
    return OperationId(read_ref(repository, "refs/wj/op") or NULL_ID)


def _exported(repository: Repository) -> OperationId:
    return OperationId(read_ref(repository, "refs/wj/exported") or NULL_ID)
