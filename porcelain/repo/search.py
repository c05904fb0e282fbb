"""Searches the conversations of a repository: each message with the change and session to go on with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from porcelain.errors import Refused, did_you_mean
from porcelain.index.text.find import Found, Place, TextSearch, Wanted
from porcelain.index.view_rows import part_rows
from porcelain.language.scanner import similar_names
from porcelain.language.string_pattern import NamePattern
from porcelain.model.message_numbers import messages_among
from porcelain.model.view_value import SESSIONS, parse_target
from porcelain.repo.reader import RepoReader
from store.errors import InvalidSession, ObjectError
from store.index.commit_index import Index
from store.tree_layout.layout import read_session

_LINES = (
    "WITH RECURSIVE line(pos) AS (VALUES (?) UNION SELECT edges.child FROM line "
    "CROSS JOIN edges ON edges.parent = line.pos "
    "CROSS JOIN commits ON commits.pos = edges.child WHERE commits.visible = 1) "
    "SELECT view_rows.key FROM line CROSS JOIN commits ON commits.pos = line.pos "
    "CROSS JOIN view_rows ON part = ? AND value = lower(hex(commits.id))"
)
_HISTORY = (
    "WITH RECURSIVE line(pos) AS (SELECT value FROM json_each(?) UNION SELECT edges.parent "
    "FROM line CROSS JOIN edges ON edges.child = line.pos WHERE edges.parent > 0) "
    "SELECT pos FROM line"
)


class Hit(NamedTuple):
    """A message that was found, its oldest place, and the nearest session that goes on from it.

    `number` is that of the message in the conversation.
    """

    found: Found
    place: Place
    number: int
    session: str | None


class Scope(NamedTuple):
    """The commits and sessions to search; None means all visible ones."""

    revisions: Iterable[int] | None = None
    session: str | None = None


def search(
    repo: RepoReader, wanted: Wanted, scope: Scope, progress: Callable[[int, int], object] = max
) -> Iterator[Hit]:
    """Yield the messages that pass all tests, newest first, each once.

    `scope.session` is a pattern of names. `progress` is told how many commits have been read,
    and of how many, while the full-text index is brought up to date.

    Raises:
        Refused: no session fits; a pattern is invalid, or takes too long.
    """
    index = repo.index
    pattern = None if scope.session is None else NamePattern.parse(scope.session)
    tests: list[Callable[[int], bool]] = []
    if scope.revisions is not None:
        chosen = frozenset(position for position in scope.revisions if position)
        tests.append(chosen.__contains__)
        sql = "SELECT pos FROM commits WHERE visible = 0 AND pos IN ({})"
        wanted = wanted._replace(hidden=tuple(row[0] for row in index.query_among(sql, chosen)))
    if pattern is not None:
        tests.append(_history(index, pattern).__contains__)
    if tests:
        wanted = wanted._replace(where=lambda position: all(test(position) for test in tests))
    matches = None if pattern is None else pattern.matches
    with closing(TextSearch(index, progress)) as texts:
        for found in texts.find(wanted):
            place = found.places[0]
            yield Hit(found, place, _number(index, place), _session(index, place.row.pos, matches))


def _number(index: Index, place: Place) -> int:
    """Return a message's number in its conversation; that of its row if it cannot be read."""
    row = place.row
    if row.messages == row.rows:
        return place.number
    try:
        session = read_session(index.repository, row.tree)
    except (InvalidSession, ObjectError):
        return place.number
    return messages_among(session, place.number)


def _history(index: Index, pattern: NamePattern) -> frozenset[int]:
    """Return the commits of the sessions whose names fit."""
    rows = part_rows(index, SESSIONS)
    tips = [side for name, value in rows if pattern.matches(name) for side in _sides(value)]
    if not tips:
        names = [name for name, _ in rows]
        similar = similar_names(pattern.text, names[:2000]) if pattern.is_exact else []
        raise Refused(
            f"No session is called `{pattern.text}`" if pattern.is_exact else "No session fits",
            *did_you_mean(similar),
            code="unknown_session",
        )
    sides = [bytes.fromhex(side) for side in tips]
    starts = [
        row[0] for row in index.query_among("SELECT pos FROM commits WHERE id IN ({})", sides)
    ]
    return frozenset(row[0] for row in index.query(_HISTORY, (json.dumps(starts),)))


def _sides(value: str) -> list[str]:
    return [side for side in parse_target(value)[::2] if side]


def _session(index: Index, position: int, matches: Callable[[str], bool] | None) -> str | None:
    """Return the nearest session that holds a commit, of those whose names fit."""
    if matches is None:
        rows = index.query(f"{_LINES} LIMIT 1", (position, SESSIONS))
        return rows[0][0] if rows else None
    names = (row[0] for row in index.query(_LINES, (position, SESSIONS)))
    return next(filter(matches, names), None)
