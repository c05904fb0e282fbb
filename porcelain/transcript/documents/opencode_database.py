"""Read OpenCode's database as the documents that `opencode export` writes.

Only the tables `session`, `message`, `part` and `event` are read, of `session` only the columns
named here: the database holds accounts and credentials, too. The JSON in the columns stays as it
is. Messages that a prompt after a revert removed are still in the log of events; they stand in
the document at their time, with the member `removed`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from porcelain.transcript.reading.database import opened
from porcelain.transcript.reading.json_values import mapping
from store.document.json_scanner import write_value
from store.errors import InvalidSession

_SESSIONS = """
    SELECT id, parent_id, title, directory, version, time_created, time_updated, revert
    FROM session ORDER BY time_created, id
"""
_MESSAGES = "SELECT id, time_created, data FROM message WHERE session_id = ?"
_PARTS = "SELECT id, data FROM part WHERE message_id = ? ORDER BY id"
_LOG = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'event'"
_REMOVED = """
    SELECT json_extract(data, '$.info.id'), json_extract(data, '$.info') FROM event
    WHERE aggregate_id = ? AND type = 'message.updated.1' AND json_valid(data)
    AND json_extract(data, '$.info.id') NOT IN (SELECT id FROM message WHERE session_id = ?)
    ORDER BY seq
"""
_REMOVED_PARTS = """
    SELECT json_extract(data, '$.part.id'), json_extract(data, '$.part') FROM event
    WHERE aggregate_id = ? AND type = 'message.part.updated.1' AND json_valid(data)
    AND json_extract(data, '$.part.messageID') = ? ORDER BY seq
"""
_NAMES = ("id", "parentID", "title", "directory", "version")


def documents(data: bytes, source: str) -> Iterator[str]:
    """Yield each session of a database as a document.

    A file at the path `source` is read with what its journal holds; else `data` is the database.

    Raises:
        InvalidSession: the database is locked or damaged, or has another schema.
    """
    try:
        with opened(data, source) as database:
            for *fields, created, updated, revert in database.execute(_SESSIONS).fetchall():
                pairs = zip(_NAMES, fields, strict=True)
                info: dict[str, object] = {name: one for name, one in pairs if one is not None}
                info["time"] = {"created": created, "updated": updated}
                about = _joined(write_value(info), f'"revert":{revert}' if revert else "")
                yield _document(database, str(fields[0]), about)
    except sqlite3.Error as error:
        raise InvalidSession(f"the database cannot be read: {error}", source=source) from None


def session_ids(path: str) -> frozenset[str]:
    """Return the ids of the sessions in the database at a path.

    Raises:
        InvalidSession: the database is locked or damaged, or has another schema.
        OSError: it cannot be read or copied.
    """
    try:
        with opened(b"", path) as database:
            return frozenset(str(row[0]) for row in database.execute("SELECT id FROM session"))
    except sqlite3.Error as error:
        raise InvalidSession(f"the database cannot be read: {error}", source=path) from None


def _document(database: sqlite3.Connection, session: str, about: str) -> str:
    """Return the document of one session."""
    messages = []
    for message, time, data in database.execute(_MESSAGES, (session,)).fetchall():
        info = _with_ids(data, id=message, sessionID=session)
        parts = [
            _with_ids(text, id=part, messageID=message, sessionID=session)
            for part, text in database.execute(_PARTS, (message,)).fetchall()
        ]
        when = time if isinstance(time, int) else 0
        messages.append((when, str(message), f'{{"info":{info},"parts":[{",".join(parts)}]}}'))
    if database.execute(_LOG).fetchone():
        messages += _removed(database, session)
    said = ",\n".join(text for _, _, text in sorted(messages))
    return f'{{"info":{about},"messages":[\n{said}\n]}}\n'


def _removed(database: sqlite3.Connection, session: str) -> Iterator[tuple[int, str, str]]:
    """Yield time, id and text of the messages that are in the log of events alone."""
    newest = dict(database.execute(_REMOVED, (session, session)).fetchall())
    for message, info in newest.items():
        value = _object(info)
        time = mapping(value.get("time")).get("created")
        if not isinstance(message, str) or not isinstance(time, int):
            continue
        parts = dict(database.execute(_REMOVED_PARTS, (session, message)).fetchall())
        made = {
            "info": {"id": message, "sessionID": session, **value},
            "parts": [_object(one) for _, one in sorted(parts.items()) if _object(one)],
            "removed": True,
        }
        yield time, message, write_value(made)


def _object(text: object) -> dict[str, object]:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {}


def _with_ids(text: object, **ids: str) -> str:
    """Return the JSON object of a column with the ids that are columns of their own.

    Raises:
        InvalidSession: it is no JSON object.
    """
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(text, str) or not isinstance(value, dict):
        raise InvalidSession(f"the data of {next(iter(ids.values()))} is no JSON object")
    return _joined(write_value(ids), text.strip()[1:-1].strip())


def _joined(start: str, members: str) -> str:
    """Return a JSON object with further members at its end."""
    return f"{start[:-1]},{members}}}" if members else start
