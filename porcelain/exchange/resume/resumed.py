"""The input and the result of a writer of an agent's file.

A writer is a pure function. It changes only what the agent needs in order to send exactly the
conversation's messages, and names each change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from typing import NamedTuple

from porcelain.exchange.agents.table import Agent
from store.document.agent_facts import read_conversation
from store.session.session import Session

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
    None for a row that the writer made. It is empty where the file is in another format than the
    conversation. `remarks` are sentences about what differs.
    """

    data: bytes
    rows: tuple[int | None, ...]
    remarks: tuple[str, ...]


def recorded_project(session: Session) -> Sequence[str]:
    """Return the project folder that an agent recorded for a conversation, if it is a path."""
    folder = read_conversation(session.header).facts.project
    return (folder,) if os.path.isabs(folder) and folder.isprintable() else ()


def id_in_name(path: str) -> str:
    """Return the UUID at the end of a file's name, else the name."""
    name = os.path.basename(path).rpartition(".")[0]
    return _UUID.findall(name)[-1] if _UUID.search(name) else name


class Writer(NamedTuple):
    """The writer of one format.

    - `write` makes the file of a conversation in this format.
    - `messages` returns the messages that the agent sends when it resumes a file, and None for a
      file that cannot be resumed; two files with equal ones hold the same conversation.
    - `place` returns the path of a file below the folder of all sessions, by its native id, its
      project, and the present time.
    - `projects` returns the project folders that a conversation names, the likeliest first.
    - `handle` returns the word by which the agent's command finds a file, by its path.
    - `anywhere` tells that the agent finds a file wherever it lies below that folder.
    - `cuts` tells that `write` leaves out what a service refuses: calls and results alone, and
      thinking whose signature no longer fits. Else a conversation with such things is converted.
    """

    write: Callable[[Wanted], Resumed]
    messages: Callable[[bytes], Sequence[object] | None]
    place: Callable[[str, str, str, str], str]
    projects: Callable[[Session], Sequence[str]] = recorded_project
    handle: Callable[[str], str] = id_in_name
    anywhere: bool = False
    cuts: bool = False


_HERE = "porcelain.exchange.resume.writers"
_WRITERS = {
    "claude-code": "porcelain.exchange.resume.claude_file",
    "codex": f"{_HERE}.codex_file",
    "gemini-cli": f"{_HERE}.gemini_file",
    "opencode": f"{_HERE}.opencode_file",
    "pi": f"{_HERE}.pi_file",
    "qwen-code": f"{_HERE}.qwen_file",
    "copilot-cli": f"{_HERE}.copilot_file",
    "pawan": "porcelain.exchange.resume.pawan_file",
}


def writer_of(agent: Agent) -> Writer | None:
    """Return the writer of an agent's files; None if it has none."""
    module = _WRITERS.get(agent.format)
    return None if module is None else import_module(module).WRITER


def said(parts: Sequence[str]) -> str:
    """Join parts of a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
