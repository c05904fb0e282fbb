"""`wj browse` in a real terminal of 80x24 and of 200x60, driven by tmux without a mouse."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.places import ROOT
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.exchange.page.stories import retries

pytestmark = pytest.mark.browser

SIZES = [(80, 24), (200, 60)]


class Terminal:
    """A terminal with `wj browse` in it, in a tmux server of its own."""

    def __init__(self, folder: Path, repo: Path, width: int, height: int) -> None:
        self._tmux = ("tmux", "-S", os.fspath(folder / "tmux"), "-f", "/dev/null")
        code = f"import sys; sys.path.insert(0, {os.fspath(ROOT)!r}); from porcelain.cli.main import main; sys.exit(main())"
        command = shlex.join((sys.executable, "-c", code, "-R", os.fspath(repo), "browse"))
        self._status = folder / "status"  # tmux may miss that of a program that ends
        command = f"{command}; echo $? > {shlex.quote(os.fspath(self._status))}"
        self._run("new-session", "-d", "-x", str(width), "-y", str(height), command)
        self._run("set-option", "-g", "escape-time", "0")
        self._run("set-option", "-g", "remain-on-exit", "on")

    def _run(self, *words: str) -> str:
        env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": os.fspath(ROOT)}
        done = subprocess.run(
            [*self._tmux, *words], capture_output=True, text=True, env=env, check=True
        )
        return done.stdout

    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        for key in keys:
            self._run("send-keys", key)
            time.sleep(0.05)  # as fast as nobody types; Escape and a letter would be one key

    def type(self, text: str) -> None:
        self._run("send-keys", "-l", text)

    def wait(self, text: str) -> str:
        """Wait until the screen has a text; return the screen."""
        for _ in range(300):
            screen = self.screen()
            if text in screen:
                return screen
            time.sleep(0.1)
        raise AssertionError(f"no {text!r} on the screen:\n{self.screen()}")

    def ended(self) -> str:
        """Wait until the program has ended; return its exit status."""
        for _ in range(300):
            if self._status.exists() and (status := self._status.read_text().strip()):
                return status
            time.sleep(0.1)
        raise AssertionError(f"it did not end:\n{self.screen()}")

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def terminal(request: pytest.FixtureRequest, box: Sandbox) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("`wj browse` in a terminal: tmux is missing (`make browser-test`)")
    pytest.importorskip("textual", reason="`wj browse`: Textual is missing (`make browser-test`)")
    retries(box)
    made = Terminal(box.folder, box.repo, *request.param)
    yield made
    made.close()


def test_twenty_keystrokes_without_a_mouse(box: Sandbox, terminal: Terminal) -> None:
    screen = terminal.wait("The upload test")
    assert "retries" in screen
    assert "with-jitter" in screen
    width = len(max(screen.splitlines(), key=len))
    assert width <= (80 if terminal.screen().count("\n") < 30 else 200)

    terminal.press("m", "Down")  # mark `retries`, go to `with-jitter`
    terminal.press("d")  # their difference
    terminal.wait("They share")
    terminal.press("q", "Enter")  # close it, open `with-jitter`
    terminal.wait(" Add full jitter, please: a random delay between zero and the bound.")
    terminal.press("n", "n", "n", "n", "n", "n", "f")  # fork at its seventh message
    terminal.wait("Fork after message 7")
    terminal.type("mine")
    terminal.press("Enter")
    terminal.wait("$ wj fork --at 7 -- ")
    terminal.wait("Forked session mine")
    terminal.press("Tab", "e")
    terminal.wait("Description of")
    terminal.type("A better title")
    terminal.press("Enter")
    terminal.wait("$ wj describe")
    terminal.wait("A better title")
    terminal.press("u")
    terminal.wait("$ wj undo")
    terminal.press("o")
    assert "undo" in terminal.wait("Operations")
    terminal.press("q", "/")
    terminal.wait("Search everything")
    terminal.type("flaky")
    terminal.press("Enter")
    terminal.wait("Messages with flaky")
    terminal.press("Enter")
    box.ok("session create elsewhere -r retries")  # others write meanwhile
    terminal.wait("elsewhere")
    terminal.press("q")
    assert terminal.ended() == "0"

    assert set(box.sessions()) == {"retries", "with-jitter", "with-library", "mine", "elsewhere"}
