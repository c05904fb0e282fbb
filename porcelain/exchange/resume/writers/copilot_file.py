"""Write a conversation as the events of a new session of Copilot CLI.

Measured with the agent: the first event has to be the start of the session, with its id and
version; the events form one chain.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer
from porcelain.exchange.resume.said_messages import messages_in
from porcelain.exchange.resume.writers.own_rows import (
    OwnRow,
    chained,
    line_file,
    made_row,
    own_rows,
)
from porcelain.transcript.conversion.copilot import start
from porcelain.transcript.lines.copilot_cli import NAME

_START = "session.start"


def write(wanted: Wanted) -> Resumed:
    """Return the file; see `Writer`."""
    rows = list(own_rows(wanted.session))
    first = next((row for row in rows if row.value.get("type") == _START), None)
    rest = [row for row in rows if row.value.get("type") != _START]
    return line_file(chained([_started(first, wanted), *rest], "id", "parentId"))


def _started(first: OwnRow | None, wanted: Wanted) -> OwnRow:
    """Return the start of the session under the new id, in the project."""
    made = start(wanted.native_id, wanted.project, wanted.branch, wanted.now)
    data = first.value.get("data") if first is not None else None
    if first is None or not isinstance(data, dict):
        event = {"type": _START, "data": made, "id": f"{wanted.native_id[:-4]}0000"}
        return made_row(event | {"timestamp": wanted.now, "parentId": None})
    context = data.get("context")
    around = {**context, "cwd": wanted.project} if isinstance(context, dict) else made["context"]
    return first.changed({"data": {**data, "sessionId": wanted.native_id, "context": around}})


def messages(data: bytes) -> Sequence[object] | None:
    """Return the messages that the agent sends when it resumes a file."""
    return messages_in(data, NAME)


def place(folder: str, native_id: str, _project: str, _now: str) -> str:
    """Return the path of a session's file."""
    return os.path.join(folder, native_id, "events.jsonl")


def handle(path: str) -> str:
    """Return the session's id."""
    return os.path.basename(os.path.dirname(path))


WRITER = Writer(write, messages, place=place, handle=handle)
