"""Write a conversation as a new session file of Pi.

Measured with the agent: it needs a header whose folder exists, and follows the parents from the
last row, of whatever kind that is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from porcelain.exchange.agents.project_folders import pi_folder
from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer
from porcelain.exchange.resume.said_messages import messages_in
from porcelain.exchange.resume.writers.own_rows import chained, line_file, made_row, own_rows
from porcelain.transcript.lines.pi import NAME


def write(wanted: Wanted) -> Resumed:
    """Return the file; see `Writer`."""
    rows = list(own_rows(wanted.session))
    first = next((row for row in rows if row.value.get("type") == "session"), None)
    entries = [row for row in rows if row.value.get("type") != "session"]
    ids = {"id": wanted.native_id, "cwd": wanted.project}
    if first is None:
        version = 3 if any("id" in row.value for row in entries) else 1
        made = {"type": "session", "version": version, **ids, "timestamp": wanted.now}
        first = made_row(made)
    own = first.changed(ids, ("parentSession",))
    return line_file([own, *chained(entries, "id", "parentId")])


def messages(data: bytes) -> Sequence[object] | None:
    """Return the messages that the agent sends when it resumes a file."""
    return messages_in(data, NAME)


def place(folder: str, native_id: str, project: str, now: str) -> str:
    """Return the path of a session's file."""
    time = now.replace(":", "-").replace(".", "-")
    return os.path.join(folder, pi_folder(project), f"{time}_{native_id}.jsonl")


WRITER = Writer(write, messages, place=place, handle=str, anywhere=True)
