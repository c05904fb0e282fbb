"""Sub-agents' conversations: the sessions and the messages that started them.

A sub-agent answers a tool call: the call's result in the parent's conversation names the agent.
"""

from __future__ import annotations

from typing import NamedTuple

from porcelain.graph.native_ids import commit_adding, heads_of
from porcelain.index.view_rows import names_at
from porcelain.model.message_numbers import MessageNumbers
from porcelain.model.view_value import SESSIONS
from porcelain.transcript.format_table import format_named
from porcelain.transcript.row import Row, first_line
from store.document.agent_facts import Conversation
from store.document.row_format import names_by_row
from store.errors import InvalidSession, ObjectError
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.index.commit_index import Index
from store.session.session import Session
from store.tree_layout.layout import read_session

_SESSIONS = (
    "SELECT view_rows.key, conversations.{} FROM conversations "
    "JOIN commits ON commits.conversation = conversations.id "
    f"JOIN view_rows ON part = '{SESSIONS}' AND value = lower(hex(commits.id)) WHERE {{}}"
)


class Start(NamedTuple):
    """The message that started a sub-agent: its session, commit, number from 1, id and text.

    `number` is None where the message is not found.
    """

    session: str
    commit: CommitId
    number: int | None = None
    native_id: str | None = None
    text: str = ""


def sub_agent_sessions(index: Index) -> dict[str, str]:
    """Return the sessions of sub-agents, each with the session that started it."""
    started = index.query(_SESSIONS.format("started_by", "started_by != ''"))
    if not started:
        return {}
    natives = [*{native for _, native in started}]
    parents = index.query_among(_SESSIONS.format("native", "native IN ({})"), natives)
    names = {native: name for name, native in sorted(parents, reverse=True)}
    return {name: names[native] for name, native in started if names.get(native, name) != name}


def start_of(index: Index, child: Conversation) -> Start | None:
    """Return the message that started a sub-agent; None where the parent is not here.

    Reads the parent's rows.
    """
    agent = child.native_id.removeprefix(child.facts.started_by).removeprefix("/agent-")
    known = None
    for position in heads_of(index, child.facts.started_by):
        row = index.row_at(position)
        names = names_at(index, SESSIONS, row.id)
        if row.tree == EMPTY_TREE or not agent:
            continue
        try:
            session = read_session(index.repository, TreeId(row.tree))
            found = _call(session, agent)
        except (InvalidSession, ObjectError):
            continue
        name = names[0] if names else child.facts.started_by
        if found is not None:
            place, call = found
            number = MessageNumbers.of(session).of_row(place + 1)
            commit = index.row_at(commit_adding(index, row, place)).id
            text = first_line(call.text)
            return Start(name, commit, number, call.native_id, text)
        if names:
            known = known or Start(name, row.id)
    return known


def _call(session: Session, agent: str) -> tuple[int, Row] | None:
    """Return place and row of the call whose result is the first to name an agent."""
    needle = agent.encode("utf-8", "replace")
    formats = names_by_row(session.format, session.rows)
    for place, message in enumerate(session.messages):
        row = _read(formats[place], message.raw) if needle in message.raw else None
        if row is not None and row.results:
            for before in range(place, -1, -1):
                call = _read(formats[before], session.messages[before].raw)
                if call is not None and set(call.calls) & set(row.results):
                    return before, call
            return place, row
    return None


def _read(format_: str, raw: bytes) -> Row | None:
    try:
        return format_named(format_).read_row(raw)
    except InvalidSession:
        return None
