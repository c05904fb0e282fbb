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
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from porcelain.cli.output import Output
from porcelain.cli.params import Globals

if TYPE_CHECKING:
    from porcelain.actor import Actor
    from porcelain.config import Config, Layer
    from porcelain.ids import OperationId
    from porcelain.recording import Recorder
    from porcelain.repo import Repo
    from porcelain.repo_reader import RepoReader
    from porcelain.revset import Selection
    from store.ids import CommitId
    from store.layout import Layout

_PAGER = ("less", "-FRX")
_CONFIG_NAME = "config.toml"
DEFAULTS = {"revsets.log": "all()"}
"""Defaults of `porcelain.config_keys` that are wanted before anything has to be loaded."""

LAYOUT_KEY = "wajutsu.layout"


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

    def _user_setting(self, name: str) -> str:
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
            from porcelain.repo import Repo  # noqa: PLC0415 - only where it is needed

            path = self.repository_path()
            if self._reader is not None:
                self._reader.index.close()
            repo = Repo.open(path, self.actor, self.workspace_name)
            if self.globals.at_operation is not None:
                from porcelain.past import open_past  # noqa: PLC0415 - rare

                repo = open_past(repo, self.globals.at_operation)
            self._check_workspace(repo)
            self._repo = self._reader = repo
        return self._repo

    @property
    def reader(self) -> RepoReader:
        """The same for commands that only look: less is loaded where nothing has moved."""
        if self._reader is None and self.globals.at_operation is None:
            from porcelain.repo_reader import RepoReader  # noqa: PLC0415 - as above

            path = self.repository_path()
            self._reader = RepoReader.open(path, self.actor, self.workspace_name)
            self._check_workspace(self._reader)
        return self._reader or self.repo

    @property
    def workspace_name(self) -> str:
        """The name of the workspace to act in."""
        from porcelain.repo_reader import DEFAULT_WORKSPACE  # noqa: PLC0415 - as above

        return self.globals.workspace or self._variable("WJ_WORKSPACE") or DEFAULT_WORKSPACE

    @property
    def layout(self) -> Layout:
        """How new conversations are laid out in this repository."""
        single = self.repo.repository.config.get(LAYOUT_KEY) == "single-file"
        return "single-file" if single else "native"

    def repository_path(self) -> str:
        """Return the path of the repository to use.

        Raises:
            Refused: there is none yet.
        """
        path = self.find_repository()
        if path is None:
            from porcelain.errors import Refused  # noqa: PLC0415 - only this failure needs it

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
        found = _around(os.getcwd())
        if found is not None:
            return found
        path = self.default_repository()
        configured = self._user_setting("repository.path")
        return path if configured or os.path.exists(path) else None

    def default_repository(self) -> str:
        """Return the user's own repository's place: `repository.path`, or below the data home."""
        setting = self._user_setting("repository.path")
        if setting:
            return os.path.join(self.home, os.path.expanduser(setting))
        return os.path.join(self._folder("XDG_DATA_HOME", ".local", "share"), "wajutsu", "repo")

    @contextmanager
    def transaction(self) -> Iterator[Recorder]:
        """Yield a transaction that becomes one operation; see `Repo.transaction`."""
        with self.repo.transaction(args=("wj", *self.words)) as tx:
            yield tx

    def resolve(self, revset: str | None) -> CommitId:
        """Return the one commit that a revset names, `@` without one.

        Raises:
            RevisionError, RevsetSyntaxError: it names none, or not one.
        """
        return self.reader.graph.commit_id(self.position(revset))

    def position(self, revset: str | None) -> int:
        """Return the position of the one commit that a revset names, `@` without one.

        Raises:
            RevisionError, RevsetSyntaxError: it names none, or not one.
        """
        from porcelain.cli.render.commit import Commits  # noqa: PLC0415 - as above
        from porcelain.revset import resolve_one  # noqa: PLC0415

        repo = self.reader
        return resolve_one("@" if revset is None else revset, repo.graph, Commits(repo).line)

    def select(self, *revsets: str) -> Selection:
        """Return the commits that any of the revsets names, lazily.

        Raises:
            RevisionError, RevsetSyntaxError: one of them cannot be understood.
        """
        from porcelain.revset import evaluate, parse  # noqa: PLC0415 - as above
        from porcelain.revset.selection import union  # noqa: PLC0415

        graph = self.reader.graph
        return union([evaluate(parse(text), graph) for text in revsets])

    def check_revset(self, text: str) -> None:
        """Make sure that a text is a revset by itself, before it becomes part of another.

        Raises:
            RevsetSyntaxError: it is not.
        """
        from porcelain.revset import parse  # noqa: PLC0415 - as above

        parse(text)

    def operation(self, expression: str) -> OperationId:
        """Return the operation that an expression names."""
        from porcelain.operation_expression import resolve_operation  # noqa: PLC0415

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
        from porcelain.actor import Actor  # noqa: PLC0415 - as above

        self.check_config()
        moment, zone = self._time("WJ_TIMESTAMP")
        op_moment, _ = self._time("WJ_OP_TIMESTAMP")
        login, host = self._login(), self._host()
        return Actor(
            name=self._identity("name", "WJ_USER", login),
            email=self._identity("email", "WJ_EMAIL", f"{login}@{host}"),
            user=login,
            host=host,
            clock=lambda: moment if moment is not None else _clock(),
            operation_clock=lambda: op_moment if op_moment is not None else _clock(),
            random=self._random(),
            zone=zone if zone is not None else time.strftime("%z"),
        )

    def _identity(self, key: str, variable: str, last: str) -> str:
        setting = self.config.lookup(f"user.{key}") if self._is_configured() else None
        return (
            self._variable(variable)
            or (str(setting.value) if setting is not None else "")
            or self._git_user().get(f"user.{key}", "")
            or last
        )

    def _git_user(self) -> dict[str, str]:
        """Return what git's global configuration says, without starting git."""
        from store.git_config import parse_git_config  # noqa: PLC0415 - only writers sign

        named = self._variable("GIT_CONFIG_GLOBAL")
        folder = self._folder("XDG_CONFIG_HOME", ".config")
        paths = [os.path.join(folder, "git", "config"), os.path.join(self.home, ".gitconfig")]
        found: dict[str, str] = {}
        for path in [named] if named else paths:
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    found |= parse_git_config(file.read())
            except OSError:
                continue  # no such file, or none of ours to read: another name will do
        return found

    def _login(self) -> str:
        name = (
            self._variable("WJ_OP_USERNAME") or self._variable("LOGNAME") or self._variable("USER")
        )
        if name:
            return name
        import pwd  # noqa: PLC0415 - rare

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            return f"uid{os.getuid()}"

    def _host(self) -> str:
        return self._variable("WJ_OP_HOSTNAME") or os.uname().nodename

    def _time(self, name: str) -> tuple[int | None, str | None]:
        """Return the milliseconds and the zone that a variable fixes, None where it does not."""
        text = self._variable(name)
        if not text:
            return None, None
        from datetime import UTC, datetime  # noqa: PLC0415 - only where a time is fixed

        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            _refuse(f"{name} is no time in ISO 8601: {text}")
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return round(found.timestamp() * 1000), found.strftime("%z")

    def _random(self) -> Callable[[int], bytes]:
        seed = self._variable("WJ_RANDOMNESS_SEED")
        if not seed:
            return os.urandom
        return _Seeded(seed)

    # The terminal.

    @property
    def is_debugging(self) -> bool:
        """Whether a bug's traceback is to be shown."""
        return bool(self._variable("WJ_DEBUG"))

    def state_folder(self) -> str:
        """Return where a report of a bug may be written."""
        return os.path.join(self._folder("XDG_STATE_HOME", ".local", "state"), "wajutsu")

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
        import shlex  # noqa: PLC0415 - only for a terminal

        return tuple(shlex.split(named))

    # Below: how the above is found out.

    def _variable(self, name: str) -> str:
        return self.environment.get(name, "")

    def _folder(self, variable: str, *default: str) -> str:
        named = self._variable(variable)
        return named if os.path.isabs(named) else os.path.join(self.home, *default)

    def _lower_layers(self) -> list[Layer]:
        from porcelain.config import user_file  # noqa: PLC0415 - as above

        return [user_file(self.user_config_path)]

    def _upper_layers(self) -> list[Layer]:
        from porcelain.config import assignment, named_file  # noqa: PLC0415 - as above

        return [
            assignment(value) if kind == "config" else named_file(value)
            for kind, value in self.globals.layers
        ]

    def _load(self, layers: list[Layer]) -> Config:
        from porcelain.config import Config  # noqa: PLC0415 - as above

        return Config.load(layers, self._read)

    def _read(self, path: str):  # type: ignore[no-untyped-def]
        from porcelain.config import read_table  # noqa: PLC0415 - as above

        if path not in self._tables:
            self._tables[path] = read_table(path)
        return self._tables[path]

    def _check_workspace(self, repo: RepoReader) -> None:
        from porcelain.repo_reader import DEFAULT_WORKSPACE  # noqa: PLC0415 - as above

        name = repo.workspace_name
        if name == DEFAULT_WORKSPACE or name in repo.workspaces():
            return
        from porcelain.errors import UnknownWorkspace  # noqa: PLC0415 - only this failure
        from porcelain.syntax import similar_names  # noqa: PLC0415

        raise UnknownWorkspace(name, similar_names(name, [*repo.workspaces(), DEFAULT_WORKSPACE]))


class _Seeded:
    """Bytes that follow from a seed: the same ones in every run."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.drawn = 0

    def __call__(self, count: int) -> bytes:
        from hashlib import sha256  # noqa: PLC0415 - only where chance is fixed

        found = b""
        while len(found) < count:
            self.drawn += 1
            found += sha256(f"{self.seed}/{self.drawn}".encode()).digest()
        return found[:count]


def _clock() -> int:
    return time.time_ns() // 1_000_000


def _refuse(message: str) -> NoReturn:
    from porcelain.errors import Refused  # noqa: PLC0415 - only a failure needs it

    raise Refused(message)


def _repository_layer(path: str) -> Layer:
    from porcelain.config import repository_file  # noqa: PLC0415 - as above

    return repository_file(os.path.join(path, _CONFIG_NAME))


def _around(folder: str) -> str | None:
    """Return the bare repository of ours that a folder is in; never a project's `.git`."""
    while True:
        if os.path.basename(folder) != ".git" and _is_ours(folder):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _is_ours(folder: str) -> bool:
    """Tell whether a folder is a bare repository with sessions, a log or our mark in it."""
    if not all(os.path.exists(os.path.join(folder, part)) for part in ("HEAD", "objects", "refs")):
        return False
    from store.git_config import is_true, parse_git_config  # noqa: PLC0415 - rare

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
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def report_bug(context: Context, error: BaseException) -> str:
    """Keep a bug's traceback, on stderr or in a file; return where, as a sentence."""
    import traceback  # noqa: PLC0415 - only a bug needs it

    text = "".join(traceback.format_exception(error))
    if context.is_debugging:
        sys.stderr.write(text)
        return "The traceback is above"
    folder = context.state_folder()
    path = os.path.join(folder, f"bug-{os.getpid()}-{time.time_ns() // 1_000_000}.txt")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(path, "x", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"wj {' '.join(context.words)}\n\n{text}")
    except OSError:
        return "WJ_DEBUG=1 shows where it happened"
    return f"What happened is written in {path}"
