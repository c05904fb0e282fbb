"""The repositories that this user made or trusted: a list in the state folder, one path a line."""

from __future__ import annotations

import os

_NAME = "trusted"


def is_trusted(state_folder: str, path: str) -> bool:
    """Tell whether the list has a repository; a list that cannot be read has none."""
    try:
        with open(os.path.join(state_folder, _NAME), "rb") as file:
            return _line(path) in file.read().split(b"\n")
    except OSError:
        return False


def trust(state_folder: str, path: str) -> None:
    """Add a repository to the list.

    Raises:
        OSError: the list cannot be written.
    """
    os.makedirs(state_folder, mode=0o700, exist_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(os.path.join(state_folder, _NAME), flags, 0o600)
    with open(handle, "wb") as file:
        file.write(_line(path) + b"\n")


def _line(path: str) -> bytes:
    """Return the line of a path; a line break in it cannot be another path's end."""
    return os.fsencode(os.path.realpath(path)).replace(b"%", b"%25").replace(b"\n", b"%0A")
