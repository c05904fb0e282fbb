"""jj as a tool to compare with: one process a command, its clock and chance fixed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.differential.tools.jj_files import JjFiles
from tests.differential.tools.shown import Answer, Shown, Void

_START = "2026-03-12T{hour:02}:{minute:02}:{second:02}+00:00"
_GRIEF = (101, 255)
"""How jj ends after a panic and an internal error."""

Filter = Callable[[list[str]], list[str]]


def jj_program() -> str:
    """Return the path of jj, or skip the test where there is none."""
    found = shutil.which("jj")
    if found is None:
        pytest.skip("the comparison with jj (`cargo install --locked jj-cli` puts it on the PATH)")
    return found


def moment(count: int) -> str:
    """Return a time that is a second later for each command."""
    return _START.format(hour=10 + count // 3600, minute=count // 60 % 60, second=count % 60)


def script_line(variables: Mapping[str, str], words: list[str]) -> str:
    """Return the line of a shell script that sets variables and runs a command, if there is one."""
    return " ".join([*(f"{k}={shlex.quote(v)}" for k, v in variables.items()), shlex.join(words)])


_FIXED = {
    "JJ_CONFIG": "../empty.toml",
    "JJ_USER": "Ada",
    "JJ_EMAIL": "ada@example.org",
    "JJ_OP_USERNAME": "ada",
    "JJ_OP_HOSTNAME": "host",
    "JJ_EDITOR": "false",
}


class Jujutsu:
    """A jj repository at `folder`/`name`; its first change has the title `first`.

    `change` may tamper with each command: so it is seen that a difference is found.
    """

    def __init__(
        self, folder: Path, first: str, *, name: str = "jj", seed: int = 0, change: Filter = list
    ) -> None:
        """Make the repository."""
        self.program = jj_program()
        self.folder = folder
        self.path = folder / name
        self.files = JjFiles(self.path)
        self.seed = seed
        self.change = change
        self.count = 0
        (folder / "empty.toml").touch()
        self.preparation = [f"touch empty.toml; mkdir {name}; cd {name}"]
        self.preparation.append(f"export {script_line(_FIXED, [])}")
        self.path.mkdir()
        for words in (["git", "init", "--no-colocate", "."], ["describe", "-m", first]):
            done = self.begin(words)()
            assert done.is_done, done.text
            self.preparation.append(done.line)

    def begin(self, words: list[str]) -> Callable[[], Answer]:
        """Start a command; see `Tool`."""
        self.count += 1
        now = moment(self.count)
        variables = {
            "JJ_TIMESTAMP": now,
            "JJ_OP_TIMESTAMP": now,
            "JJ_RANDOMNESS_SEED": str(self.seed * 100_000 + self.count),
        }
        changed = self.change(words)
        if words[0] != "git":
            changed = ["--ignore-working-copy", *changed]
        process = subprocess.Popen(
            [self.program, *changed],
            cwd=self.path,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)} | _FIXED | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

        def finish() -> Answer:
            text = process.communicate()[1].decode()
            if process.returncode in _GRIEF:
                raise Void(text)
            return Answer(process.returncode, text, script_line(variables, ["jj", *changed]))

        return finish

    def shown(self) -> Shown:
        """Read the newest state, after letting jj merge what was done at once."""
        if len(self.files.operations()) > 1:
            done = self.begin(["op", "log", "-n", "1"])()
            if not done.is_done:
                raise Void(done.text)
        (operation,) = self.files.operations()
        return self.files.shown(operation)
