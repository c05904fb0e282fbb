"""What a writer of an agent's file takes, and what it returns.

A writer is a pure function. It changes only what the agent needs in order to send exactly the
conversation's messages, and names each change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from typing import NamedTuple

from porcelain.exchange.agents.table import Agent
from store.session.session import Session


class Wanted(NamedTuple):
    """A conversation to be written: its session, and the file's own facts.

    `native_id` is the fresh id of the file. `project` is the absolute path of the folder in which
    the agent will run, `branch` the git branch there or "". `now` is an ISO time in UTC.
    `edited` has the places of rows that differ from those that the agent wrote.
    """

    session: Session
    native_id: str
    project: str
    branch: str
    now: str
    edited: Collection[int] = ()


class Resumed(NamedTuple):
    """A written file.

    `rows` has, for each row of the file, the place of the conversation's row that it stands for;
    None for a row that the writer made. `remarks` are sentences about what differs.
    """

    data: bytes
    rows: tuple[int | None, ...]
    remarks: tuple[str, ...]


class Writer(NamedTuple):
    """The writer of one format.

    - `write` makes the file.
    - `messages` returns the messages that the agent sends when it resumes a file, and None for a
      file that cannot be resumed; two files with equal ones hold the same conversation.
    - `projects` returns the project folders that a conversation names, the likeliest first.
    - `place` returns the path of a file below the folder of all sessions, by its native id and
      its project.
    - `handle` returns the word by which the agent's command finds a file, by its path.
    """

    write: Callable[[Wanted], Resumed]
    messages: Callable[[bytes], Sequence[object] | None]
    projects: Callable[[Session], Sequence[str]]
    place: Callable[[str, str, str], str]
    handle: Callable[[str], str]


_WRITERS = {
    "claude-code": "porcelain.exchange.resume.claude_file",
    "pawan": "porcelain.exchange.resume.pawan_file",
}


def writer_of(agent: Agent) -> Writer | None:
    """Return the writer of an agent's files; None if it has none."""
    module = _WRITERS.get(agent.format)
    return None if module is None else import_module(module).WRITER


def said(parts: Sequence[str]) -> str:
    """Join parts of a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
