"""The git branch that is checked out in a folder, read from git's own files without starting git."""

from __future__ import annotations

import os

_HEADS = "ref: refs/heads/"


def checked_out(folder: str) -> str:
    """Return the branch, "HEAD" where none is checked out, and "" outside a work tree."""
    here = folder
    while True:
        place = os.path.join(here, ".git")
        if os.path.exists(place):
            return _branch(place)
        above = os.path.dirname(here)
        if above == here:
            return ""
        here = above


def _branch(place: str) -> str:
    if os.path.isfile(place):  # a further work tree: the file names its git folder
        named = _text(place).removeprefix("gitdir: ")
        place = os.path.join(os.path.dirname(place), named)
    head = _text(os.path.join(place, "HEAD"))
    if head.startswith(_HEADS):
        return head.removeprefix(_HEADS)
    return "HEAD" if head else ""


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""
