"""Tell without reading that a file has not changed since it was imported.

The state of a file counts only while the view has the source and the version that were written
then, so undoing an import makes the next one read the file again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

from porcelain.actions.importing.source_book import location_of
from porcelain.index.source_rows import FileState, KnownFile, known_files, put_files
from porcelain.index.view_rows import get_row
from porcelain.model.source import Source
from porcelain.model.view_value import IMPORTS
from store.errors import StorageFailure
from store.index.commit_index import Index

_SETTLED = 2_000
"""Milliseconds after which a change of a file cannot have the time of the one before."""


class SeenFile(NamedTuple):
    """A file that was read, with its state when the reading began."""

    path: str
    state: FileState


def look_at(path: str, now: int) -> SeenFile | None:
    """Return the present state of a file; None if there is none.

    The state of a file that was changed just now equals no later one: it may be changed again
    within the same tick of the clock. `now` is the time in milliseconds since the epoch.
    """
    try:
        state = FileState.at(path)
    except OSError:
        return None
    is_settled = now - max(state.mtime, state.ctime) // 1_000_000 >= _SETTLED
    return SeenFile(os.path.realpath(path), state if is_settled else state._replace(mtime=-1))


def unchanged_files(index: Index, replica: str, paths: Iterable[str]) -> dict[str, str]:
    """Return those of `paths` whose files are as they were when imported, with their sources."""
    known = known_files(index)
    if not known:
        return {}
    found = {}
    for path in paths:
        file = known.get(location_of(replica, path))
        if file is not None and _is_shown(index, file) and _is_same(path, file.state):
            found[path] = file.source
    return found


def remember_files(
    index: Index, replica: str, files: Mapping[str, SeenFile], sources: Mapping[str, str]
) -> None:
    """Remember the states of files whose rows their sources have; both are by path.

    A copy of a file, or one that was moved, has the source of the file, which lies elsewhere. If the index fails, they are read again the next time: the import itself is recorded.
    """
    noted = []
    for path, seen in files.items():
        text = get_row(index, IMPORTS, sources.get(path, ""))
        source = Source.of(text) if text is not None else None
        location = location_of(replica, path)
        if source is not None and source.stored:
            known = KnownFile(seen.path, seen.state, sources[path], source.stored)
            noted.append((location, known))
    with suppress(StorageFailure):
        put_files(index, noted)


def _is_shown(index: Index, file: KnownFile) -> bool:
    text = get_row(index, IMPORTS, file.source)
    return text is not None and Source.of(text).stored == file.stored


def _is_same(path: str, state: FileState) -> bool:
    try:
        return FileState.at(path) == state
    except OSError:
        return False
