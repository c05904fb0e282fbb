"""Ends of conversations where somebody has to go on, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from porcelain.repo.reader import RepoReader
from porcelain.transcript.format_table import format_named
from porcelain.transcript.reading.message_parts import has_failed, parts_of
from porcelain.transcript.row import Row
from store.document.row_format import name_at
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE
from store.tree_layout.layout import read_session

Reason = Literal["awaiting_assistant", "unanswered_call", "failed_tool"]

_MOST_ROWS = 200
_BY_TIME = (
    "SELECT roots.pos FROM roots JOIN commits ON commits.pos = roots.pos "
    "WHERE mark = 'visible' ORDER BY time DESC, roots.pos DESC"
)


class OpenHead(NamedTuple):
    """A head that is open: its position, why, and the tools that this is about."""

    position: int
    reason: Reason
    tools: tuple[str, ...] = ()


def open_heads(repo: RepoReader) -> Iterator[OpenHead]:
    """Yield the heads that are open, newest first; those that cannot be read are left out."""
    for (position,) in repo.index.query(_BY_TIME):
        try:
            found = _open(repo, position)
        except (InvalidSession, ObjectError):
            continue
        if found is not None:
            yield found


def _open(repo: RepoReader, position: int) -> OpenHead | None:
    last = _last_messages(repo, position)
    if not last:
        return None
    newest = last[-1]
    names = _calls(last)
    answered = {call for row in last for call in row.results}
    waiting = tuple(name for call, name in names.items() if call not in answered)
    if waiting and newest.role in ("assistant", "tool"):
        return OpenHead(position, "unanswered_call", waiting)
    if newest.role == "tool" and has_failed(newest):
        failed = tuple(names[call] for call in newest.results if call in names)
        return OpenHead(position, "failed_tool", failed)
    if newest.role in ("user", "tool"):
        return OpenHead(position, "awaiting_assistant")
    return None


def _calls(rows: Sequence[Row]) -> dict[str, str]:
    """Return the names of the tools that the last rows call, by the ids of the calls."""
    names: dict[str, str] = {}
    for row in rows:
        known = {call.id: call.name for call in parts_of(row).calls} if row.calls else {}
        names |= {call: known.get(call, "a tool") for call in row.calls}
    return names


def _last_messages(repo: RepoReader, position: int) -> list[Row]:
    """Return the messages from the last prompt on, or the last ones of a long turn."""
    row = repo.row(position)
    if row.problem is not None or row.tree == EMPTY_TREE:
        return []
    session = read_session(repo.repository, row.tree)
    found: list[Row] = []
    for place in range(session.rows - 1, max(-1, session.rows - 1 - _MOST_ROWS), -1):
        try:
            read = format_named(name_at(session.format, place)).read_row(
                session.messages[place].raw
            )
        except InvalidSession:
            continue
        if read.role is not None:
            found.append(read)
        if read.prompt:
            break
    return found[::-1]
