"""The sessions whose files are gone, because their agents have deleted them."""

from __future__ import annotations

import os
from functools import cache

from porcelain.actions.importing.source_book import location_of
from porcelain.exchange.agents.found import found_sessions
from porcelain.exchange.agents.table import Agent, Places, agent_of
from porcelain.index.source_rows import KnownFile, known_files
from porcelain.index.view_rows import part_rows
from porcelain.model.source import Source, SourceKey
from porcelain.model.view_value import IMPORTS
from porcelain.transcript.documents.opencode_database import session_ids
from store.errors import InvalidSession
from store.index.commit_index import Index


def gone_sessions(index: Index, replica: str, places: Places) -> frozenset[str]:
    """Return the names of sessions that have a source here, and of whose sources none is left.

    Files are looked for, not read; of a database the ids of its conversations are read. A file of
    which the index does not know the path is looked for where its agent keeps sessions.
    """
    look = _Look(known_files(index), replica, places)
    gone: set[str] = set()
    there: set[str] = set()
    for key, text in part_rows(index, IMPORTS):
        source = Source.of(text)
        if source.location.startswith(f"{replica}/"):
            found = look.is_there(source, SourceKey.of(key, source))
            if found is not None:
                (there if found else gone).add(source.session)
    return frozenset(gone - there)


class _Look:
    def __init__(self, files: dict[str, KnownFile], replica: str, places: Places) -> None:
        self.files = files
        self.replica = replica
        self.places = places
        self._locations = cache(self._locations_of)
        self._ids = cache(_ids_in)

    def is_there(self, source: Source, key: SourceKey) -> bool | None:
        """Tell whether the file of a source is there; None if nobody knows where it was."""
        agent = agent_of(key.format)
        file = self.files.get(source.location)
        if agent is not None and agent.unit == "database":
            database = self._database_of(agent, source, key.native_id)
            if database is not None:
                ids = self._ids(database)
                return ids is None or key.native_id in ids
        if file is not None:
            return os.path.exists(file.path)
        if agent is None:
            return None
        return source.location in self._locations(agent)

    def _database_of(self, agent: Agent, source: Source, native_id: str) -> str | None:
        """Return the path of the agent's database that a source is in, or None."""
        for one in found_sessions(self.places, [agent]):
            places = (one.path, f"{one.path}#{native_id}")
            if source.location in (location_of(self.replica, place) for place in places):
                return one.path
        return None

    def _locations_of(self, agent: Agent) -> frozenset[str]:
        found = found_sessions(self.places, [agent])
        return frozenset(location_of(self.replica, one.path) for one in found)


def _ids_in(path: str) -> frozenset[str] | None:
    """Return the ids of the conversations in a database; None if it cannot be read."""
    try:
        return session_ids(path)
    except (InvalidSession, OSError):
        return None
