"""The sources of a view during one import, found by location, native id and rows."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from porcelain.index.source_rows import (
    FileState,
    KnownFile,
    drop_rows,
    indexed_version,
    indexed_versions,
    known_files,
    put_files,
    put_rows,
    row_keys_of,
    sources_with,
)
from porcelain.index.view_rows import part_rows, require_readable, value_faults
from porcelain.model.source import Source, SourceKey
from porcelain.model.stored_source import StoredSource, read_source
from porcelain.model.view_value import IMPORTS, SESSIONS, parse_target
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import keyed_rows
from porcelain.transcript.row import Transcript
from store.errors import InvalidSession, ObjectError
from store.index.commit_row import CommitRow
from store.objects.commit import read_commit
from store.tree_layout.layout import read_session

INSIDE = "#"
"""Stands in the location of a conversation in a file with several, and in no other."""

_CLOSEST = 8
_MOST_LOADED = 32


class Known(NamedTuple):
    """A source and its stored rows; `key` is its key in the view."""

    key: str
    source: Source
    rows: StoredSource


class SourceBook:
    """All sources of a transaction's view, edits included.

    `containers` maps locations to the keys of files with several conversations, which are none of
    the other sources: no file goes on from them.
    """

    def __init__(self, tx: Transaction) -> None:
        """Read the keys and values, but no rows."""
        self._tx = tx
        self.sources: dict[str, Source] = {}
        self._at: dict[str, str] = {}
        self._also_at: dict[str, str] = {}
        self._named: dict[tuple[str, str], list[str]] = {}
        self._loaded: dict[str, Known] = {}
        self._redacted: dict[str, None] = {}
        self._is_indexed = False
        self._inner: dict[str | None, list[int]] | None = None
        self.containers: dict[str, str] = {}
        self.files = known_files(tx.index)
        for key, text in part_rows(tx.index, IMPORTS):
            source = Source.of(text)
            if SourceKey.of(key, source).is_container:
                self.containers[source.location] = key
            else:
                self._note(key, source)

    def put(self, key: str, source: Source) -> None:
        """Set a source in the view; another source at its location no longer lies there."""
        other = self._at.get(source.location)
        if source.location and other not in (None, key):
            assert other is not None
            moved = self.sources[other]._replace(location="")
            self._set(other, moved)
        self._set(key, source)

    def container(self, location: str) -> tuple[str, Source] | None:
        """Return the source of the file with several conversations at a location, and its key."""
        key = self.containers.get(location)
        text = self._tx.get(IMPORTS, key) if key is not None else None
        return (key, Source.of(text)) if key is not None and text is not None else None

    def containers_of(self, format_: str) -> Iterator[tuple[str, Source]]:
        """Yield the files of a format with several conversations, and their keys."""
        for key in [*self.containers.values()]:
            text = self._tx.get(IMPORTS, key)
            if text is not None and key.startswith(f"{format_}:"):
                yield key, Source.of(text)

    def place_inside(self, transcript: Transcript, stem: str, places: Iterable[str]) -> str:
        """Return the location of a conversation in an export, which is the same in every export.

        One of which the id is a number behind the file's name, `stem`, lies at the first of
        `places`. A source that lies at one of `places` counts as lying there.
        """
        native_id = transcript.native_id
        if re.fullmatch(rf"{re.escape(stem)}-\d+", native_id):
            return next(iter(places))
        place = f"{transcript.format}{INSIDE}{native_id}"
        for key in map(self._at.get, places if place not in self._at else ()):
            if key is not None and self.native_id(key) == native_id:
                self._also_at[place] = key
        return place

    def put_container(self, key: str, source: Source) -> None:
        """Set the source of a file with several conversations in the view."""
        for location in [one for one, other in self.containers.items() if other == key]:
            del self.containers[location]
        self.containers[source.location] = key
        self._tx.set(IMPORTS, key, source.text())

    def leave_container(self, location: str) -> None:
        """Note that the file at a location has one conversation by now."""
        known = self.container(location)
        if known is not None:
            del self.containers[location]
            self._tx.set(IMPORTS, known[0], known[1]._replace(location="").text())

    def remove(self, key: str) -> None:
        """Remove an entry from the view."""
        source = self.sources.pop(key)
        self._redacted.pop(key, None)
        self._tx.set(IMPORTS, key, None)
        name = SourceKey.of(key, source)
        self._named[name.format, name.native_id].remove(key)

    def new_key(self, format_: str, native_id: str) -> str:
        """Return the key of a new source."""
        return SourceKey(format_, native_id, self._tx.actor.random(8).hex()).text()

    def require_readable(self, format_: str, native_id: str) -> None:
        """Refuse to take a source that cannot be read for one that is absent.

        Raises:
            CorruptOperation: an entry of this native conversation cannot be read.
        """
        start = f"{format_}:{native_id}"
        for part, key in value_faults(self._tx.index):
            if part == IMPORTS and (key == start or key.startswith(f"{start}:")):
                require_readable(self._tx.index, part, key)

    def native_id(self, key: str) -> str:
        """Return the native id of a source."""
        return SourceKey.of(key, self.sources[key]).native_id

    def at(self, location: str) -> str | None:
        """Return the key of the source at a location."""
        return self._at.get(location, self._also_at.get(location)) if location else None

    def named(self, format_: str, native_id: str) -> list[str]:
        """Return the keys of the sources of a native conversation."""
        return list(self._named.get((format_, native_id), ()))

    def redacted(self, format_: str) -> Iterator[str]:
        """Yield the keys of the sources of a format in which rows were redacted."""
        for key in self._redacted:
            if SourceKey.of(key, self.sources[key]).format == format_:
                yield key

    def sharing(self, rows: Iterable[tuple[bytes, str | None]]) -> list[str]:
        """Return the keys of the sources that share the most rows with these keys and native ids."""
        self._index_all()
        found = (key for key in sources_with(self._tx.index, rows) if key in self.sources)
        return [key for key, _ in zip(found, range(_CLOSEST), strict=False)]

    def load(self, key: str) -> Known | None:
        """Return a source with its rows, or None if they cannot be read."""
        if key not in self._loaded:
            source = self.sources[key]
            reader = self._tx.batch
            try:
                if source.stored is None:
                    session = read_session(reader, read_commit(reader, source.commit).tree)
                    rows = StoredSource(session, {})
                else:
                    rows = read_source(reader, source.stored)
            except (ObjectError, InvalidSession):
                return None
            while len(self._loaded) >= _MOST_LOADED:
                del self._loaded[next(iter(self._loaded))]
            self._loaded[key] = Known(key, source, rows)
        return self._loaded[key]

    def row_keys(self, known: Known) -> list[bytes]:
        """Return the keys of the rows of a source, as `Row.key`."""
        if known.source.stored is not None:
            self._index_rows(known)
            return row_keys_of(self._tx.index, known.key)
        format_ = SourceKey.of(known.key, known.source).format
        return [key for key, _ in keyed_rows(format_, _raws(known.rows))]

    def earlier(self, known: Known) -> Iterator[StoredSource]:
        """Yield the earlier versions of a source whose objects are still there, newest first."""
        for commit_id in known.source.earlier:
            try:
                yield read_source(self._tx.batch, commit_id)
            except (ObjectError, InvalidSession):
                continue

    def has_session_of(self, native_id: str) -> bool:
        """Tell whether a visible head or a session has the document of a native conversation."""
        return bool(self.tips_of(native_id))

    def tips_of(self, native_id: str) -> list[CommitRow]:
        """Return the visible heads and ends of sessions with a document's id, heads first."""
        index = self._tx.index
        if self._inner is None:  # ends of sessions from which others went on
            ends = (one for _, value in part_rows(index, SESSIONS) for one in parse_target(value))
            known = [bytes.fromhex(one) for one in ends if one]
            sql = "SELECT session, pos FROM commits WHERE leaf = 0 AND visible = 1 AND id IN ({})"
            self._inner = {}
            for name, position in index.query_among(sql, known):
                self._inner.setdefault(name, []).append(position)
        heads = index.rows("session = ? AND leaf = 1 ORDER BY pos DESC LIMIT 8", (native_id,))
        return heads + [index.row_at(one) for one in self._inner.get(native_id, ())]

    def is_gone(self, key: str) -> bool:
        """Tell whether the file of a source no longer lies where it was imported from."""
        location = self.sources[key].location
        if not location:
            return True
        file = self.files.get(location)
        return file is not None and not os.path.exists(file.path)

    def note_file(self, location: str, path: str, state: FileState, key: str) -> None:
        """Remember the state of a file whose rows its source has."""
        stored = self.sources[key].stored
        if location and stored is not None:
            file = KnownFile(path, state, key, stored)
            self.files[location] = file
            put_files(self._tx.index, [(location, file)])

    def _note(self, key: str, source: Source) -> None:
        before = self.sources.get(key)
        self.sources[key] = source
        if source.redacted:
            self._redacted[key] = None
        self._loaded.pop(key, None)
        if before is not None and self._at.get(before.location) == key:
            del self._at[before.location]
        if source.location:
            self._at[source.location] = key
        if before is None:
            name = SourceKey.of(key, source)
            self._named.setdefault((name.format, name.native_id), []).append(key)

    def _set(self, key: str, source: Source) -> None:
        self._note(key, source)
        self._tx.set(IMPORTS, key, source.text())

    def _index_all(self) -> None:
        """Index the rows of every source of the view, and drop those of others.

        Once is enough: rows that are recorded later are indexed as they are.
        """
        if self._is_indexed:
            return
        self._is_indexed = True
        versions = indexed_versions(self._tx.index)
        drop_rows(self._tx.index, [key for key in versions if key not in self.sources])
        for key, source in self.sources.items():
            if source.stored is not None and versions.get(key) != source.stored:
                known = self.load(key)
                if known is not None:
                    self._index_rows(known)

    def _index_rows(self, known: Known) -> None:
        stored = known.source.stored
        if stored is not None and indexed_version(self._tx.index, known.key) != stored:
            format_ = SourceKey.of(known.key, known.source).format
            put_rows(self._tx.index, known.key, stored, keyed_rows(format_, _raws(known.rows)))


def _raws(rows: StoredSource) -> Iterator[bytes]:
    return (message.raw for message in rows.session.messages)


def location_of(replica: str, path: str) -> str:
    """Return the location of a file: the replica, and a hash of the real path keyed by it."""
    real = os.fsencode(os.path.realpath(path))
    digest = hashlib.blake2b(real, key=replica.encode(), digest_size=16).hexdigest()
    return f"{replica}/{digest}"
