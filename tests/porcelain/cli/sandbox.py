"""A user with a home of their own: runs `wj` in this process, with fixed clock and randomness.

Each run is one second later than the one before and has a seed of its own, so the same
commands always print the same. Hex ids are hashes of everything there is; they are shown as
`c1`, `c2`, … padded to their length, by their first appearance, while change ids, which
follow from the seed alone, are shown as they are.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from porcelain.cli.main import main
from tests.porcelain.transcript.claude_rows import Chat

_HEX = re.compile(r"(?<![\w-])(?=[0-9a-f]*[0-9])[0-9a-f]{8,40}(?![\w-])")
_START = "2026-03-12T{hour:02}:{minute:02}:{second:02}+00:00"


class Run(NamedTuple):
    """The result of one command; `both` is the output on a terminal."""

    code: int
    out: str
    err: str
    both: str
    raw: bytes

    @property
    def data(self) -> Any:
        """The data of `--json`."""
        answer = json.loads(self.raw)
        assert answer["schema"] == 1
        return answer["data"]

    @property
    def error(self) -> Any:
        """The error of `--json`."""
        answer = json.loads(self.err)
        assert answer["schema"] == 1
        return answer["error"]


class Sandbox:
    """A repository at `repo`, files in `folder`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.repo = folder / "conversations.git"
        self.patch = monkeypatch
        self.count = 0
        self.ids: dict[str, str] = {}
        for name, value in {
            "WJ_USER": "Ada",
            "WJ_EMAIL": "ada@example.org",
            "WJ_OP_USERNAME": "ada",
            "WJ_OP_HOSTNAME": "host",
            "WJ_REPO": str(self.repo),
            "WJ_DEBUG": "1",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder)

    def run(self, *words: str, stdin: bytes = b"", terminal: bool = False) -> Run:
        """Run one command and return its result; the streams may pass for a terminal."""
        self.count += 1
        minutes, second = divmod(self.count, 60)
        now = _START.format(hour=10 + minutes // 60, minute=minutes % 60, second=second)
        self.patch.setenv("WJ_TIMESTAMP", now)
        self.patch.setenv("WJ_OP_TIMESTAMP", now)
        self.patch.setenv("WJ_RANDOMNESS_SEED", str(self.count))
        with _streams(self.patch, stdin, terminal) as (out, err, both):
            code = main(list(words))
            sys.stdout.flush()
            raw, said, shown = out.getvalue(), err.getvalue().decode(), both.getvalue()
        return Run(
            code,
            self.stable(raw.decode(errors="replace")),
            said if said.startswith("{") else self.stable(said),
            self.stable(shown.decode(errors="replace")),
            raw,
        )

    def wj(self, line: str, stdin: bytes = b"") -> str:
        """Run a command line and return its output on a terminal, with the exit code if not 0."""
        done = self.run(*shlex.split(line), stdin=stdin)
        return done.both + (f"[exit {done.code}]\n" if done.code else "")

    def ok(self, line: str, stdin: bytes = b"") -> str:
        """Run a command line that must succeed; return its output on a terminal."""
        done = self.run(*shlex.split(line), stdin=stdin)
        assert done.code == 0, done.both
        return done.both

    def story(self, *lines: str) -> str:
        """Run command lines and return their output on a terminal."""
        return "".join(f"$ wj {line}\n{self.wj(line)}" for line in lines)

    def json(self, line: str) -> Any:
        """Run a command line with `--json` and return its data."""
        done = self.run(*shlex.split(line), "--json")
        assert done.code == 0, done.both
        assert done.err == ""
        return done.data

    def file(self, name: str, data: bytes) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def chat(self, turns: int, name: str = "chat.jsonl", session: str = "demo") -> Chat:
        """Write a Claude transcript with this many turns, and return it so that it can grow."""
        chat = Chat(session, "" if session == "demo" else f"{session}-")
        for number in range(1, turns + 1):
            chat.turn(number)
        self.file(name, chat.data())
        return chat

    def begin(self, turns: int = 3) -> Chat:
        """Make the repository and import a transcript."""
        chat = self.chat(turns)
        self.ok("init")
        self.ok("import chat.jsonl")
        return chat

    def titles(self, revset: str) -> list[str]:
        """Return the titles of the commits that a revset names, newest first."""
        return [commit["title"] for commit in self.json(f"log -r '{revset}'")]

    def one(self, revset: str) -> Any:
        """Return the data of the one commit that a revset names."""
        (commit,) = self.json(f"log -r '{revset}'")
        return commit

    def sessions(self) -> dict[str, str]:
        """Return each session's title."""
        return {one["name"]: one["commit"]["title"] for one in self.json("session list")}

    def position(self) -> tuple[str | None, str | None]:
        """Return the title of `@`, and the current session."""
        status = self.json("status")
        return status["commit"] and status["commit"]["title"], status["session"]

    def stable(self, text: str) -> str:
        """Return a text with hex ids numbered, the folder as `$DIR`, the home as `~`."""

        def number(match: re.Match[str]) -> str:
            found = match.group()
            if not found.strip("0"):
                return found
            name = self.ids.setdefault(found[:8], f"c{len(self.ids) + 1}")
            return name + "." * (len(found) - len(name))

        for path, name in ((str(self.folder), "$DIR"), (os.environ["HOME"], "~")):
            text = text.replace(path, name)
        return _HEX.sub(number, text)


class _Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal, and shows plain text."""

    def isatty(self) -> bool:
        return True


class _Joined(io.BytesIO):
    """A stream that writes to another one as well."""

    def __init__(self, other: io.BytesIO) -> None:
        super().__init__()
        self.other = other

    def write(self, data: Any) -> int:
        self.other.write(data)
        return super().write(data)


@contextmanager
def _streams(
    patch: pytest.MonkeyPatch, stdin: bytes, terminal: bool = False
) -> Iterator[tuple[io.BytesIO, io.BytesIO, io.BytesIO]]:
    both = io.BytesIO()
    out, err = _Joined(both), _Joined(both)
    stream = _Terminal if terminal else io.TextIOWrapper
    with patch.context() as context:
        context.setattr(sys, "stdin", stream(io.BytesIO(stdin), encoding="utf-8"))
        context.setattr(sys, "stdout", stream(out, encoding="utf-8"))
        context.setattr(sys, "stderr", stream(err, encoding="utf-8", write_through=True))
        yield out, err, both
