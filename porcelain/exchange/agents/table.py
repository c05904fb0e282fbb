"""The table of agents: where each keeps its sessions, and the command that resumes one.

Facts come from the agents themselves: Claude Code 2.1, Codex 0.171, Gemini CLI 0.61, OpenCode
1.18, Qwen Code 0.24, Copilot CLI 1.0, Pi 1.6, pawan 0.5; Cursor's from transcripts that it wrote. A new agent needs only an entry
in `AGENTS`; its sessions are then found, listed and imported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from porcelain.display import plain
from porcelain.errors import PorcelainError
from porcelain.exchange.agents.claude_folder import claude_id

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _named_id(below: str) -> str:
    """Return the first UUID in a file's name, else in its folder's, else the name's beginning."""
    folder, name = os.path.split(below)
    found = _UUID.search(name) or _UUID.search(os.path.basename(folder))
    return found[0] if found else name.partition(".")[0]


_IMPORT_FIRST = 'opencode import "$0" && exec opencode --session "$(basename "$0" .json)"'
ID = "{id}"
"""Stands in `Agent.resumes` for the session: its native id, or the path of its file."""


class Places(NamedTuple):
    """The folders that the environment names: the home folder, and the variables of `AGENTS`."""

    home: str
    variables: Mapping[str, str]


class Agent(NamedTuple):
    """One agent.

    `name` is its word in commands, `title` its name in sentences, `format` the transcript format
    that it writes. `variable` is the environment variable that names its own folder, which is
    otherwise `folder`, below the home folder. Its sessions are in the folder `inside` of that, and
    in the folders `also`. `unit` is what one file is: a session, or a database with several.

    `files` are the paths of sessions below that folder, and `parts` those of conversations that
    belong to a session, such as a sub-agent's: `*` stands for any text without a slash, `**` for
    any number of folders.

    `native_id` returns the native id of a file by its path below that folder.

    `resumes` is the command that goes on with a session; empty if `wj resume` cannot write for
    this agent. `program` is the program that it needs, if not its first word. `in_project` tells
    that the command has to be started in the session's project.
    """

    name: str
    title: str
    format: str
    folder: str
    inside: str
    files: tuple[str, ...]
    variable: str = ""
    also: tuple[str, ...] = ()
    unit: str = "session"
    parts: tuple[str, ...] = ()
    native_id: Callable[[str], str] = _named_id
    resumes: tuple[str, ...] = ()
    program: str = ""
    in_project: bool = True

    def sessions_folder(self, places: Places) -> str:
        """Return the folder with this agent's sessions, which may be missing."""
        return self.sessions_folders(places)[0]

    def own_folder(self, places: Places) -> str:
        """Return the folder of this agent, which may be missing."""
        named = places.variables.get(self.variable, "") if self.variable else ""
        return named or os.path.join(places.home, self.folder)

    def sessions_folders(self, places: Places) -> tuple[str, ...]:
        """Return all folders with this agent's sessions; any of them may be missing."""
        own = self.own_folder(places)
        return tuple(os.path.join(own, inside) for inside in (self.inside, *self.also))

    def command(self, handle: str) -> tuple[str, ...]:
        """Return the words of the command that resumes a session."""
        return tuple(word.replace(ID, handle) for word in self.resumes)


AGENTS: dict[str, Agent] = {
    agent.name: agent
    for agent in (
        Agent(
            name="claude",
            title="Claude Code",
            format="claude-code",
            variable="CLAUDE_CONFIG_DIR",
            folder=".claude",
            inside="projects",
            files=("*/*.jsonl",),
            parts=("*/*/subagents/**/agent-*.jsonl",),
            native_id=claude_id,
            resumes=("claude", "--resume", ID),
        ),
        Agent(
            name="codex",
            title="Codex",
            format="codex",
            variable="CODEX_HOME",
            folder=".codex",
            inside="sessions",
            also=("archived_sessions",),
            files=("**/rollout-*.jsonl", "**/rollout-*.jsonl.zst"),
            resumes=("codex", "resume", ID),
        ),
        Agent(
            name="gemini",
            title="Gemini CLI",
            format="gemini-cli",
            folder=".gemini",
            inside="tmp",
            files=("*/chats/session-*.jsonl",),
            parts=("*/chats/*/*.jsonl",),
            resumes=("gemini", "--session-file", ID),
        ),
        Agent(
            name="opencode",
            title="OpenCode",
            format="opencode",
            variable="XDG_DATA_HOME",
            folder=".local/share",
            inside="opencode",
            unit="database",
            files=("opencode.db",),
            resumes=("sh", "-c", _IMPORT_FIRST, ID),
            program="opencode",
        ),
        Agent(
            name="qwen",
            title="Qwen Code",
            format="qwen-code",
            folder=".qwen",
            inside="projects",
            files=("*/chats/*.jsonl",),
            resumes=("qwen", "--resume", ID),
        ),
        Agent(
            name="copilot",
            title="Copilot CLI",
            format="copilot-cli",
            variable="COPILOT_HOME",
            folder=".copilot",
            inside="session-state",
            files=("*/events.jsonl", "*.jsonl"),
            resumes=("copilot", f"--resume={ID}"),
        ),
        Agent(
            name="pi",
            title="Pi",
            format="pi",
            variable="PI_CODING_AGENT_DIR",
            folder=".pi/agent",
            inside="sessions",
            files=("*/*.jsonl",),
            resumes=("pi", "--session", ID),
        ),
        Agent(
            name="cursor",
            title="Cursor",
            format="cursor",
            folder=".cursor",
            inside="projects",
            files=("*/agent-transcripts/*/*.jsonl",),
            parts=("*/agent-transcripts/*/subagents/*.jsonl",),
        ),
        Agent(
            name="pawan",
            title="pawan",
            format="pawan",
            folder=".pawan",
            inside="sessions",
            files=("*.json",),
            resumes=("pawan", "chat", "--resume", ID),
            in_project=False,
        ),
    )
}
"""Every agent by its name, in the order of listings."""

VARIABLES = (
    *(agent.variable for agent in AGENTS.values() if agent.variable),
    "XDG_CONFIG_HOME",
)
"""The environment variables that move an agent's folder of sessions, or of settings."""


class UnknownAgent(PorcelainError):
    """No agent has this name."""

    code = "unknown_agent"

    def __init__(self, name: str) -> None:
        """Name the agents that there are."""
        super().__init__(f"Agent `{plain(name)}` doesn't exist; known: {', '.join(AGENTS)}")
        self.name = name


def agent_named(name: str) -> Agent:
    """Return the agent with this name.

    Raises:
        UnknownAgent: there is none.
    """
    if name not in AGENTS:
        raise UnknownAgent(name)
    return AGENTS[name]


def agent_of(format_name: str) -> Agent | None:
    """Return the first agent that writes a transcript format, or None."""
    return next((agent for agent in AGENTS.values() if agent.format == format_name), None)
