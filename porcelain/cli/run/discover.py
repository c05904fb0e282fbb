"""What a run means: the repository around a folder, a workspace's name, words of revsets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from porcelain.cli.config.layers import Config
    from porcelain.cli.run.output import Output
    from porcelain.graph.repo_graph import Preferences, RepoGraph
    from porcelain.model.actor import Actor
    from porcelain.model.ids import OperationId
    from porcelain.repo.reader import RepoReader


class Run(Protocol):
    """What is asked of the run that expressions are used in; `Context` is one."""

    output: Output

    @property
    def actor(self) -> Actor:
        """Who acts."""
        ...

    @property
    def reader(self) -> RepoReader:
        """The repository."""
        ...

    @property
    def workspace_name(self) -> str:
        """The workspace to act in."""
        ...

    def repository_path(self) -> str:
        """Return where the repository is."""
        ...

    def operation(self, expression: str) -> OperationId:
        """Return the operation that an expression names."""
        ...

    def now(self) -> int:
        """Return the time, in milliseconds."""
        ...


_SHORT = ("revsets.short-prefixes", "revsets.log")


def around(folder: str) -> str | None:
    """Return the bare repository of ours that a folder is in; never a project's `.git`."""
    while True:
        if os.path.basename(folder) != ".git" and is_ours(folder):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def is_ours(folder: str) -> bool:
    """Tell whether a folder is a bare repository with sessions, a log or our mark in it."""
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
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def check_workspace(repo: RepoReader, output: Output) -> None:
    """Refuse a workspace that the repository does not have; the default one always is there.

    Says on the way, once, that the log has been found to have a gap.

    Raises:
        UnknownWorkspace: with those that look like it.
    """
    from porcelain.repo.reader import DEFAULT_WORKSPACE

    if repo.found_gap:
        output.hint("The operation log has a gap, `wj op log` shows where; all else works")
    name = repo.workspace_name
    if name == DEFAULT_WORKSPACE or name in repo.workspaces():
        return
    from porcelain.errors import UnknownWorkspace
    from porcelain.language.scanner import similar_names

    raise UnknownWorkspace(name, similar_names(name, [*repo.workspaces(), DEFAULT_WORKSPACE]))


def make_preferences(run: Run, config: Config | None) -> Preferences:
    """Return what revsets mean to whoever runs this; `config` None where nothing is set.

    Warns of aliases that are declared wrongly.

    Raises:
        ConfigError: the configuration is broken, or the short set's revset is none.
    """
    from porcelain.graph.repo_graph import Preferences

    def email() -> str:
        return run.actor.email

    def past(operation: str) -> RepoGraph:
        from porcelain.repo.repo import Repo

        found = run.operation(operation)
        fresh = Repo.open(run.repository_path(), run.actor, run.workspace_name)
        there = fresh.at_operation(found)
        there.preferences = run.reader.preferences
        return there.graph

    aliases: dict[str, str] = {}
    short = None
    warn = run.output.warning
    if config is not None:
        settings = config.items("revset-aliases")
        aliases = {one.name[1]: str(one.value) for one in settings}
        short = _short_prefixes(config)
    if aliases:
        _check_aliases(aliases, warn)
    return Preferences(aliases, short, email=email, now=run.now, past=past, warn=warn)


def _short_prefixes(config: Config) -> str | None:
    """Return the revset of the short set; None for everything that is visible."""
    for key in _SHORT:
        text = config.get_text(key)
        if text is None:
            continue
        if text.strip() == "all()":
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


def _check_aliases(aliases: dict[str, str], warn: Callable[[str], object]) -> None:
    from porcelain.language.revset.aliases import Aliases

    for problem in Aliases(aliases).problems:
        warn(f"revset-aliases: {problem}")
