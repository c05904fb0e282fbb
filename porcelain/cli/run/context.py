"""One run of `wj`: what the environment, the command line and the configuration say.

The only reader of the environment and the clock. Everything is looked up when it is first
asked for, so that a command pays for no more than it uses, and `help`, `version` and `config`
work whatever is broken.

    WJ_REPO, WJ_WORKSPACE                  what to work on
    WJ_USER, WJ_EMAIL                      whose work it is
    WJ_TIMESTAMP, WJ_OP_TIMESTAMP          the time of commits and of operations (ISO 8601)
    WJ_OP_USERNAME, WJ_OP_HOSTNAME         who runs the command, where
    WJ_RANDOMNESS_SEED                     what random ids are drawn from
    WJ_PAGER, WJ_DEBUG                     the pager; show a bug's traceback
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from porcelain.cli.run.discover import around, check_workspace, make_preferences
from porcelain.cli.run.errors import report_bug
from porcelain.cli.run.output import Output
from porcelain.cli.run.params import Globals

if TYPE_CHECKING:
    from porcelain.actions.recording.record import Recorder
    from porcelain.cli.config.layers import Config, Layer
    from porcelain.graph.repo_graph import Preferences
    from porcelain.language.revset.position_set import Selection
    from porcelain.model.actor import Actor
    from porcelain.model.ids import OperationId
    from porcelain.repo.reader import RepoReader
    from porcelain.repo.repo import Repo

_PAGER = ("less", "-FRX")
_CONFIG_NAME = "config.toml"
# Defaults of `porcelain.cli.config.keys` that are wanted before anything has to be loaded.
DEFAULTS = {"revsets.log": "all()"}


class Context:
    """What a command is given: the output, and lazily the configuration and the repository.

    `words` is the command line as it was typed, without `wj`; texts of messages are taken out
    before the command runs.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Read nothing yet."""
        self.environment = os.environ
        self.globals = Globals()
        self.words = tuple(words)
        self.output = Output(self._color, self._pager_command)
        self._config: Config | None = None
        self._tables: dict[str, object] = {}
        self._repo: Repo | None = None
        self._reader: RepoReader | None = None
        self._actor: Actor | None = None

    # The configuration.

    @property
    def config(self) -> Config:
        """All settings; those of the repository's file too, where there is a repository."""
        if self._config is None:
            path = self.find_repository()
            layers = [*self._lower_layers(), *self._upper_layers()]
            if path is not None and os.path.isdir(path):
                layers[1:1] = [_repository_layer(path)]
            self._config = self._load(layers)
            for warning in self._config.warnings:
                self.output.warning(warning)
        return self._config

    @property
    def own_config(self) -> Config:
        """The user's settings and the command line's, without any repository's."""
        return self._load([*self._lower_layers(), *self._upper_layers()])

    @property
    def user_config_path(self) -> str:
        """Where the user's own file is, or would be."""
        return os.path.join(self._folder("XDG_CONFIG_HOME", ".config"), "wajutsu", "config.toml")

    def repository_config_path(self) -> str:
        """Return where the repository's file is, or would be.

        Raises:
            Refused: there is no repository.
        """
        return _repository_layer(self.repository_path()).path

    def check_config(self) -> None:
        """Refuse to go on with a configuration that is broken anywhere.

        Raises:
            ConfigError: the first fault.
        """
        if self._is_configured():
            for problem in self.config.problems:
                raise problem

    def setting(self, name: str) -> str:
        """Return a setting that is text; an unset one is ""."""
        if not self._is_configured() and name in DEFAULTS:
            return DEFAULTS[name]
        return self.config.get_text(name) or ""

    def _is_configured(self) -> bool:
        """Tell whether anything is set anywhere; if not, nothing has to be loaded to know it."""
        if self._is_configured_by_user():
            return True
        path = self.find_repository()
        return path is not None and os.path.exists(os.path.join(path, _CONFIG_NAME))

    def _is_configured_by_user(self) -> bool:
        return bool(self.globals.layers) or os.path.exists(self.user_config_path)

    def user_setting(self, name: str) -> str:
        """Return what the user or the command line sets, whatever is broken; "" for nothing."""
        if not self._is_configured_by_user():
            return ""
        setting = self.own_config.lookup(name)
        return setting.value if setting is not None and isinstance(setting.value, str) else ""

    # The repository.

    @property
    def repo(self) -> Repo:
        """The repository, as `--at-op` and `--workspace` say.

        Raises:
            Refused: there is none.
            UnknownWorkspace: it has no such workspace.
            StoreError, PorcelainError: it cannot be used.
        """
        if self._repo is None:
            from porcelain.repo.repo import Repo

            path = self.repository_path()
            if self._reader is not None:
                self._reader.index.close()
            at = self.globals.at_operation
            repo = Repo.open(path, self.actor, self.workspace_name, at=at)
            check_workspace(repo, self.output)
            repo.preferences = self._preferences
            repo.ignores_immutable = self.globals.ignore_immutable
            self._repo = self._reader = repo
        return self._repo

    @property
    def reader(self) -> RepoReader:
        """The same for commands that only look: less is loaded where nothing has moved."""
        if self._reader is None and self.globals.at_operation is None:
            from porcelain.repo.reader import RepoReader

            path = self.repository_path()
            self.check_config()
            self._reader = RepoReader.look(path, self._host(), self.workspace_name)
            check_workspace(self._reader, self.output)
            self._reader.preferences = self._preferences
        return self._reader or self.repo

    @cached_property
    def _preferences(self) -> Preferences:
        return make_preferences(self, self.config if self._is_configured() else None)

    @property
    def workspace_name(self) -> str:
        """The name of the workspace to act in."""
        from porcelain.repo.reader import DEFAULT_WORKSPACE

        return self.globals.workspace or self._variable("WJ_WORKSPACE") or DEFAULT_WORKSPACE

    def repository_path(self) -> str:
        """Return the path of the repository to use.

        Raises:
            Refused: there is none yet.
        """
        path = self.find_repository()
        if path is None:
            from porcelain.errors import Refused

            raise Refused(
                "There is no repository yet",
                f"`wj init` makes one at {self.default_repository()}",
                "`-R PATH` or WJ_REPO names another",
                code="no_repository",
            )
        return path

    def find_repository(self) -> str | None:
        """Return the repository that is named, or the first that is found; None for none.

        In this order: `-R`, $WJ_REPO, the bare repository of ours that the current folder is
        in, the setting `repository.path`, the default place if there is one.
        """
        named = self.globals.repository or self._variable("WJ_REPO")
        if named:
            return named
        found = around(os.getcwd())
        if found is not None:
            return found
        path = self.default_repository()
        configured = self.user_setting("repository.path")
        return path if configured or os.path.exists(path) else None

    def default_repository(self) -> str:
        """Return the user's own repository's place: `repository.path`, or below the data home."""
        setting = self.user_setting("repository.path")
        if setting:
            return os.path.join(self.home, os.path.expanduser(setting))
        return os.path.join(self._folder("XDG_DATA_HOME", ".local", "share"), "wajutsu", "repo")

    @contextmanager
    def transaction(self, *, large: bool = False) -> Iterator[Recorder]:
        """Yield a transaction that becomes one operation; see `Repo.transaction`."""
        with self.repo.transaction(args=("wj", *self.words), large=large) as tx:
            yield tx

    def perform(self, work: Callable[[Recorder], None], *, large: bool) -> None:
        """Run `work` in a transaction that becomes one operation; see `Repo.perform`."""
        self.repo.perform(work, args=("wj", *self.words), large=large)

    def select(self, *revsets: str) -> Selection:
        """Return the commits that any of the revsets names, lazily.

        Raises:
            RevisionError, RevsetSyntaxError: one of them cannot be understood.
        """
        from porcelain.language.revset.position_set import Selection, union

        graph = self.reader.graph
        if revsets == ("all()",):
            return Selection(graph.visible, graph.is_visible)  # and no parser is loaded
        from porcelain.language.revset.evaluate import evaluate
        from porcelain.language.revset.parser import parse

        return union([evaluate(parse(text), graph) for text in revsets])

    def check_revset(self, text: str) -> None:
        """Make sure that a text is a revset by itself, before it becomes part of another.

        Raises:
            RevsetSyntaxError: it is not.
        """
        from porcelain.language.revset.parser import parse

        parse(text)

    def operation(self, expression: str) -> OperationId:
        """Return the operation that an expression names."""
        from porcelain.index.operation_expression import resolve_operation

        return resolve_operation(self.reader, expression)

    def close(self) -> None:
        """Let go of the repository, and wait until the output is read."""
        if self._reader is not None:
            self._reader.index.close()
        self.output.close()

    # Who, when, and with what luck.

    @property
    def actor(self) -> Actor:
        """Who acts; never a reason to refuse."""
        if self._actor is None:
            self._actor = self._make_actor()
        return self._actor

    def now(self) -> int:
        """Return the time of operations, in milliseconds."""
        return self.actor.operation_clock()

    @property
    def home(self) -> str:
        """The user's home folder."""
        return self._variable("HOME") or os.path.expanduser("~")

    def _make_actor(self) -> Actor:
        from porcelain.cli.run.identity import Identity

        self.check_config()
        return Identity(self.environment, self.home, _clock).actor(self._own_name)

    def _own_name(self, key: str) -> str:
        setting = self.config.lookup(f"user.{key}") if self._is_configured() else None
        return str(setting.value) if setting is not None else ""

    def _host(self) -> str:
        return self._variable("WJ_OP_HOSTNAME") or os.uname().nodename

    # The terminal.

    def report_bug(self, error: BaseException) -> str:
        """Keep a bug's traceback; return where, as a sentence."""
        folder = os.path.join(self._folder("XDG_STATE_HOME", ".local", "state"), "wajutsu")
        debugging = bool(self._variable("WJ_DEBUG"))
        return report_bug(error, folder, _clock(), self.words, debugging=debugging)

    def _color(self) -> str:
        if self.globals.color:
            return self.globals.color
        try:
            setting = self.config.lookup("ui.color") if self._is_configured() else None
        except Exception:  # noqa: BLE001 - what is wrong is told by whoever needs an answer
            setting = None
        if setting is not None and setting.source != "default":
            return str(setting.value)
        return "never" if self._variable("NO_COLOR") else "auto"

    def _pager_command(self) -> Sequence[str]:
        if self.globals.no_pager:
            return ()
        named = self._variable("WJ_PAGER")
        if not named:
            return _PAGER
        import shlex

        return tuple(shlex.split(named))

    # Below: how the above is found out.

    def _variable(self, name: str) -> str:
        return self.environment.get(name, "")

    def _folder(self, variable: str, *default: str) -> str:
        named = self._variable(variable)
        return named if os.path.isabs(named) else os.path.join(self.home, *default)

    def _lower_layers(self) -> list[Layer]:
        from porcelain.cli.config.layers import user_file

        return [user_file(self.user_config_path)]

    def _upper_layers(self) -> list[Layer]:
        from porcelain.cli.config.layers import assignment, named_file

        return [
            assignment(value) if kind == "config" else named_file(value)
            for kind, value in self.globals.layers
        ]

    def _load(self, layers: list[Layer]) -> Config:
        from porcelain.cli.config.layers import Config

        return Config.load(layers, self._read)

    def _read(self, path: str):  # type: ignore[no-untyped-def]
        from porcelain.cli.config.layers import read_table

        if path not in self._tables:
            self._tables[path] = read_table(path)
        return self._tables[path]


def _clock() -> int:
    return time.time_ns() // 1_000_000


def _repository_layer(path: str) -> Layer:
    from porcelain.cli.config.layers import repository_file

    return repository_file(os.path.join(path, _CONFIG_NAME))
