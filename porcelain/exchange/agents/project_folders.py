"""The names that agents other than Claude Code give to the folder of a project.

Measured with the agents: Qwen Code as Claude Code, but never cut; Pi keeps most characters.
"""

from __future__ import annotations

import os
import re

_OTHER = re.compile(r"[^a-zA-Z0-9]")
_SEPARATOR = re.compile(r"[/:\\]")


def qwen_folder(project: str) -> str:
    """Return the folder's name for a project's path; links in the path are resolved."""
    return _OTHER.sub("-", os.path.realpath(project))


def pi_folder(project: str) -> str:
    """Return the folder's name for a project's path."""
    name = project.removeprefix("/")
    return f"--{_SEPARATOR.sub('-', name)}--"
