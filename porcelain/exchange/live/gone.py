"""The sessions whose files are gone, because their agents have deleted them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

from porcelain.actions.importing.source_book import location_of
from porcelain.exchange.agents.found import found_sessions
from porcelain.exchange.agents.table import Agent, Places, agent_of
from porcelain.index.source_rows import KnownFile, known_files
from porcelain.index.view_rows import part_rows
from porcelain.model.source import Source, SourceKey
from porcelain.model.view_value import IMPORTS
from store.index.commit_index import Index


def gone_sessions(index: Index, replica: str, places: Places) -> frozenset[str]:
    """Return the names of sessions that have a source here, and of whose sources none is left.

    Files are looked for, not read, so a conversation is there while its database is. A file of
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

    def is_there(self, source: Source, key: SourceKey) -> bool | None:
        """Tell whether the file of a source is there; None if nobody knows where it was."""
        file = self.files.get(source.location)
        if file is not None:
            return os.path.exists(file.path)
        agent = agent_of(key.format)
        if agent is None:
            return None
        if agent.unit != "session":
            return source.location in self._inside(agent, key.native_id)
        return source.location in self._locations(agent)

    def _inside(self, agent: Agent, native_id: str) -> Iterator[str]:
        for one in found_sessions(self.places, [agent]):
            yield location_of(self.replica, one.path)
            yield location_of(self.replica, f"{one.path}#{native_id}")

    def _locations_of(self, agent: Agent) -> frozenset[str]:
        found = found_sessions(self.places, [agent])
        return frozenset(location_of(self.replica, one.path) for one in found)
