"""Commands that the browser runs: `wj` itself, so that each action is the operation that it makes."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import Any, NamedTuple

from porcelain.cli.run.params import Globals


class Outcome(NamedTuple):
    """A command line as a user would type it, whether it succeeded, and what it printed."""

    line: str
    ok: bool
    text: str

    @property
    def summary(self) -> str:
        """The line of its error, or else the first line that it printed."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("Error")]
        return next(iter([*errors, *lines]), "Done" if self.ok else "It failed")


class Runner:
    """Runs `wj` on one repository, as this process's own options say.

    Repository and workspace are given as variables: options would be recorded with each operation.
    """

    def __init__(self, path: str, options: Globals) -> None:
        """Keep the options of the process that reach a command."""
        self._start = ["env", f"WJ_REPO={path}"]
        if options.workspace is not None:
            self._start.append(f"WJ_WORKSPACE={options.workspace}")
        # -P: a folder `porcelain` where the user stands is not this program.
        self._start += [sys.executable, "-P", "-m", "porcelain"]
        self._config: list[str] = []
        for name, value in options.layers:
            self._config += [f"--{name.replace('_', '-')}", value]

    def run(self, *words: str, color: bool = False) -> Outcome:
        """Run a command to its end, without a terminal; both of its streams are the text."""
        options = [*self._config, *(("--color", "always") if color else ())]
        done = subprocess.run(
            [*self._start, words[0], *options, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        text = done.stdout.decode("utf-8", "replace")
        return Outcome(shlex.join(("wj", *words)), done.returncode == 0, text)

    def data(self, *words: str) -> Any:
        """Run a command with `--json` and return its data; None if it failed."""
        done = self.run(words[0], "--json", *words[1:])
        try:
            return json.loads(done.text)["data"] if done.ok else None
        except (ValueError, KeyError):
            return None
