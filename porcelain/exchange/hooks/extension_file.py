"""An extension of ours, for agents that call no program at the end of a turn but load JavaScript.

The whole file is ours. A file of its name that is not is left alone, and so is one that the user
has changed.
"""

from __future__ import annotations

import json
import shlex

from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.exchange.hooks.table import Extension
from porcelain.exchange.hooks.user_file import Change, UserFile

_HEAD = """\
// Tells `wj` that {title} has ended a turn. `wj agent setup {agent}` has written this file,
// `wj agent remove {agent}` removes it.
import {{ spawn }} from "node:child_process";

const COMMAND = """
_POKE = """;

// Starts a program and waits for nothing. The turn goes on, whatever is wrong.
function poke(note) {
  try {
    const stdio = ["pipe", "ignore", "ignore"];
    const child = spawn(COMMAND[0], COMMAND.slice(1), { cwd: "/", detached: true, stdio });
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify(note));
    child.stdin.unref?.();
    child.unref();
  } catch {}
}

"""


class ExtensionFile(UserFile):
    """The file with the extension of one agent."""

    def __init__(self, extension: Extension, title: str, path: str, records: str) -> None:
        """Read nothing yet; `title` is the agent's name in sentences."""
        super().__init__(extension.agent, path, records)
        self._head = _HEAD.format(title=title, agent=extension.agent)
        self._tail = _POKE + extension.listener

    def command(self) -> str:
        """Return the command that the extension starts; "" if it is missing or not ours."""
        try:
            return self._command_of(self._read()[0])
        except Refused:
            return ""

    def plan_setup(self, command: str) -> Change:
        """Return the change that writes the extension, in place of an earlier one of ours.

        Raises:
            Refused: there is a file of another kind, or one that the user has changed.
        """
        text, state = self._read()
        made = f"{self._head}{json.dumps(shlex.split(command), ensure_ascii=False)}{self._tail}"
        if text == made:
            return Change(self.path, text, text, "", state)
        if text and not self._is_ours(text):
            raise self._refused("Move it away, so that ours can be written")
        return Change(self.path, text, made, made, state, state.key is None)

    def plan_removal(self) -> Change:
        """Return the change that removes the extension.

        Raises:
            Refused: the user has changed it.
        """
        text, state = self._read()
        if not self._is_ours(text):
            if text.startswith(self._head.partition("\n")[0]):
                raise self._refused("Remove it by hand")
            return Change(self.path, text, text, "", state)
        record = self._recorded()
        is_new = not record or bool(record.get("new"))
        return Change(self.path, text, None if is_new else "", "", state)

    def _is_ours(self, text: str) -> bool:
        return bool(self._command_of(text)) or text == self._recorded().get("added")

    def _command_of(self, text: str) -> str:
        """Return the command in the text of an extension that nobody has changed; "" for others."""
        if not (text.startswith(self._head) and text.endswith(self._tail)):
            return ""
        try:
            words = json.loads(text[len(self._head) : -len(self._tail)])
        except (ValueError, RecursionError):
            return ""
        is_command = isinstance(words, list) and all(isinstance(one, str) for one in words)
        return shlex.join(words) if is_command else ""

    def _refused(self, hint: str) -> Refused:
        return Refused(f"{plain(self.path, None)} is no extension as `wj` wrote it", hint)
