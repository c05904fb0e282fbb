"""ClaudeSessionStore: the `SessionStore` of the Claude Agent SDK, in a bare git repository."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self, Unpack, cast

from claude_agent_sdk import fold_session_summary

from store.adapters.calls import OrderedCalls
from store.errors import RefConflict, UnknownId
from store.ids import CommitId
from store.repository.key_name import decode_name, encode_name, encode_prefix, is_encoded
from store.session.new_session import dict_rows
from store.session.session import Session
from store.session_store.commit_info import CommitInfo
from store.session_store.store import SessionStore
from store.session_store.writer import Options

if TYPE_CHECKING:
    from claude_agent_sdk import (
        SessionKey,
        SessionListSubkeysKey,
        SessionStoreEntry,
        SessionStoreListEntry,
        SessionSummaryEntry,
    )

_FORMAT = "claude-code"
_SUMMARY = "summary"  # a member of the session's document
_KEPT = 64


class _Known(NamedTuple):
    """A transcript at a commit: the ids of its rows, and the SDK's summary of it."""

    commit: CommitId | None
    ids: set[str]
    summary: dict[str, Any] | None


class ClaudeSessionStore:
    """Transcripts that the Claude Agent SDK mirrors, as sessions that `wj` reads and undoes.

    A transcript is the session `encode_name(project_key, session_id)`, one of a sub-agent has the
    subpath as a third part. Rows are kept in Claude Code's format; a row whose `uuid` the
    transcript has already is not added again. Safe to share between tasks; appends of one
    instance are made in the order of their calls, those of several processes exclude each other.
    """

    def __init__(self, path: str | os.PathLike[str], **options: Unpack[Options]) -> None:
        """Open the repository at `path`, or create it; `options` are those of `SessionStore`."""
        options["fields"] = (*options.get("fields", ()), _SUMMARY)
        self.sessions = SessionStore.init(path, **options)
        self._calls = OrderedCalls()
        self._known: dict[str, _Known] = {}

    async def append(self, key: SessionKey, entries: list[SessionStoreEntry]) -> None:
        """Add rows to a transcript, as one commit; see the SDK's protocol.

        Raises:
            InvalidSession: a row that is no JSON object.
            StoreError: the write failed; nothing is changed.
        """
        rows = list(entries)
        if rows:
            await self._calls.run(lambda: self._append(key, rows))

    async def load(self, key: SessionKey) -> list[SessionStoreEntry] | None:
        """Return the rows of a transcript, or None if it was never written."""
        return await self._calls.run(lambda: self._load(_name(key)))

    async def list_sessions(self, project_key: str) -> list[SessionStoreListEntry]:
        """Return the sessions of a project, newest first, without those of sub-agents."""
        return [
            {"session_id": session_id, "mtime": info.timestamp_ms}
            for session_id, info in await self._calls.run(lambda: self._of_project(project_key))
        ]

    async def list_session_summaries(self, project_key: str) -> list[SessionSummaryEntry]:
        """Return the summaries of a project's sessions, without reading their rows."""
        return [
            {"session_id": session_id, "mtime": info.timestamp_ms, "data": data}
            for session_id, info in await self._calls.run(lambda: self._of_project(project_key))
            if isinstance(data := info.fields.get(_SUMMARY), dict)
        ]

    async def delete(self, key: SessionKey) -> None:
        """Delete a transcript, and with a session those of its sub-agents; `wj undo` takes it back."""
        await self._calls.run(lambda: self._delete(key))

    async def list_subkeys(self, key: SessionListSubkeysKey) -> list[str]:
        """Return the subpaths of a session's sub-agents."""
        names = await self._calls.run(lambda: self._below(key["project_key"], key["session_id"]))
        return [decode_name(name)[2] for name in names]

    def close(self) -> None:
        """Close the repository, after the calls that were made."""
        self._calls.close()
        self.sessions.close()

    def __enter__(self) -> Self:
        """Return the store, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def _append(self, key: SessionKey, entries: Sequence[SessionStoreEntry]) -> None:
        name = _name(key)
        while True:
            try:
                self._append_at(name, key, entries)
            except (RefConflict, UnknownId):
                continue  # another process wrote or deleted it meanwhile
            return

    def _append_at(self, name: str, key: SessionKey, entries: Sequence[SessionStoreEntry]) -> None:
        place = self.sessions.place(name)
        known = self._known_at(name, place.id) if place else _Known(None, set(), None)
        fresh: set[str] = set()
        rows = []
        for entry in entries:
            own = _id(entry)
            if own is None or not (own in known.ids or own in fresh):
                rows.append(entry)
                if own is not None:
                    fresh.add(own)
        if not rows:
            return
        checked = dict_rows(rows)
        summary = None if key.get("subpath") else _folded(known.summary, key, rows)
        fields: dict[str, object] = {} if summary is None else {_SUMMARY: summary}
        if place is None:
            session = Session.of(checked, id=name, format=_FORMAT, fields=fields)
            made = self.sessions.save(session, parent=None)
        else:
            made = self.sessions.append(name, checked, fields=fields, expected=place.id)
        self._known.pop(name, None)
        known.ids.update(fresh)
        self._known[name] = _Known(made.id, known.ids, summary)
        if len(self._known) > _KEPT:
            self._known.pop(next(iter(self._known)))

    def _known_at(self, name: str, commit: CommitId) -> _Known:
        known = self._known.get(name)
        if known is not None and known.commit == commit:
            return known
        ids = {own for row in self._rows(commit) if (own := _id(row)) is not None}
        summary = self.sessions.load(commit).header.get(_SUMMARY)
        return _Known(commit, ids, summary if isinstance(summary, dict) else None)

    def _load(self, name: str) -> list[SessionStoreEntry] | None:
        place = self.sessions.place(name)
        return None if place is None else self._rows(place.id)

    def _rows(self, commit: CommitId) -> list[SessionStoreEntry]:
        raw = b",".join(message.raw for message in self.sessions.iter_messages(commit))
        return cast("list[SessionStoreEntry]", json.loads(b"[" + raw + b"]"))

    def _of_project(self, project_key: str) -> list[tuple[str, CommitInfo]]:
        found = []
        for info in self.sessions.sessions(prefix=encode_prefix(project_key)):
            if is_encoded(info.name or "") and len(parts := decode_name(info.name or "")) == 2:
                found.append((parts[1], info))
        return found

    def _below(self, project_key: str, session_id: str) -> list[str]:
        prefix = encode_prefix(project_key, session_id)
        found = self.sessions.sessions(prefix=prefix, order="name")
        return [info.name for info in found if info.name and is_encoded(info.name)]

    def _delete(self, key: SessionKey) -> None:
        while True:
            names = [_name(key)]
            if not key.get("subpath"):
                names += self._below(key["project_key"], key["session_id"])
            try:
                with self.sessions.batch() as batch:
                    for name in names:
                        if name in self.sessions:
                            batch.delete(name)
            except UnknownId:
                continue  # another process deleted one meanwhile
            return


def _name(key: SessionKey) -> str:
    subpath = key.get("subpath")
    parts = (key["project_key"], key["session_id"], *([subpath] if subpath else []))
    return encode_name(*parts)


def _id(entry: Any) -> str | None:
    own = entry.get("uuid") if isinstance(entry, dict) else None
    return own if isinstance(own, str) and own else None


def _folded(
    before: dict[str, Any] | None, key: SessionKey, rows: list[SessionStoreEntry]
) -> dict[str, Any]:
    """Return the SDK's summary of a transcript with these rows."""
    session_id = key["session_id"]
    known: SessionSummaryEntry | None = None
    if before is not None:
        known = {"session_id": session_id, "mtime": 0, "data": before}
    return cast("dict[str, Any]", fold_session_summary(known, key, rows)["data"])
