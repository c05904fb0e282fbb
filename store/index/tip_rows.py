"""The facts that listings show of each session: rows of the index, read when somebody lists.

A writer pays nothing for them: the index notes which sessions have moved, and the next listing
reads those. The members of the document that listings select and sort by are declared by those
who open the store; the index holds the fields of all of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.index.commit_index import Index
from store.index.ref_stat_cache import shown_name
from store.objects.commit import MILLISECONDS, Commit, milliseconds, read_commit
from store.objects.objects import ObjectReader
from store.repository.ref_name import SESSIONS
from store.tree_layout.facts import read_members

AFTER_SESSIONS = SESSIONS[:-1] + "0"
_AT_ONCE = 1000
_MOST = 2**63 - 1
_DECLARED = "SELECT value FROM meta WHERE key = 'fields'"


def refresh_tips(index: Index, fields: Collection[str]) -> None:
    """Read the sessions that have moved; call it after `Index.refresh`.

    `fields` are declared members of the document; the index keeps those of earlier calls too.
    """
    while index.query("SELECT 1 FROM stale_tips LIMIT 1") or not _holds(index, fields):
        with index.writing() as connection:
            _declare(index, connection, fields)
            sql = (
                "SELECT stale_tips.name, commits.pos, commits.id, commits.tree, commits.problem, "
                "commits.time, commits.subject FROM stale_tips LEFT JOIN refs USING (name) "
                "LEFT JOIN commits ON commits.pos = refs.pos LIMIT ?"
            )
            declared = declared_fields(index)
            for name, *row in connection.execute(sql, (_AT_ONCE,)).fetchall():
                for table in ("tips", "tip_fields", "stale_tips"):
                    connection.execute(f"DELETE FROM {table} WHERE name = ?", (name,))
                if row[0] is not None:
                    _put(index.repository, connection, name, row, declared)


def rank_of(value: object) -> float | int | str | None:
    """Return a field's value as sqlite sorts it: null and others first, then numbers, then text."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float)):
        return value if isinstance(value, float) or abs(value) <= _MOST else float(value)
    return None


def value_text(value: object) -> str:
    """Return a field's value as the index compares it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _holds(index: Index, fields: Collection[str]) -> bool:
    return {*fields} <= {*declared_fields(index)}


def declared_fields(index: Index) -> list[str]:
    """Return the fields that the index holds."""
    rows = index.query(_DECLARED)
    return list(json.loads(rows[0][0])) if rows else []


def _declare(index: Index, connection: sqlite3.Connection, fields: Collection[str]) -> None:
    known = declared_fields(index)
    if {*fields} <= {*known}:
        return
    text = json.dumps(sorted({*known, *fields}))
    connection.execute("REPLACE INTO meta VALUES ('fields', ?)", (text,))
    sql = "INSERT OR IGNORE INTO stale_tips SELECT name FROM refs WHERE name >= ? AND name < ?"
    connection.execute(sql, (SESSIONS, AFTER_SESSIONS))


def _put(
    reader: ObjectReader,
    connection: sqlite3.Connection,
    name: str,
    row: Sequence[Any],
    declared: list[str],
) -> None:
    position, commit_id, tree, problem, time, subject = row
    ms, message, unread = time * 1000, subject, ""
    headers: tuple[tuple[str, str], ...] = ()
    try:
        commit = read_commit(reader, CommitId(commit_id.hex()))
    except ObjectError as error:
        unread = str(error)
    else:
        ms, message, headers = milliseconds(commit), commit.message, extra_headers(commit)
    read = declared and not problem and not unread
    fields = read_fields(reader, TreeId(tree.hex()), declared) if read else {}
    values = (name, position, commit_id.hex(), max(-_MOST, min(ms, _MOST)), _text(message))
    texts = (json.dumps(headers), json.dumps(fields), _text(unread))
    connection.execute("INSERT INTO tips VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*values, *texts))
    rows = [(key, value_text(value), name, rank_of(value)) for key, value in fields.items()]
    connection.executemany("INSERT INTO tip_fields VALUES (?, ?, ?, ?)", rows)


def extra_headers(commit: Commit) -> tuple[tuple[str, str], ...]:
    """Return a commit's extra headers without the one that holds its time."""
    return tuple(pair for pair in commit.headers if pair[0] != MILLISECONDS)


def read_fields(reader: ObjectReader, tree: TreeId, fields: Collection[str]) -> dict[str, object]:
    """Return the declared members that a session's document has; none if it cannot be read."""
    if tree == EMPTY_TREE:
        return {}
    try:
        return read_members(reader, tree, fields)
    except (InvalidSession, ObjectError, ValueError, RecursionError):
        return {}


def _text(text: str) -> str:
    return shown_name(text).encode("utf-8", "replace").decode()
