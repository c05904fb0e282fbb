"""One run of `wj`: the output, the settings, and the repository with the user who acts on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from porcelain.cli.run.errors import report_bug
from porcelain.cli.run.output import Output
from porcelain.cli.run.settings import Settings

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from porcelain.actions.recording.record import Recorder
    from porcelain.cli.config.layers import Config
    from porcelain.graph.repo_graph import Preferences, RepoGraph
    from porcelain.language.revset.position_set import Selection
    from porcelain.model.actor import Actor
    from porcelain.model.ids import OperationId
    from porcelain.repo.reader import RepoReader
    from porcelain.repo.repo import Repo

_SHORT = ("revsets.short-prefixes", "revsets.log")


class Context:
    """The first argument of every command; the repository is opened at the first question.

    `words` is the command line without `wj`; texts of messages are removed before the command
    runs. `own_workspace` is the workspace of a command that acts in one of its own, without a
    position; it needs not exist.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Read nothing yet."""
        self.words = tuple(words)
        self.settings = Settings()
        self.globals = self.settings.globals
        settings = self.settings
        self.output = Output(settings.color, settings.pager, settings.columns, settings.styles)
        self.settings.warn = self.output.warning
        self.own_workspace: str | None = None
        self.complete: Callable[[click.Context, str, str], list[CompletionItem]] | None = None
        self._repo: Repo | None = None
        self._reader: RepoReader | None = None

    # The repository.

    @property
    def repo(self) -> Repo:
        """The repository, with `--at-op` and `--workspace` applied.

        Raises:
            Refused: there is none.
            UnknownWorkspace: it has no such workspace.
            StoreError, PorcelainError: it cannot be used.
        """
        return self._opened(adopts=False)

    @property
    def repo_to_change(self) -> Repo:
        """The repository for a command that will record an operation; see `repo`.

        Refs without an operation log are recorded first, which costs less than to show them.
        """
        return self._opened(adopts=True)

    def _opened(self, *, adopts: bool) -> Repo:
        if self._repo is None:
            from porcelain.repo.repo import Repo

            path = self.settings.repository_path()
            if self._reader is not None:
                self._reader.index.close()
            at = self.globals.at_operation
            repo = Repo.open(path, self.actor, self.workspace_name, at=at, adopts=adopts)
            self._check_workspace(repo)
            repo.preferences = self._preferences
            repo.ignores_immutable = self.globals.ignore_immutable
            self._repo = self._reader = repo
        return self._repo

    @property
    def reader(self) -> RepoReader:
        """The repository for reading commands: it loads less if no ref has moved."""
        if self._reader is None and self.globals.at_operation is None:
            from porcelain.repo.reader import RepoReader

            path = self.settings.repository_path()
            self.settings.check_config()
            host = self.settings.variable("WJ_OP_HOSTNAME") or os.uname().nodename
            self._reader = RepoReader.look(path, host, self.workspace_name)
            self._check_workspace(self._reader)
            self._reader.preferences = self._preferences
        return self._reader or self.repo

    @property
    def workspace_name(self) -> str:
        """The name of the workspace to act in."""
        from porcelain.repo.reader import DEFAULT_WORKSPACE

        if self.own_workspace is not None:
            return self.own_workspace
        named = self.globals.workspace or self.settings.variable("WJ_WORKSPACE")
        return named or DEFAULT_WORKSPACE

    def _check_workspace(self, repo: RepoReader) -> None:
        """Refuse an unknown workspace; the default one always exists.

        Gives a hint where the operation log has a gap.

        Raises:
            UnknownWorkspace: with similar names.
        """
        from porcelain.repo.reader import DEFAULT_WORKSPACE

        if repo.found_gap:
            self.output.hint("The operation log has a gap, `wj op log` shows where; all else works")
        name = repo.workspace_name
        if name in (DEFAULT_WORKSPACE, self.own_workspace) or name in repo.workspaces():
            return
        from porcelain.errors import UnknownWorkspace
        from porcelain.language.scanner import similar_names

        raise UnknownWorkspace(name, similar_names(name, [*repo.workspaces(), DEFAULT_WORKSPACE]))

    @contextmanager
    def transaction(self, *, large: bool = False) -> Iterator[Recorder]:
        """Yield a transaction that becomes one operation; see `Repo.transaction`."""
        with self.repo.transaction(args=("wj", *self.words), large=large) as tx:
            yield tx
        self.record_head()

    def perform(self, work: Callable[[Recorder], None], *, large: bool) -> None:
        """Run `work` in a transaction that becomes one operation; see `Repo.perform`."""
        self.repo.perform(work, args=("wj", *self.words), large=large)
        self.record_head()

    def record_head(self) -> None:
        """Record the newest operation outside the repository, for `wj doctor`.

        The record stays if the log does not have its operation.
        """
        from porcelain.cli.run.seen_heads import read_seen_head, write_seen_head

        repo, folder = self.repo, self.settings.state_folder
        seen = read_seen_head(folder, repo.repository)
        sql = "SELECT 1 FROM operations WHERE id = ?"
        if seen is None or repo.index.query(sql, (seen,)):
            write_seen_head(folder, repo.repository)
        else:
            self.output.warning(
                f"The operation log was rolled back: this machine has seen operation {seen[:12]}, "
                "which is not in it",
                "`wj doctor` says more; `wj doctor --fix` accepts the log as it is",
            )

    @contextmanager
    def rewriting_log(self) -> Iterator[None]:
        """Forget the recorded operation while a command rewrites the log, and record the new one.

        So a command that is killed leaves no record of operations that it removed.
        """
        from porcelain.cli.run.seen_heads import (
            forget_seen_head,
            read_seen_head,
            write_seen_head,
        )
        from porcelain.model.operation_store import head_operation

        folder, repository = self.settings.state_folder, self.repo.repository
        seen, head = read_seen_head(folder, repository), head_operation(repository)
        forget_seen_head(folder, repository)
        try:
            yield
        except Exception:
            if seen is not None and head_operation(repository) == head:
                write_seen_head(folder, repository, seen)
            raise
        self.record_head()

    def close_repository(self) -> None:
        """Close the repository; the next question opens it in its newest state."""
        if self._reader is not None:
            self._reader.index.close()
        self._repo = self._reader = None

    def close(self) -> None:
        """Close the repository, and wait until the user leaves the pager."""
        if self._reader is not None:
            self._reader.index.close()
        self.output.close()

    # Revsets and operations.

    def select(self, *revsets: str) -> Selection:
        """Return the union of revsets, evaluated lazily.

        Raises:
            RevisionError, RevsetSyntaxError: a revset cannot be evaluated.
        """
        from porcelain.language.revset.position_set import Selection, union

        graph = self.reader.graph
        if revsets == ("all()",):
            return Selection(graph.visible, graph.is_visible)  # loads no parser
        if revsets == ("builtin_log()",):
            return self.default_log()[0]
        from porcelain.language.revset.evaluate import evaluate
        from porcelain.language.revset.parser import parse

        return union([evaluate(parse(text), graph) for text in revsets])

    def default_log(self) -> tuple[Selection, int]:
        """Return what the log shows by default, and the number of heads that it leaves out."""
        from porcelain.index.default_log import default_log
        from porcelain.language.revset.position_set import Selection, explicit

        graph = self.reader.graph
        positions, more = default_log(self.reader.index, graph.workspace(None))
        if positions is None:
            return Selection(graph.visible, graph.is_visible), 0
        return explicit(positions), more

    def check_revset(self, text: str) -> None:
        """Check that a text is a revset before it becomes part of another.

        Raises:
            RevsetSyntaxError: it is not.
        """
        from porcelain.language.revset.parser import parse

        parse(text)

    def operation(self, expression: str) -> OperationId:
        """Return the operation that an expression names."""
        from porcelain.index.operation_expression import resolve_operation

        return resolve_operation(self.reader, expression)

    @cached_property
    def _preferences(self) -> Preferences:
        """The meaning of revsets for this user.

        Raises:
            ConfigError: the configuration is broken, or the short set is not a revset.
        """
        from porcelain.graph.repo_graph import Preferences

        def past(operation: str) -> RepoGraph:
            from porcelain.repo.repo import Repo

            found = self.operation(operation)
            path = self.settings.repository_path()
            there = Repo.open(path, self.actor, self.workspace_name).at_operation(found)
            there.preferences = self.reader.preferences
            return there.graph

        aliases: dict[str, str] = {}
        short = None
        if self.settings.is_configured:
            config = self.settings.config
            aliases = {one.name[1]: str(one.value) for one in config.items("revset-aliases")}
            short = _short_prefixes(config)
        if aliases:
            from porcelain.language.revset.aliases import Aliases

            for problem in Aliases(aliases).problems:
                self.output.warning(f"revset-aliases: {problem}")
        return Preferences(
            aliases,
            short,
            email=lambda: self.actor.email,
            now=self.now,
            past=past,
            warn=self.output.warning,
        )

    # Identity, clock and randomness.

    @cached_property
    def actor(self) -> Actor:
        """The user who acts; a missing name or address is never a reason to refuse."""
        from porcelain.cli.run.identity import make_actor, with_signing

        self.settings.check_config()
        return with_signing(make_actor(self.settings), self.settings)

    def now(self) -> int:
        """Return the time of operations, in milliseconds."""
        return self.actor.operation_clock()

    def report_bug(self, error: BaseException) -> str:
        """Keep the traceback of a bug; return a sentence that says where."""
        debugging = bool(self.settings.variable("WJ_DEBUG"))
        folder, stamp = self.settings.state_folder, self.settings.clock()
        return report_bug(error, folder, stamp, self.words, debugging=debugging)


def _short_prefixes(config: Config) -> str | None:
    """Return the revset whose commits get the shortest prefixes; None for all visible ones."""
    for key in _SHORT:
        text = config.get_text(key)
        if text is None:
            continue
        if text.strip() in ("all()", "builtin_log()"):
            return None
        if text.strip():
            from porcelain.errors import ConfigError, RevsetSyntaxError
            from porcelain.language.revset.parser import parse

            try:
                parse(text)
            except RevsetSyntaxError as error:
                setting = config.lookup(key)
                path = setting.path if setting is not None else ""
                raise ConfigError(path, key, f"is not a revset: {error.reason}") from error
        return text
    return None
