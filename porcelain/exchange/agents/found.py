"""Find the sessions that agents keep on this machine, by the names of their files alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from porcelain.exchange.agents.table import AGENTS, Agent, Places


class Found(NamedTuple):
    """One file of an agent: its path, when it was written (seconds since the epoch), its bytes.

    `native_id` is the conversation's id, as far as the path says it. `part` tells that it belongs
    to another session, as a sub-agent's conversation does.
    """

    agent: Agent
    path: str
    mtime: float
    size: int
    native_id: str
    part: bool = False


def found_sessions(
    places: Places,
    agents: Iterable[Agent] = (),
    on_error: Callable[[OSError], object] | None = None,
) -> Iterator[Found]:
    """Yield the files of the agents' sessions, by default of all agents, in the order of paths.

    Reads folders, never a file. The folder of all sessions may be a link; links inside it are
    left out, so nothing outside it is found. A folder that cannot be read is left out, and
    `on_error` takes the error.
    """
    for agent in agents or AGENTS.values():
        for top in agent.sessions_folders(places):
            if os.path.isdir(top):
                yield from _found(agent, top, on_error or _ignore)


def agent_at(places: Places, path: str) -> Agent | None:
    """Return the agent whose folders have a session's file of this path, or None."""
    for agent in AGENTS.values():
        for top in agent.sessions_folders(places):
            below = path.removeprefix(f"{top}/")
            if below != path and _pattern((*agent.files, *agent.parts)).fullmatch(below):
                return agent
    return None


def is_session_name(name: str) -> bool:
    """Tell whether a file of this name may be a transcript: JSON, or a name of an agent's own."""
    return name.endswith((".json", ".jsonl")) or _NAMES.fullmatch(name) is not None


def _found(agent: Agent, top: str, on_error: Callable[[OSError], object]) -> Iterator[Found]:
    files, parts = _pattern(agent.files), _pattern(agent.parts)
    for path in _walk(top, on_error):
        below = path[len(top) :].lstrip("/")
        is_file = files.fullmatch(below) is not None
        if is_file or parts.fullmatch(below):
            try:
                state = os.lstat(path)
            except OSError:
                continue  # removed since the folder was read
            native_id = agent.native_id(below)
            yield Found(agent, path, state.st_mtime, state.st_size, native_id, not is_file)


def _walk(top: str, on_error: Callable[[OSError], object]) -> Iterator[str]:
    """Yield the regular files below a folder, those of a folder first; follow no link."""
    waiting = [top]
    while waiting:
        folders: list[str] = []
        try:
            with os.scandir(waiting.pop()) as entries:
                found = sorted(entries, key=lambda one: one.name)
        except OSError as error:
            on_error(error)
            continue
        for entry in found:
            with suppress(OSError):  # removed since, on a system that does not say its kind
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry.path
        waiting += reversed(folders)


@cache
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return an expression that matches the paths of patterns."""
    return re.compile("|".join(map(_expression, patterns)) or r"(?!)", re.DOTALL)


def _expression(pattern: str) -> str:
    words = re.split(r"(\*\*/|\*)", pattern)
    signs = {"**/": "(?:[^/]+/)*", "*": "[^/]*"}
    return "".join(signs.get(word, re.escape(word)) for word in words)


def _ignore(_error: OSError) -> None:
    return None


_NAMES = _pattern(
    tuple(
        os.path.basename(pattern)
        for agent in AGENTS.values()
        for pattern in (*agent.files, *agent.parts)
    )
)
