"""Conditional settings: `--when` for a whole file, and `[[--scope]]` tables with their own.

    [[--scope]]
    --when.commands = ["op log", "evolog"]
    [--scope.ui]
    paginate = "never"

A scope holds if all its conditions do; of a condition's alternatives one is enough. What a scope
sets goes before the settings of its file outside scopes, and later scopes before earlier ones.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from porcelain.errors import ConfigError

WHEN, SCOPE = "--when", "--scope"


class Where(NamedTuple):
    """The facts that conditions ask for: the repository, the words of the command, and the home folder."""

    repository: str | None = None
    command: tuple[str, ...] = ()
    home: str = ""


def _is_in(where: Where, folder: str) -> bool:
    if where.repository is None:
        return False
    if folder == "~" or folder.startswith("~/"):
        folder = where.home + folder[1:]
    parts = os.path.realpath(folder).rstrip("/").split("/")
    return os.path.realpath(where.repository).split("/")[: len(parts)] == parts


def _is_command(where: Where, words: str) -> bool:
    parts = tuple(words.split())
    return bool(parts) and where.command[: len(parts)] == parts


def _is_platform(_where: Where, name: str) -> bool:
    return name in {"linux": ("linux", "unix"), "darwin": ("macos", "unix")}.get(sys.platform, ())


_CONDITIONS: dict[str, Callable[[Where, str], bool]] = {
    "repositories": _is_in,
    "commands": _is_command,
    "platforms": _is_platform,
}


def scoped(table: Mapping[str, Any], where: Where | None, path: str) -> Iterator[dict[str, Any]]:
    """Yield the tables of a file that hold, all without `where`: that outside scopes first.

    Raises:
        ConfigError: a condition is unknown, or none.
    """
    if not _holds(table.get(WHEN, {}), where, path, WHEN):
        return
    yield {name: value for name, value in table.items() if name not in (WHEN, SCOPE)}
    scopes = table.get(SCOPE, [])
    if not isinstance(scopes, list) or not all(isinstance(one, dict) for one in scopes):
        raise ConfigError(path, SCOPE, f"must be written as `[[{SCOPE}]]`")
    for scope in scopes:
        if _holds(scope.get(WHEN, {}), where, path, f"{SCOPE}.{WHEN}"):
            yield {name: value for name, value in scope.items() if name != WHEN}


def _holds(conditions: object, where: Where | None, path: str, name: str) -> bool:
    if not isinstance(conditions, dict):
        raise ConfigError(path, name, "must be a table of conditions")
    found = True
    for condition, wanted in conditions.items():
        if condition not in _CONDITIONS:
            known = ", ".join(_CONDITIONS)
            raise ConfigError(path, f"{name}.{condition}", f"there is no such condition: {known}")
        if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
            raise ConfigError(path, f"{name}.{condition}", "must be an array of strings")
        found &= where is None or any(_CONDITIONS[condition](where, one) for one in wanted)
    return found
