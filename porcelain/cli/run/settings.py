"""The settings of one run: environment variables, global options and configuration files.

The only reader of the environment and the clock. Everything is read at the first question, so that a command
loads only what it needs, and `help`, `version` and `config` work with broken files.

    WJ_REPO, WJ_WORKSPACE                  the repository and the workspace
    WJ_USER, WJ_EMAIL                      the author of commits
    WJ_TIMESTAMP, WJ_OP_TIMESTAMP          the time of commits and of operations (ISO 8601)
    WJ_OP_USERNAME, WJ_OP_HOSTNAME         the user and the host of operations
    WJ_RANDOMNESS_SEED                     the seed of random ids
    WJ_EDITOR, WJ_PAGER                    programs to start
    WJ_DEBUG                               print the traceback of a bug
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING

from porcelain.cli.run.params import Globals

if TYPE_CHECKING:
    from porcelain.cli.config.layers import Config, Reader

_PAGER = ("less", "-FRX")
_CONFIG_NAME = "config.toml"
# Defaults of `porcelain.cli.config.keys` that a frequent run needs before it loads that module.
DEFAULTS = {
    "revsets.log": "builtin_log()",
    "templates.log": "builtin_log_compact",
    "templates.show": "builtin_log_detailed",
    "templates.op_log": "builtin_op_log_compact",
    "templates.evolog": "builtin_evolog_compact",
    "templates.status": "builtin_status",
    "templates.session_list": "builtin_session_list",
    "templates.tag_list": "builtin_tag_list",
    "templates.search": "builtin_search",
    "templates.commit_summary": "builtin_commit_summary",
    "ui.log-word-wrap": "false",
    "ui.graph.style": "curved",
}


class Settings:
    """Answers of the environment, the global options and the configuration."""

    warn: Callable[[str], object]
    """Takes the warnings of the configuration."""
    looks_around: bool
    """Whether the repository around the current folder counts."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self.globals = Globals()
        self.looks_around = True
        self._config: Config | None = None
        self._command: tuple[str, ...] = ()

    def enter(self, command_path: str) -> None:
        """Note the command that runs, `wj op log` say, on which some settings may depend."""
        self._command = tuple(command_path.split()[1:])
        self._config = None

    def variable(self, name: str) -> str:
        """Return an environment variable, or ""."""
        return os.environ.get(name, "")

    def clock(self) -> int:
        """Return the present time in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    @property
    def home(self) -> str:
        """The user's home folder."""
        return self.variable("HOME") or os.path.expanduser("~")

    def folder(self, variable: str, *default: str) -> str:
        """Return a folder of the XDG specification; `default` is below the home folder."""
        named = self.variable(variable)
        return named if os.path.isabs(named) else os.path.join(self.home, *default)

    @property
    def state_folder(self) -> str:
        """Where `wj` keeps files of this machine that are no settings."""
        return os.path.join(self.folder("XDG_STATE_HOME", ".local", "state"), "wajutsu")

    # The configuration.

    @property
    def config(self) -> Config:
        """All settings, those of the repository's file included."""
        if self._config is None:
            path = self.find_repository()
            self._config = self._load(path if path is not None and os.path.isdir(path) else None)
            for warning in self._config.warnings:
                self.warn(warning)
        return self._config

    @property
    def own_config(self) -> Config:
        """The settings of the user's file and the command line, without any repository's."""
        return self._load(None)

    @property
    def user_file(self) -> str:
        """The path of the user's configuration file, which may be missing."""
        return os.path.join(self.folder("XDG_CONFIG_HOME", ".config"), "wajutsu", _CONFIG_NAME)

    def repository_file(self) -> str:
        """Return the path of the repository's configuration file, which may be missing.

        Raises:
            Refused: there is no repository.
        """
        return os.path.join(self.repository_path(), _CONFIG_NAME)

    def check_config(self) -> None:
        """Refuse a configuration that is broken anywhere.

        Raises:
            ConfigError: the first fault.
        """
        if self.is_configured:
            for problem in self.config.problems:
                raise problem

    def text(self, name: str) -> str:
        """Return a setting that is text; "" if it is not set."""
        if not self.is_configured and name in DEFAULTS:
            return DEFAULTS[name]
        return self.config.get_text(name) or ""

    def own_text(self, name: str) -> str:
        """Return a text of `own_config`, also if other settings are broken; "" if not set."""
        if not self.is_configured_by_user:
            return ""
        setting = self.own_config.lookup(name)
        return setting.value if setting is not None and isinstance(setting.value, str) else ""

    @property
    def is_configured(self) -> bool:
        """Whether any setting is set anywhere; otherwise no module has to be loaded."""
        if self.is_configured_by_user:
            return True
        path = self.find_repository()
        return path is not None and os.path.exists(os.path.join(path, _CONFIG_NAME))

    @property
    def is_configured_by_user(self) -> bool:
        """Whether the user or the command line sets anything."""
        return bool(self.globals.layers) or os.path.exists(self.user_file)

    def _load(self, repository: str | None) -> Config:
        from porcelain.cli.config.layers import Config, Layer
        from porcelain.cli.config.scopes import Where

        layers = [Layer("user", self.user_file)]
        if repository is not None:
            layers.append(Layer("repo", os.path.join(repository, _CONFIG_NAME)))
        for kind, value in self.globals.layers:
            if kind == "config":
                layers.append(Layer("command line", "--config", assignment=value))
            else:
                layers.append(Layer("command line", value, required=True))
        return Config(layers, self._read, Where(repository, self._command, self.home))

    @cached_property
    def _read(self) -> Reader:
        from porcelain.cli.config.layers import read_table

        return cache(read_table)

    def default_command(self) -> list[str]:
        """Return the words of the command that runs where none is named."""
        found: tuple[str, ...] = ()
        if self.is_configured_by_user:
            found = self.own_config.words("ui.default-command")
        return list(found) or ["log"]

    # The repository.

    def repository_path(self) -> str:
        """Return the path of the repository to use.

        Raises:
            Refused: there is none yet, or the one around the current folder is not trusted.
        """
        path = self.find_repository()
        if path is None:
            from porcelain.errors import Refused

            if self.looks_around:
                self._refuse_untrusted()
            raise Refused(
                "There is no repository yet",
                f"`wj init` makes one at {self.default_repository()}",
                "`-R PATH` or WJ_REPO names another",
                code="no_repository",
            )
        return path

    def find_repository(self) -> str | None:
        """Return the named repository, or the first that is found; None if there is none.

        In this order: `-R`, $WJ_REPO, the repository around the current folder, the setting
        `repository.path`, the default path if it exists. If the one around the current folder
        is not trusted, there is none: its files are not read, and no other one replaces it.
        """
        named = self.globals.repository or self.variable("WJ_REPO")
        if named:
            return named
        found = repository_around(os.getcwd()) if self.looks_around else None
        if found is not None:
            return found if self._is_trusted(found) else None
        path = self.default_repository()
        configured = self.own_text("repository.path")
        return path if configured or os.path.exists(path) else None

    def _is_trusted(self, path: str) -> bool:
        from porcelain.cli.run.trust import is_trusted

        own = os.path.realpath(self.default_repository())
        return os.path.realpath(path) == own or is_trusted(self.state_folder, path)

    def _refuse_untrusted(self) -> None:
        """Refuse to go on in the folder of an untrusted repository.

        Raises:
            Refused: there is one around the current folder.
        """
        found = repository_around(os.getcwd())
        if found is None:
            return
        import shlex

        from porcelain.display import plain
        from porcelain.errors import Refused

        word = plain(shlex.quote(found), None)
        raise Refused(
            f"The repository {plain(found, None)} is around the current folder, "
            "but it is not trusted",
            f"`wj util trust {word}` lets every command in it use it",
            f"`-R {word}` uses it once; `-R` and WJ_REPO name another",
            code="untrusted_repository",
        )

    def default_repository(self) -> str:
        """Return the path of the user's own repository: `repository.path`, or in the data folder."""
        setting = self.own_text("repository.path")
        if setting:
            return os.path.join(self.home, os.path.expanduser(setting))
        return os.path.join(self.folder("XDG_DATA_HOME", ".local", "share"), "wajutsu", "repo")

    # The terminal.

    def color(self) -> str:
        """Return when to colour output: always, never, auto or debug."""
        if self.globals.color:
            return self.globals.color
        try:
            setting = self.config.lookup("ui.color") if self.is_configured else None
        except Exception:  # noqa: BLE001 - the command reports it when it needs a setting
            setting = None
        if setting is not None and setting.source != "default":
            return str(setting.value)
        return "never" if self.variable("NO_COLOR") else "auto"

    def styles(self) -> dict[str, dict[str, str]]:
        """Return the configured styles of labels, none if they are broken."""
        if not self.is_configured:
            return {}
        from porcelain.cli.config.styles import attributes_of

        try:
            found = list(self.config.items("colors"))
        except Exception:  # noqa: BLE001 - the command reports it when it needs a setting
            return {}
        return {
            one.name[1]: attributes_of(one.value) for one in found if isinstance(one.value, str)
        }

    def columns(self) -> int | None:
        """Return the width of the terminal: $COLUMNS, or that of stdout; None if it is none."""
        named = self.variable("COLUMNS")
        if named.isascii() and named.isdigit() and int(named[:6]) > 0:
            return int(named[:6])
        stream = sys.stdout
        try:
            return (
                os.get_terminal_size(stream.fileno()).columns or None if stream.isatty() else None
            )
        except (OSError, ValueError):
            return None

    def pager(self) -> Sequence[str]:
        """Return the command line of the pager; empty for none."""
        if self.globals.no_pager:
            return ()
        try:
            never = self.is_configured and self.text("ui.paginate") == "never"
            named = self.variable("WJ_PAGER") or self.own_text("ui.pager")
        except Exception:  # noqa: BLE001 - the command reports it when it needs a setting
            never, named = False, self.variable("WJ_PAGER")
        if never:
            return ()
        if not named:
            return _PAGER
        import shlex

        return tuple(shlex.split(named))


def repository_around(folder: str) -> str | None:
    """Return the `wj` repository that holds a folder; never a project's `.git`."""
    while True:
        if os.path.basename(folder) != ".git" and is_ours(folder):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def is_ours(folder: str) -> bool:
    """Tell whether a folder is a bare repository with sessions, an operation log or our mark."""
    if not all(os.path.exists(os.path.join(folder, part)) for part in ("HEAD", "objects", "refs")):
        return False
    from store.gitdir.config_file import is_true, parse_git_config

    config = parse_git_config(_text(os.path.join(folder, "config")))
    if "core.bare" in config and not is_true(config["core.bare"]):
        return False
    if "wajutsu.version" in config:
        return True
    if any(os.path.exists(os.path.join(folder, ref)) for ref in ("refs/wj/op", "refs/sessions")):
        return True
    packed = _text(os.path.join(folder, "packed-refs"))
    return " refs/sessions/" in packed or " refs/wj/op\n" in packed


def _text(path: str) -> str:
    from store.errors import UnsafeRepository
    from store.gitdir.own_files import read_regular

    try:
        return read_regular(path).decode("utf-8", "replace")
    except (OSError, UnsafeRepository):
        return ""
