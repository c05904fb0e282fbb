"""GitConversationStore: the `ConversationStore` of Pydantic AI, in a bare git repository."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, NamedTuple, Self, Unpack, cast

from pydantic import TypeAdapter
from pydantic_ai.conversation_store import (
    ConversationConflict,
    ConversationEntry,
    ConversationRecord,
    ConversationStore,
)
from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelRequest

from store.adapters.calls import OrderedCalls
from store.errors import RefConflict, SessionExists, UnknownId
from store.ids import CommitId
from store.index.message_keys import find_rows
from store.repository.key_name import encode_name
from store.session.session import Session
from store.session_store.store import SessionStore
from store.session_store.writer import Options

_FORMAT = "openai-chat"
_RECORD, _SCOPE, _UPDATED = "record", "scope", "updated_at_utc"
_KEPT = 1000


_RECORDS = TypeAdapter(ConversationRecord)


class _Spot(NamedTuple):
    """An entry: the commit of a conversation that has it, and the number of its row."""

    commit: CommitId
    row: int


class GitConversationStore(ConversationStore):
    """Conversations as sessions: `encode_name(conversation_id)` has the history up to the head.

    The record is a member of the session's document, each entry a row. A save is a commit; a
    history that a conversation left is in its earlier commits. A fork is a fork in git. Deleting
    a conversation removes its name: the entries stay in the repository, and `wj undo` brings it
    back. Safe to share between tasks and processes.
    """

    def __init__(self, path: str | os.PathLike[str], **options: Unpack[Options]) -> None:
        """Open the repository at `path`, or create it; `options` are those of `SessionStore`."""
        options["fields"] = (*options.get("fields", ()), _RECORD, _SCOPE, _UPDATED)
        options["message_key"] = "id"
        self.sessions = SessionStore.init(path, **options)
        self._calls = OrderedCalls()
        self._spots: dict[str, _Spot] = {}  # of the heads that were seen last

    async def read_record(self, conversation_id: str) -> ConversationRecord | None:
        """Return the record of a conversation, or None."""
        found = await self._calls.run(lambda: self._record(encode_name(conversation_id)))
        return found and found[1]

    async def read_records(
        self, *, scope: str | None = None, limit: int | None = None
    ) -> Sequence[ConversationRecord]:
        """Return the records, or those of a scope, newest first, from the index alone."""
        where = {} if scope is None else {_SCOPE: scope}
        tips = await self._calls.run(
            lambda: self.sessions.sessions(where=where, order=f"-{_UPDATED}")
        )
        found = [
            one
            for tip in tips
            # A fork that `wj` made has the record of its origin.
            if isinstance(one := tip.fields.get(_RECORD), dict)
            and tip.name == encode_name(str(one["conversation_id"]))
        ]
        return [_RECORDS.validate_json(json.dumps(one)) for one in found[:limit]]

    async def write_record(
        self,
        record: ConversationRecord,
        *,
        new_entries: Sequence[ConversationEntry] = (),
        expected_revision: str | None,
    ) -> None:
        """Store a record and its new entries as one commit: all or nothing.

        Raises:
            ConversationConflict: it is not at the expected revision, or its head is unknown.
            ValueError: an entry that does not lead to the record's head.
        """
        new, base = _path(record, new_entries)
        rows = [_row(entry) for entry in new]
        data = _RECORDS.dump_python(record, mode="json")
        updated = record.updated_at.astimezone(UTC).isoformat(timespec="microseconds")
        fields = {_RECORD: data, _SCOPE: record.scope, _UPDATED: updated}
        try:
            await self._calls.run(
                lambda: self._write(record, rows, base, fields, expected_revision)
            )
        except (RefConflict, SessionExists, UnknownId):
            raise ConversationConflict(record.conversation_id) from None

    async def delete_record(self, conversation_id: str, *, expected_revision: str) -> None:
        """Delete a conversation's name; its entries stay, and `wj undo` brings it back.

        Raises:
            ConversationConflict: it is not at the expected revision.
        """
        name = encode_name(conversation_id)

        def delete() -> None:
            tip, _ = self._expect(conversation_id, expected_revision)
            if tip is None:
                raise ConversationConflict(conversation_id)
            self.sessions.delete(name, expected=tip)

        try:
            await self._calls.run(delete)
        except (RefConflict, UnknownId):
            raise ConversationConflict(conversation_id) from None

    async def read_entry(self, entry_id: str) -> ConversationEntry:
        """Return an entry, also one of a history that was left.

        Raises:
            LookupError: there is none of this id.
        """
        return (await self.read_history(entry_id, limit=1))[-1]

    async def read_history(
        self, head_id: str | None, *, limit: int | None = None
    ) -> list[ConversationEntry]:
        """Return the entries up to one, oldest first, or the last `limit` of them.

        Raises:
            LookupError: there is none of this id.
        """
        if head_id is None or limit == 0:
            return []
        rows = json.loads(await self._calls.run(lambda: self._raw(head_id, limit)))
        texts = json.dumps([row["message"] for row in rows])  # bytes are base64 in JSON alone
        return [
            ConversationEntry(id=row["id"], parent_id=row["parent_id"], message=message)
            for row, message in zip(
                rows, ModelMessagesTypeAdapter.validate_json(texts), strict=True
            )
        ]

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

    def _record(self, name: str) -> tuple[CommitId, ConversationRecord] | None:
        place = self.sessions.place(name)
        if place is None:
            return None
        session = self.sessions.load(place.id)
        record = _RECORDS.validate_json(json.dumps(session.header[_RECORD]))
        if record.head_id is not None:
            self._note(record.head_id, _Spot(place.id, session.rows - 1))
        return place.id, record

    def _expect(
        self, conversation_id: str, revision: str | None
    ) -> tuple[CommitId | None, str | None]:
        """Return the commit and the head of a conversation, which must be at a revision."""
        found = self._record(encode_name(conversation_id))
        if (found[1].revision if found else None) != revision:
            raise ConversationConflict(conversation_id)
        return (found[0], found[1].head_id) if found else (None, None)

    def _write(
        self,
        record: ConversationRecord,
        rows: Sequence[dict[str, object]],
        base: str | None,
        fields: Mapping[str, object],
        revision: str | None,
    ) -> None:
        name = encode_name(record.conversation_id)
        tip, head = self._expect(record.conversation_id, revision)
        if tip is not None and head == base:
            spot = self._spots.get(base) if base is not None else None
            made = self.sessions.append(name, rows, fields=fields, expected=tip)
        else:
            spot = self._spot(base) if base is not None else None
            if base is not None and spot is None:
                raise ConversationConflict(record.conversation_id)
            with self.sessions.repository.locked():
                # `save` lets a tip with the same messages pass, but not with another record.
                tip, _ = self._expect(record.conversation_id, revision)
                session = self._session(name, tip, spot, rows, fields)
                if tip is None and spot is not None:
                    made = self.sessions.fork(spot.commit, session)
                else:
                    made = self.sessions.save(session, parent=tip)
        if record.head_id is not None:
            self._note(record.head_id, _Spot(made.id, (spot.row if spot else -1) + len(rows)))

    def _session(
        self,
        name: str,
        tip: CommitId | None,
        spot: _Spot | None,
        rows: Sequence[dict[str, object]],
        fields: Mapping[str, object],
    ) -> Session:
        """Return a conversation of the rows up to a spot and new ones after them."""
        source = spot.commit if spot else tip
        if source is None:
            return Session.of(rows, id=name, format=_FORMAT, fields=fields)
        before = self.sessions.load(source)
        kept = before.messages[: spot.row + 1] if spot else ()
        session = before.with_messages(kept).appended(rows).with_header(fields, id=name)
        return session.with_id(name) if tip is None else session.with_name(name)

    def _raw(self, head_id: str, limit: int | None) -> bytes:
        """Return the rows up to an entry as one JSON array."""
        spot = self._spot(head_id)
        if spot is None:
            raise LookupError(f"no entry has the id {head_id!r}")
        count = spot.row + 1
        start = 0 if limit is None else max(count - limit, 0)
        rows = self.sessions.load(spot.commit).messages[start:count]
        return b"[" + b",".join(row.raw for row in rows) + b"]"

    def _spot(self, entry_id: str) -> _Spot | None:
        """Return where an entry is: in a conversation or in one of its earlier commits."""
        spot = self._spots.get(entry_id)
        if spot is not None:
            return spot
        index = self.sessions.index
        index.refresh()

        def look() -> list[_Spot]:
            rows = find_rows(index, "id", entry_id)
            return [_Spot(index.row_at(one.pos).id, one.row) for one in rows]

        return next(iter(index.retry_if_rebuilt(look)), None)

    def _note(self, head_id: str, spot: _Spot) -> None:
        self._spots.pop(head_id, None)
        self._spots[head_id] = spot
        if len(self._spots) > _KEPT:
            self._spots.pop(next(iter(self._spots)))


def _path(
    record: ConversationRecord, new_entries: Sequence[ConversationEntry]
) -> tuple[list[ConversationEntry], str | None]:
    """Return the new entries up to the head, and the id of the stored one before them."""
    known = {entry.id: entry for entry in new_entries}
    path: list[ConversationEntry] = []
    here = record.head_id
    while here is not None and here in known:
        path.append(known.pop(here))
        here = path[-1].parent_id
    if known:
        raise ValueError(f"entries that do not lead to the head: {', '.join(known)}")
    return path[::-1], here


def _row(entry: ConversationEntry) -> dict[str, object]:
    """Return an entry as a row that shows its role and text as other chats do."""
    (message,) = cast(
        "list[dict[str, Any]]", ModelMessagesTypeAdapter.dump_python([entry.message], mode="json")
    )
    parts = [part for part in message["parts"] if isinstance(part.get("content"), str)]
    asked = [part for part in parts if part["part_kind"] == "user-prompt"]
    said = parts if not isinstance(entry.message, ModelRequest) else asked
    role = (
        "assistant" if not isinstance(entry.message, ModelRequest) else "user" if asked else "tool"
    )
    shown = {"role": role, "content": "\n".join(part["content"] for part in said or parts)}
    return {**shown, "id": entry.id, "parent_id": entry.parent_id, "message": message}
