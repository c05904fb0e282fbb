"""The files that a watch follows: the sessions of agents, or the transcripts below named paths."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from porcelain.exchange.agents.found import Found, agent_at, found_sessions, is_session_name
from porcelain.exchange.agents.table import AGENTS, Agent, Places
from porcelain.index.source_rows import FileState

JOURNAL = "-wal"
"""Ends the name of the file that holds the newest rows of an SQLite database."""


class Followed:
    """The followed folders; `paths` replace the agents' own where they are given."""

    def __init__(self, places: Places, paths: Sequence[str] = ()) -> None:
        """Look at nothing yet."""
        self._places = places
        self._paths = tuple(os.path.abspath(path) for path in paths)

    def folders(self) -> Iterator[str]:
        """Yield the folders that hold followed files now, or may hold some later."""
        tops = [one for one in self._paths if os.path.isdir(one)]
        if not self._paths:
            tops = [top for one in AGENTS.values() for top in one.sessions_folders(self._places)]
        for top in tops:
            for folder, _, _ in os.walk(top):
                yield folder
        yield from {os.path.dirname(one) for one in self._paths if not os.path.isdir(one)}

    def files(self) -> Iterator[str]:
        """Yield the paths of all followed files."""
        if not self._paths:
            yield from (one.path for one in found_sessions(self._places, on_error=_ignore))
            return
        for path in self._paths:
            if not os.path.isdir(path):
                yield path
                continue
            for folder, _, names in os.walk(path):
                for name in sorted(names):
                    if is_session_name(name) and not os.path.islink(os.path.join(folder, name)):
                        yield os.path.join(folder, name)

    def sessions_of(self, agent: Agent) -> Iterator[Found]:
        """Yield the files of an agent, whichever paths are followed."""
        return found_sessions(self._places, [agent], on_error=_ignore)

    def file_at(self, path: str) -> str | None:
        """Return the followed file that a changed path belongs to, or None.

        A change of a database's journal is one of the database.
        """
        path = path.removesuffix(JOURNAL)
        if os.path.islink(path):
            return None
        if not self._paths:
            return path if agent_at(self._places, path) is not None else None
        is_named = path in self._paths
        is_below = any(path.startswith(f"{top}/") for top in self._paths)
        is_followed = is_named or (is_below and is_session_name(os.path.basename(path)))
        return path if is_followed else None

    def poked_file(self, agent: Agent, path: str) -> str | None:
        """Return the file that a hook of an agent named; None if it is none of the agent's.

        Links in the path are resolved, so no link leads outside the agent's folders.
        """
        if not os.path.isabs(path) or "\0" in path:
            return None
        real = os.path.realpath(path)
        for given in agent.sessions_folders(self._places):
            top = os.path.realpath(given)
            if real.startswith(f"{top}/"):
                found = os.path.join(given, os.path.relpath(real, top))
                return found if agent_at(self._places, found) == agent else None
        return None


def state_of(path: str) -> FileState | None:
    """Return the present state of a file, its journal included; None if it is gone."""
    try:
        return FileState.at(path)
    except OSError:
        return None


def _ignore(_error: OSError) -> None:
    return None
