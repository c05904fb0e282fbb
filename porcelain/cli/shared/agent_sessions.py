"""The sessions that agents keep on this machine, listed with what is imported of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from porcelain.actions.importing.source_book import location_of
from porcelain.cli.run.context import Context
from porcelain.display import ago, counted, iso_time, plain
from porcelain.errors import Refused
from porcelain.exchange.agents.found import Found, found_sessions
from porcelain.exchange.agents.table import AGENTS, VARIABLES, Places
from porcelain.exchange.live.gone import gone_sessions
from porcelain.index.view_rows import part_rows, shown_replica
from porcelain.model.source import Source, SourceKey
from porcelain.model.view_value import IMPORTS
from porcelain.transaction.replicas import oldest_replica


def places_of(context: Context) -> Places:
    """Return what the environment says about agents' folders."""
    settings = context.settings
    return Places(settings.home, {name: settings.variable(name) for name in VARIABLES})


def agents_sessions(context: Context) -> list[Found]:
    """Return the files of all agents; warn of folders that cannot be read."""

    def warn(error: OSError) -> None:
        path = plain(str(error.filename), None)
        context.output.warning(f"{path} cannot be read: {error.strerror}")

    return list(found_sessions(places_of(context), on_error=warn))


def gone_names(context: Context) -> frozenset[str]:
    """Return the names of sessions whose files are gone from this machine."""
    reader = context.reader
    shown = shown_replica(reader.repository, reader.index, reader.host)
    return gone_sessions(reader.index, oldest_replica(reader.index, shown), places_of(context))


def list_sessions(context: Context) -> None:
    """Print the agents that have sessions, with the number and age of these in each folder."""
    found = agents_sessions(context)
    known = _imported(context)
    if context.output.json:
        context.output.data({"agents": [_data(*group, known) for group in _by_agent(found)]})
        return
    if not found:
        titles = ", ".join(agent.title for agent in AGENTS.values())
        context.output.status(f"There are no sessions of a known agent here ({titles})")
        return
    now = context.now()
    for _, sessions in _by_agent(found):
        agent = sessions[0].agent
        context.output.text(f"{agent.title} ({agent.name}): {_count(sessions, known, now)}\n")
        for folder, inside in groupby(sessions, key=_folder):
            place = plain(_short(context, folder), None)
            context.output.text(f"  {place}: {_count(list(inside), known, now)}\n")
    if not all(known.has(one) for one in found):
        context.output.hint(
            "`wj import --all` imports all of them, `wj import PATH` those of a folder"
        )


class _Imported(NamedTuple):
    """Imported conversations, as (format, native id), and the locations of files."""

    names: frozenset[tuple[str, str]] = frozenset()
    locations: frozenset[str] = frozenset()
    replica: str = ""

    def has(self, one: Found) -> bool:
        """Tell whether a file was imported, or another one of the same conversation.

        Of a database it is enough that a conversation of its format was.
        """
        if one.agent.unit != "session":
            return any(name == one.agent.format for name, _ in self.names)
        if (one.agent.format, one.native_id) in self.names:
            return True
        return bool(self.locations) and location_of(self.replica, one.path) in self.locations


def _imported(context: Context) -> _Imported:
    """Return what is imported; nothing where there is no repository."""
    try:
        context.settings.repository_path()
    except Refused as error:
        if error.code != "no_repository":
            raise
        return _Imported()
    repo = context.repo
    sources = {key: Source.of(text) for key, text in part_rows(repo.index, IMPORTS)}
    names = (SourceKey.of(key, source) for key, source in sources.items())
    return _Imported(
        frozenset((name.format, name.native_id) for name in names),
        frozenset(source.location for source in sources.values()),
        shown_replica(repo.repository, repo.index, repo.host),
    )


def _by_agent(found: Iterable[Found]) -> Iterator[tuple[str, list[Found]]]:
    """Yield the name of each agent, and its files by their folders."""
    for name, group in groupby(found, key=lambda one: one.agent.name):
        yield name, sorted(group, key=lambda one: (_folder(one), one.path))


def _folder(one: Found) -> str:
    """Return the folder of a session; of a part, that of the session."""
    folder = os.path.dirname(one.path)
    while one.part and os.path.basename(folder) not in ("", "subagents"):
        folder = os.path.dirname(folder)
    return os.path.dirname(os.path.dirname(folder)) if one.part else folder


def _count(sessions: Sequence[Found], known: _Imported, now: int) -> str:
    """Return how many sessions there are, how many of them are imported, and their age."""
    own = [one for one in sessions if not one.part] or list(sessions)
    imported = sum(known.has(one) for one in own)
    said = [
        counted(len(own), own[0].agent.unit),
        _share(imported, len(own)),
        f"newest {_age(max(one.mtime for one in own), now)}",
    ]
    if len(own) > 1:
        said.append(f"oldest {_age(min(one.mtime for one in own), now)}")
    if parts := len(sessions) - len(own):
        said.append(f"and {counted(parts, 'conversation')} of sub-agents")
    return ", ".join(said)


def _share(imported: int, count: int) -> str:
    if count == 1:
        return "imported" if imported else "not imported"
    return "all imported" if imported == count else f"{imported or 'none'} imported"


def _age(mtime: float, now: int) -> str:
    return ago(max(0, now - int(mtime * 1000)))


def _short(context: Context, path: str) -> str:
    """Return a path with `~` for the home folder."""
    home = context.settings.home
    return f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path


def _data(name: str, sessions: Sequence[Found], known: _Imported) -> dict[str, object]:
    agent = AGENTS[name]
    return {
        "agent": name,
        "title": agent.title,
        "format": agent.format,
        "sessions": [
            {
                "path": one.path,
                "native_id": one.native_id,
                "part": one.part,
                "bytes": one.size,
                "modified": iso_time(int(one.mtime)),
                "imported": known.has(one),
            }
            for one in sessions
        ],
    }
