"""Decide how an agent goes on with a conversation: in a file of its own, or in a new one."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.agents.found import Found, found_sessions
from porcelain.exchange.agents.table import AGENTS, Agent, Places, agent_named, agent_of
from porcelain.exchange.resume.git_head import checked_out
from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer, writer_of
from porcelain.transcript.formats import format_named
from store.session.session import Session


class Asked(NamedTuple):
    """What is to be resumed, and where.

    `own_ids` are the native ids of the files in which the conversation's own session came in, and
    `used_ids` those of all files of its format. `here` is the current folder, `now` an ISO time in UTC. `edited` returns the places of rows that
    differ from those that the agent wrote.
    """

    session: Session
    agent: Agent
    places: Places
    own_ids: Collection[str]
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
    """Return the agent that resumes a conversation, by default that of its format.

    Raises:
        UnknownAgent: there is none of this name.
        Refused: no agent, or not this one, resumes conversations of this format.
    """
    format_name = session.format if isinstance(session.format, str) else ""
    agent = agent_named(name) if name is not None else agent_of(format_name)
    if not format_name or agent is None:
        what = f"in the format {format_name}" if format_name else "in several formats"
        raise Refused(f"The conversation is {what}, which no known agent resumes")
    if agent.format != format_name:
        own = agent_of(format_name)
        is_able = own is not None and writer_of(own) is not None
        hint = f"`--agent {own.name}` resumes it" if is_able and own is not None else ""
        raise Refused(
            f"{agent.title} resumes conversations in the format {agent.format}; "
            f"this one is in the format {format_name}",
            *filter(None, [hint]),
        )
    if writer_of(agent) is None:
        able = ", ".join(one.title for one in AGENTS.values() if writer_of(one) is not None)
        raise Refused(
            f"Files of {agent.title} cannot be written; those of these agents can: {able}",
            "`wj export` writes the conversation as its agent wrote it",
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
    made = writer.write(wanted)
    messages = writer.messages(made.data)
    if not messages:
        raise Refused(
            "There is no message in the conversation that its agent could send",
            "Where it is a sub-agent's, resume the conversation that started it",
        )
    lines = (messages, writer.messages(asked.session.to_bytes()))
    ahead: list[str] = []
    for one in found:
        if one.part or one.native_id not in asked.own_ids:
            continue
        places = {writer.place(top, one.native_id, folder): folder for folder in reversed(folders)}
        there = _read_messages(writer, one.path)
        if there is None:
            continue
        if there in lines and one.path in places:
            return _plan(agent, one.native_id, one.path, places[one.path], None)
        if list(there[: len(messages)]) == list(messages):
            ahead.append(one.path)
    if ahead:
        made = made._replace(remarks=(*made.remarks, _said_of(ahead)))
    return _plan(agent, native_id, writer.place(top, native_id, project), project, made)


def _said_of(ahead: Sequence[str]) -> str:
    """Return a remark about files of the session that go on behind the conversation."""
    more = f" and {counted(len(ahead) - 1, 'other file')}" if len(ahead) > 1 else ""
    return f"The agent went further in {plain(ahead[0], None)}{more}; `wj import` brings that in"


def _plan(agent: Agent, native_id: str, path: str, project: str, made: Resumed | None) -> Plan:
    writer = writer_of(agent)
    assert writer is not None
    folder = project if agent.project_folder is not None else None
    return Plan(agent, native_id, path, folder, agent.command(writer.handle(path)), made)


def _projects(writer: Writer, asked: Asked) -> Sequence[str]:
    """Return the folders in which the agent may run: the conversation's own, then the current."""
    own = [folder for folder in writer.projects(asked.session) if os.path.isdir(folder)]
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


def _read_messages(writer: Writer, path: str) -> Sequence[object] | None:
    try:
        with open(path, "rb") as file:
            return writer.messages(file.read())
    except OSError:
        return None
