"""Folders that are one conversation: a task of Cline or Roo Code, a session of old OpenCode.

A task has the messages in one file and beside it others, such as the list that the user sees,
which belong to the conversation and are kept with it.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from porcelain.transcript.documents import opencode_folder
from porcelain.transcript.row import Beside

_TASK = "api_conversation_history.json"
_BESIDE_A_TASK = ("ui_messages.json", "task_metadata.json", "history_item.json")


class SessionFolder(NamedTuple):
    """The path of the conversation to read, the document made of it or None, and its other files."""

    path: str
    document: bytes | None = None
    beside: Beside | None = None


def is_session_folder(path: str) -> bool:
    """Tell whether a folder is one conversation; a link to a folder is none."""
    return opencode_folder.is_session_folder(path) or main_file(path) is not None


def main_file(path: str) -> str | None:
    """Return the name of the file with a task's messages; None if a folder is no task."""
    if not os.path.isdir(path) or os.path.islink(path):
        return None
    name = os.path.basename(os.path.abspath(path))
    if _has(path, _TASK) and any(_has(path, one) for one in _BESIDE_A_TASK):
        return _TASK
    own = f"{name}.messages.json"
    return own if _has(path, f"{name}.json") and _has(path, own) else None


def folder_of(path: str) -> str:
    """Return the task whose messages are in a file; the path itself if they are no task's."""
    folder, name = os.path.split(os.path.abspath(path))
    is_main = name == _TASK or name.endswith(".messages.json")
    return folder if is_main and main_file(folder) == name else path


def read_folder(path: str) -> SessionFolder:
    """Read a folder that is one conversation, all but the file with a task's messages.

    Links and folders in a task are no part of it.

    Raises:
        InvalidSession: a file of OpenCode's is no JSON object.
        OSError: a file cannot be read.
    """
    main = main_file(path)
    if main is None:
        return SessionFolder(path, opencode_folder.document_in(path))
    files: dict[str, bytes] = {}
    left_out = []
    for name in sorted(os.listdir(path)):
        place = os.path.join(path, name)
        if os.path.isdir(place):
            left_out.append(name)
        elif name != main and os.path.isfile(place) and not os.path.islink(place):
            with open(place, "rb") as file:
                files[name] = file.read()
    beside = Beside(main, files, tuple(left_out))
    return SessionFolder(os.path.join(path, main), beside=beside)


def _has(folder: str, name: str) -> bool:
    return os.path.isfile(os.path.join(folder, name))
