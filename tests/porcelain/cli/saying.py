"""Output of a command with commit ids as `#`, for tests of messages."""

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
