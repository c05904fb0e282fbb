"""bash with `wj` in a terminal of tmux, at any width, driven by keys."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.harness.places import ROOT
from tests.porcelain.transcript.claude_rows import Chat

_START = """\
wj() {{ {python} -m porcelain "$@"; }}
eval "$(wj util completion bash)"
PS1='$ '
clear
"""


class Shell:
    """bash in a tmux server of its own, in `folder`."""

    def __init__(self, folder: Path, width: int, height: int, env: Mapping[str, str]) -> None:
        """Start it, with `wj` and its completion."""
        self._tmux = ("tmux", "-S", os.fspath(folder / f"tmux{width}"), "-f", "/dev/null")
        self._env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": os.fspath(ROOT), **env}
        start = folder / "start.sh"
        start.write_text(_START.format(python=shlex.quote(sys.executable)))
        command = shlex.join(("bash", "--rcfile", os.fspath(start), "-i"))
        size = ("-x", str(width), "-y", str(height), "-c", os.fspath(folder))
        self._run("new-session", "-d", *size, command)
        try:
            self.ready()
        except AssertionError:
            self.close()
            raise

    def _run(self, *words: str) -> str:
        return subprocess.run(
            [*self._tmux, *words], capture_output=True, text=True, env=self._env, check=True
        ).stdout

    def screen(self, *, colors: bool = False) -> str:
        """Return what is shown, on request with colour codes."""
        return self._run("capture-pane", "-p", *(("-e",) if colors else ()))

    def type(self, text: str, *keys: str) -> None:
        """Type a text, and press keys such as `Enter` after it."""
        if text:
            self._run("send-keys", "-l", "--", text)
        for key in keys:
            self._run("send-keys", key)

    def wait(self, text: str, *, colors: bool = False) -> str:
        """Wait until a text is on the screen; return the screen."""
        for _ in range(600):
            if text in self.screen():
                return self.screen(colors=colors)
            time.sleep(0.05)
        raise AssertionError(f"no {text!r} on the screen:\n{self.screen()}")

    def ready(self) -> str:
        """Wait until the shell waits for a command; return the screen."""
        for _ in range(600):
            screen = self.screen()
            if screen.rstrip().split("\n")[-1].rstrip() == "$":
                return screen
            time.sleep(0.05)
        raise AssertionError(f"no prompt:\n{self.screen()}")

    def clear(self) -> None:
        """Empty the screen, when the shell waits."""
        self.ready()
        self.type("", "C-l")
        self.ready()

    def close(self) -> None:
        """End the server and all that runs in it."""
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)


def session(shell: Shell, folder: Path) -> dict[str, str]:
    """Look, page, complete, edit and import; return the screen at each step, with colours."""
    shots: dict[str, str] = {}
    shell.type("wj log", "Enter")
    shell.wait("root()")
    shell.ready()
    shots["log"] = shell.screen(colors=True)
    shell.clear()
    shell.type("wj cat with-jitter", "Enter")
    shots["pager"] = shell.wait("\n:", colors=True)
    shell.type("q")
    shell.clear()
    shell.type("wj log -r '::with-", "Tab", "Tab")
    shell.wait("::with-library")
    shell.type("j", "Tab")
    shots["completion"] = shell.wait("'::with-jitter", colors=True)
    shell.type("-n 1", "Enter")  # bash has closed the quotation
    shell.clear()
    shell.type("wj describe", "Enter")
    shots["editor"] = shell.wait("WJ: This describes", colors=True)
    shell.type("A title from the editor", "Escape")
    shell.type(":wq", "Enter")
    shell.wait("Working copy")
    shell.clear()
    many(folder / "many")
    shell.type("wj import many", "Enter")
    shots["progress"] = shell.wait("Importing [##", colors=True)
    shell.ready()
    return shots


def many(folder: Path, count: int = 1000) -> None:
    """Write transcripts whose import takes seconds."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        chat = Chat(f"s{number}", f"s{number}-")
        for turn in range(1, 6):
            chat.turn(turn)
        (folder / f"s{number}.jsonl").write_bytes(chat.data())
