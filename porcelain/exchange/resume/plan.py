"""Decide how an agent goes on with a conversation: in a file of its own, or in a new one."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import NamedTuple

from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.agents.found import Found, found_sessions
from porcelain.exchange.agents.table import AGENTS, Agent, Places, agent_named, agent_of
from porcelain.exchange.resume.git_head import checked_out
from porcelain.exchange.resume.resumed import (
    Resumed,
    Wanted,
    Writer,
    recorded_project,
    writer_of,
)
from porcelain.exchange.resume.said_messages import can_be_sent, converted, messages_in
from porcelain.transcript.format_table import format_named
from store.document.row_format import runs_of
from store.session.session import Session


class Asked(NamedTuple):
    """The conversation to be resumed, and its place.

    `own_ids` are the native ids of the files in which the conversation's own session came in, and
    `used_ids` those of all files of its format; `is_own` tells that a file at a path is one of the
    former. `here` is the current folder, `now` an ISO time in UTC. `edited` returns the places of rows that
    differ from those that the agent wrote.
    """

    session: Session
    agent: Agent
    places: Places
    own_ids: Collection[str]
    is_own: Callable[[str], bool]
    used_ids: Collection[str]
    here: str
    now: str
    random: Callable[[int], bytes]
    edited: Callable[[], Collection[int]]


class Plan(NamedTuple):
    """How the agent is started, and the file that has to be written first, or None.

    `project` is the folder to start the agent in; None if any will do.
    """

    agent: Agent
    native_id: str
    path: str
    project: str | None
    command: tuple[str, ...]
    file: Resumed | None


def agent_for(session: Session, name: str | None) -> Agent:
    """Return the agent that resumes a conversation, by default that of its last messages.

    Raises:
        UnknownAgent: there is none of this name.
        Refused: the project writes no files for the agent, or there is none of the format.
    """
    last, _ = runs_of(session.format, session.rows)[-1]
    agent = agent_named(name) if name is not None else agent_of(last)
    able = ", ".join(one.name for one in AGENTS.values() if writer_of(one) is not None)
    if agent is None:
        raise Refused(
            f"No known agent resumes conversations in the format {last}",
            f"`--agent NAME` converts it for one of these: {able}",
        )
    if writer_of(agent) is None:
        raise Refused(
            f"Files of {agent.title} cannot be written; those of these agents can: {able}",
            "`--agent NAME` converts the conversation for one of them",
        )
    return agent


def plan_resume(asked: Asked) -> Plan:
    """Return how the agent goes on with a conversation; nothing is written.

    Raises:
        Refused: there is no message that the agent could send.
    """
    agent = asked.agent
    writer = writer_of(agent)
    assert writer is not None  # `agent_for` has looked
    top = agent.sessions_folder(asked.places)
    folders = _projects(writer, asked)
    project = folders[0]
    found = sorted(found_sessions(asked.places, [agent]), key=lambda one: -one.mtime)
    native_id = _fresh_id(asked, found)
    wanted = Wanted(
        session=asked.session,
        native_id=native_id,
        project=project,
        branch=checked_out(project),
        now=asked.now,
        edited=asked.edited(),
    )
    is_own = asked.session.format == agent.format
    read = writer.messages if is_own else partial(messages_in, format_name=agent.format)
    made = _written(writer, wanted, agent.format) if is_own else converted(wanted, agent.format)
    messages = read(made.data)
    if not messages:
        raise Refused(
            "There is no message in the conversation that its agent could send",
            "Where it is a sub-agent's, resume the conversation that started it",
        )
    lines = (messages, read(asked.session.to_bytes()) if is_own else None)
    ahead: list[str] = []
    for one in found:
        if one.part or not (one.native_id in asked.own_ids or asked.is_own(one.path)):
            continue
        places = {
            writer.place(top, one.native_id, folder, asked.now): folder
            for folder in reversed(folders)
        }
        there = _read_messages(read, one.path)
        if there is None:
            continue
        if there in lines and (writer.anywhere or one.path in places):
            return _plan(agent, one.native_id, one.path, places.get(one.path, project), None)
        if list(there[: len(messages)]) == list(messages):
            ahead.append(one.path)
    if ahead:
        made = made._replace(remarks=(*made.remarks, _said_of(ahead)))
    path = writer.place(top, native_id, project, asked.now)
    return _plan(agent, native_id, path, project, made)


def _written(writer: Writer, wanted: Wanted, format_name: str) -> Resumed:
    """Return a conversation in its agent's own format as a file that a service does not refuse."""
    made = writer.write(wanted)
    if writer.cuts:
        return made
    is_whole = not wanted.edited and can_be_sent(writer.messages(made.data) or ())
    return made if is_whole else converted(wanted, format_name)


def _said_of(ahead: Sequence[str]) -> str:
    """Return a remark about files of the session that go on behind the conversation."""
    more = f" and {counted(len(ahead) - 1, 'other file')}" if len(ahead) > 1 else ""
    return f"The agent went further in {plain(ahead[0], None)}{more}; `wj import` brings that in"


def _plan(agent: Agent, native_id: str, path: str, project: str, made: Resumed | None) -> Plan:
    writer = writer_of(agent)
    assert writer is not None
    folder = project if agent.in_project else None
    return Plan(agent, native_id, path, folder, agent.command(writer.handle(path)), made)


def _projects(writer: Writer, asked: Asked) -> Sequence[str]:
    """Return the folders in which the agent may run: the conversation's own, then the current."""
    named = [*writer.projects(asked.session), *recorded_project(asked.session)]
    own = [folder for folder in dict.fromkeys(named) if os.path.isdir(folder)]
    return [*own, asked.here]


def _fresh_id(asked: Asked, found: Sequence[Found]) -> str:
    """Return an id that no file has: the fork's own, if it was never used."""
    format_ = format_named(asked.agent.format)
    taken = {*asked.used_ids, *(one.native_id for one in found)}
    own = asked.session.id
    is_fork = isinstance(asked.session.header.get("parent_id"), str)
    if is_fork and format_.is_native_id(own) and own not in taken:
        return own
    while True:
        made = format_.fresh_native_id(asked.random(4).hex(), asked.random)
        if made not in taken:
            return made


def _read_messages(
    read: Callable[[bytes], Sequence[object] | None], path: str
) -> Sequence[object] | None:
    try:
        with open(path, "rb") as file:
            return read(file.read())
    except OSError:
        return None
