"""Tell whether a turn's last answer is in a session's file by now, from its keyed hash."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator

_TAIL = 1 << 20
"""Bytes at the end of a file in which the last answer is looked for."""


def has_answer(path: str, hash_of: Callable[[str], str], digest: str, length: int) -> bool:
    """Tell whether the rows at the end of a file hold a text with this hash and length.

    Only texts of that length are hashed. A text that the agent cut in several parts is not found.
    """
    for row in _last_rows(path):
        for text in _texts(row):
            said = text.strip()
            if len(said) == length and hash_of(said) == digest:
                return True
    return False


def _last_rows(path: str) -> Iterator[object]:
    """Yield the rows in the last part of a file, the newest first; damaged ones are left out."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            lines = file.read(_TAIL).split(b"\n")
    except OSError:
        return
    for line in reversed(lines):
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _texts(value: object) -> Iterator[str]:
    """Yield all texts in a JSON value."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            pending += one.values()
        elif isinstance(one, list):
            pending += one
