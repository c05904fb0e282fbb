"""Write a conversation as a new session file of Qwen Code.

Measured with the agent: it finds a file by its name in the folder of the project, needs the
project in every row, and follows the parents from the last row.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from porcelain.exchange.agents.project_folders import qwen_folder
from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer
from porcelain.exchange.resume.said_messages import messages_in
from porcelain.exchange.resume.writers.own_rows import chained, line_file, own_rows
from porcelain.transcript.lines.qwen_code import NAME


def write(wanted: Wanted) -> Resumed:
    """Return the file; see `Writer`."""
    kept = []
    for row in own_rows(wanted.session):
        if row.value.get("subtype") != "rewind" and row.value.get("isSidechain") is not True:
            more = {"sessionId": wanted.native_id, "cwd": wanted.project}
            more |= {} if isinstance(row.value.get("timestamp"), str) else {"timestamp": wanted.now}
            kept.append(row.changed(more))
    return line_file(chained(kept, "uuid", "parentUuid"))


def messages(data: bytes) -> Sequence[object] | None:
    """Return the messages that the agent sends when it resumes a file."""
    return messages_in(data, NAME)


def place(folder: str, native_id: str, project: str, _now: str) -> str:
    """Return the path of a session's file."""
    return os.path.join(folder, qwen_folder(project), "chats", f"{native_id}.jsonl")


WRITER = Writer(write, messages, place=place)
