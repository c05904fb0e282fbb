"""The table of hooks: in which file of the user each agent looks, and under which event.

Facts come from the agents themselves: Claude Code 2.1, Codex 0.171, Gemini CLI 0.61, Qwen Code
0.15, Copilot CLI 1.0; of extensions: Pi 0.73, OpenCode 1.18. An agent that is neither in `HOOKS`
nor in `EXTENSIONS` has no hook that could be tested; `wj watch` follows it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from porcelain.exchange.agents.table import AGENTS, Agent, Places

_SECONDS = 10
"""The time limit of a hook, which returns within a fraction of a second."""


class Hook(NamedTuple):
    """Where an agent looks for hooks: a file below its own folder, and the event of a turn's end.

    `per_second` is the unit of its time limits. `key` is the member that holds the command of an
    entry, which is in a group of entries if `is_grouped`. `version` is a member that the file
    needs. `remark` is what the user has to do before the agent obeys.
    """

    agent: str
    file: str
    event: str
    key: str = "command"
    limit: str = "timeout"
    per_second: int = 1
    is_grouped: bool = True
    version: int | None = None
    remark: str = ""

    @property
    def sign(self) -> str:
        """The words by which a command of ours is known."""
        return f" hook {self.agent} --spool "

    def own_folder(self, places: Places) -> str:
        """Return the folder of the agent's settings, which may be missing."""
        return AGENTS[self.agent].own_folder(places)

    def path(self, places: Places) -> str:
        """Return the path of the settings file, which may be missing."""
        return os.path.join(self.own_folder(places), self.file)

    def entry(self, command: str) -> dict[str, object]:
        """Return the entry that calls a command."""
        limit = _SECONDS * self.per_second
        hook: dict[str, object] = {"type": "command", self.key: command, self.limit: limit}
        return {"hooks": [hook]} if self.is_grouped else hook

    def document(self) -> dict[str, object]:
        """Return the content of a settings file without hooks."""
        return {} if self.version is None else {"version": self.version}

    def is_ours(self, entry: object) -> bool:
        """Tell whether an entry calls `wj hook`."""
        return bool(self.command_of(entry))

    def command_of(self, entry: object) -> str:
        """Return the command of an entry that calls `wj hook`; "" for any other."""
        inner = entry.get("hooks") if self.is_grouped and isinstance(entry, dict) else [entry]
        for one in inner if isinstance(inner, list) else ():
            command = one.get(self.key) if isinstance(one, dict) else None
            if isinstance(command, str) and self.sign in command:
                return command
        return ""


class Extension(NamedTuple):
    """An extension that an agent loads: its file below the agent's folder of settings.

    That folder is `folder` below the one that the environment variable `variable` names, which is
    otherwise `top` below the home folder. `listener` is the JavaScript that calls `poke` with a
    note at the end of a turn; the turn's last answer must be stored by then.
    """

    agent: str
    variable: str
    top: str
    folder: str
    file: str
    listener: str
    remark: str = ""

    def own_folder(self, places: Places) -> str:
        """Return the folder of the agent's settings, which may be missing."""
        named = places.variables.get(self.variable, "")
        return os.path.join(named or os.path.join(places.home, self.top), self.folder)

    def path(self, places: Places) -> str:
        """Return the path of the extension, which may be missing."""
        return os.path.join(self.own_folder(places), self.file)


HOOKS: dict[str, Hook] = {
    hook.agent: hook
    for hook in (
        Hook("claude", "settings.json", "Stop"),
        Hook(
            "codex",
            "hooks.json",
            "Stop",
            remark="Codex skips hooks that are not trusted: start `codex`, type `/hooks`, "
            "and trust this one",
        ),
        Hook("gemini", "settings.json", "AfterAgent", per_second=1000),
        Hook("qwen", "settings.json", "Stop", per_second=1000),
        Hook(
            "copilot",
            os.path.join("hooks", "wajutsu.json"),
            "agentStop",
            key="bash",
            limit="timeoutSec",
            is_grouped=False,
            version=1,
        ),
    )
}
"""The hooks in settings files, by the agent's name."""

_PI = """\
export default function (pi) {
  pi.on("agent_end", (_event, context) => {
    try {
      const session = context.sessionManager;
      const path = session.getSessionFile();
      if (path) poke({ transcript_path: path, session_id: session.getSessionId() });
    } catch {}
  });
}
"""
_OPENCODE = """\
export const Wajutsu = async () => ({
  event: async (input) => {
    try {
      const event = input.event;
      if (event.type === "session.idle") poke({ session_id: event.properties.sessionID });
    } catch {}
  },
});
"""
EXTENSIONS: dict[str, Extension] = {
    extension.agent: extension
    for extension in (
        Extension(
            "opencode", "XDG_CONFIG_HOME", ".config", "opencode", "plugins/wajutsu.js", _OPENCODE
        ),
        Extension("pi", "PI_CODING_AGENT_DIR", ".pi/agent", "", "extensions/wajutsu.js", _PI),
    )
}
"""The extensions, by the agent's name."""

_CALLERS: dict[str, Hook | Extension] = {**HOOKS, **EXTENSIONS}
CALLERS = {name: _CALLERS[name] for name in AGENTS if name in _CALLERS}
"""The agents that can be set up, in the order of listings."""


class Retention(NamedTuple):
    """The setting that keeps an agent from deleting sessions: its place, and a value that does."""

    file: str
    member: tuple[str, ...]
    value: str
    deletes: str


RETENTION: dict[str, Retention] = {
    "claude": Retention(
        "settings.json",
        ("cleanupPeriodDays",),
        '"cleanupPeriodDays": 3650',
        "sessions that were not written to for 30 days, or `cleanupPeriodDays`",
    ),
    "gemini": Retention(
        "settings.json",
        ("general", "sessionRetention", "enabled"),
        '"general": {"sessionRetention": {"enabled": false}}',
        "sessions older than 30 days, and files that it takes for damaged",
    ),
}
"""The agents that delete sessions by themselves, as far as that is known."""


def hook_line(agent: Agent, program: Sequence[str], spool: str, repository: str) -> str:
    """Return the command of a hook; all paths are absolute.

    It leaves a mark in the spool. If an importer has promised to look, that is all, and no
    program of `wj` starts; its input is read to the end, since an agent may fail where nobody
    does. Nothing is printed, and the exit code is 0 also if `wj` is missing.
    """
    quote = shlex.quote
    mark = quote(os.path.join(spool, f"{agent.name}.poke"))
    lease = quote(os.path.join(spool, "lease"))
    called = f"hook {agent.name} --spool {quote(spool)} -R {quote(repository)}"
    script = (
        f"{{ true >{mark}; [ {lease} -nt {mark} ] || {shlex.join(program)} {called}; cat; }} "
        ">/dev/null 2>&1; exit 0"
    )
    return f"sh -c {quote(script)}"
