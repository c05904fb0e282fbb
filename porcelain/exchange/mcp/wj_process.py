"""Commands of `wj`, run as processes for a client that may ask for several at once."""

from __future__ import annotations

import json
import sys
from asyncio import create_subprocess_exec
from collections.abc import Sequence
from subprocess import PIPE
from typing import Any, NamedTuple

from porcelain.errors import Refused

_BEFORE = [sys.executable, "-P", "-m", "porcelain"]


class WjProcess(NamedTuple):
    """Runs commands on one repository, in one workspace.

    Each is a process of its own, so it sees and does what it would from the shell: the user's
    settings, the locks, the operation log. Texts of messages go to its input, not its arguments.
    """

    repository: str
    workspace: str

    async def data(self, *words: str, text: str | None = None) -> Any:
        """Return what a command prints as JSON.

        Raises:
            Refused: the command refused, in its own words.
        """
        return json.loads(await self.text("--json", *words, text=text))["data"]

    async def text(self, *words: str, text: str | None = None) -> str:
        """Return what a command prints, with `text` as its input.

        Raises:
            Refused: the command refused, in its own words.
        """
        given = None if text is None else text.encode("utf-8", "replace")
        options = ["--repository", self.repository, "--workspace", self.workspace, "--no-pager"]
        command = (*_BEFORE, *options, *words)
        process = await create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        printed, said = await process.communicate(given)
        if process.returncode != 0:
            raise _refusal(said.decode("utf-8", "replace"))
        return printed.decode("utf-8", "replace")


def option(name: str, value: object) -> Sequence[str]:
    """Return an option as one word, so that a value is never taken for another option."""
    return () if value in (None, "") else (f"--{name}={value}",)


def _refusal(said: str) -> Refused:
    for line in reversed(said.splitlines()):
        try:
            error = json.loads(line)["error"]
            return Refused(str(error["message"]), *map(str, error["hints"]))
        except (ValueError, KeyError, TypeError):
            continue
    lines = said.strip().splitlines() or ["wj ended without a word"]
    return Refused(lines[0].removeprefix("Error: "), *lines[1:])
