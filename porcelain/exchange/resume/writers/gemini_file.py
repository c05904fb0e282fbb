"""Write a conversation as a new log of Gemini CLI.

The agent takes the file by its path (`--session-file`) into a session of its own. It stands in a
folder that is no project's, because the agent deletes files in those: what it takes for damaged,
and after a resume all files whose names begin with the same id.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer
from porcelain.exchange.resume.said_messages import messages_in
from porcelain.exchange.resume.writers.own_rows import line_file, made_row, own_rows
from porcelain.transcript.lines.gemini_cli import HEADER, NAME, REWIND, read_row, with_native_id

_FOLDER = ("wajutsu-resume", "chats")


def write(wanted: Wanted) -> Resumed:
    """Return the file: one header, and no row that only goes back; see `Writer`."""
    project = hashlib.sha256(wanted.project.encode("utf-8", "surrogatepass")).hexdigest()
    ids = {"sessionId": wanted.native_id, "projectHash": project}
    times = {"startTime": wanted.now, "lastUpdated": wanted.now}
    first = made_row({**ids, **times, "kind": "main"})
    kept = []
    for row in own_rows(wanted.session):
        kind = read_row(row.raw).kind
        if kind == HEADER and first.place is None:
            first = row.changed(ids)
        elif kind not in (HEADER, REWIND):
            kept.append(row._replace(raw=with_native_id(row.raw, wanted.native_id)))
    return line_file([first, *kept])


def messages(data: bytes) -> Sequence[object] | None:
    """Return the messages that the agent sends when it resumes a file."""
    return messages_in(data, NAME)


def place(folder: str, native_id: str, _project: str, now: str) -> str:
    """Return the path of a session's file."""
    minute = now[:16].replace(":", "-")
    return os.path.join(folder, *_FOLDER, f"session-{minute}-{native_id[:8]}.jsonl")


WRITER = Writer(write, messages, place=place, handle=str, anywhere=True)
