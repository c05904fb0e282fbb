"""Output of a command with commit ids as `#`, and the texts and titles of conversations."""

from __future__ import annotations

import re

from tests.porcelain.cli.sandbox import Sandbox

_ID = re.compile(r"\bc\d+\.+(?=\s|$|`)", re.MULTILINE)


def said(box: Sandbox, line: str, stdin: bytes = b"") -> str:
    """Run a command line and return its output on a terminal, without ids."""
    return without_ids(box.wj(line, stdin))


def without_ids(text: str) -> str:
    """Return a text with commit ids as `#`."""
    return _ID.sub("#", text)


def prompts(box: Sandbox, rev: str = "@") -> list[str]:
    """Return the prompts of the whole conversation that a commit holds, as it is exported."""
    return re.findall(r'"content": ?"([^"]*)"', box.ok(f"export {rev}"))


def line_of(box: Sandbox, rev: str = "@") -> list[str]:
    """Return the titles from a commit down to the root."""
    return box.titles(f"::({rev}) ~ root()")


def listed_sessions(box: Sandbox, *options: str) -> list[str]:
    """Return the first word of each entry of `wj session list`."""
    listed = box.run("session", "list", *options).out
    return [line.split(": ")[0] for line in listed.splitlines()]
