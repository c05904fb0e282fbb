"""The names that Claude Code gives to the folder of a project and to the files in it.

Source: `_sanitize_path` and `_simple_hash` of claude-agent-sdk, and runs of Claude Code. The
program and its SDK use different hashes for a path that is too long, so an existing folder with
the right beginning is taken before one is made.
"""

from __future__ import annotations

import os
import re
import unicodedata

from porcelain.transcript.claude.native_id import SUB_AGENT

LONGEST = 200
"""Characters of a folder's name before its hash."""

_OTHER = re.compile(r"[^a-zA-Z0-9]")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def claude_folder(project: str) -> str:
    """Return the folder's name for a project's path; links in the path are resolved."""
    path = unicodedata.normalize("NFC", os.path.realpath(project))
    name = _OTHER.sub("-", _utf16(path))
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}-{_hash(path)}"


def claude_id(below: str) -> str:
    """Return the native id of a file by its path below the folder of all projects.

    A sub-agent's file is in a folder of the session that started it.
    """
    _, *session, name = below.split("/")
    stem = name.partition(".")[0]
    return f"{session[0]}{SUB_AGENT}{stem.removeprefix('agent-')}" if session else stem


def existing_folder(folder: str, name: str) -> str:
    """Return the path of a project's folder in `folder`, which may be missing.

    Of a name that is too long, an existing folder with the same beginning is the project's.
    """
    path = os.path.join(folder, name)
    if len(name) <= LONGEST or os.path.isdir(path):
        return path
    beginning = name[: LONGEST + 1]
    try:
        found = sorted(one for one in os.listdir(folder) if one.startswith(beginning))
    except OSError:
        return path
    return os.path.join(folder, found[0]) if found else path


def _utf16(path: str) -> str:
    """Return a path with two characters for each that needs two units in UTF-16."""
    return "".join(c if ord(c) < 0x10000 else "--" for c in path)


def _hash(path: str) -> str:
    """Return the SDK's hash of a path: 32 bits of `h * 31 + c`, without sign, in base 36."""
    value = 0
    for char in path:
        value = (value * 31 + ord(char)) & 0xFFFFFFFF
    value = min(value, 0x100000000 - value)
    digits = ""
    while value:
        value, rest = divmod(value, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
