"""Write a conversation as a document that `opencode import` takes.

Measured with the agent: it keeps ids, puts the session into the present project, and does not
change messages that it has already. So session, messages and parts get new ids.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer
from porcelain.exchange.resume.said_messages import messages_in
from porcelain.exchange.resume.writers.own_rows import Value, own_rows
from porcelain.transcript.conversion.codec import Target
from porcelain.transcript.conversion.opencode import document, fresh_id, milliseconds
from porcelain.transcript.documents.opencode import NAME
from store.document.agent_facts import read_conversation

_FOLDER = "wajutsu"


def write(wanted: Wanted) -> Resumed:
    """Return the document; see `Writer`."""
    title = read_conversation(wanted.session.header).facts.title
    target = Target(wanted.native_id, wanted.project, wanted.branch, title, wanted.now)
    rows = list(own_rows(wanted.session))
    known: dict[str, str] = {}
    made = [_message(row.value, number, target, known) for number, row in enumerate(rows)]
    return Resumed(document(made, target), tuple(row.place for row in rows), ())


def _message(value: Value, number: int, target: Target, known: dict[str, str]) -> Value:
    """Return a message under a new id, its answers' parent among them."""
    info, parts = _object(value.get("info")), value.get("parts")
    time = _object(info.get("time")).get("created")
    when = time if isinstance(time, int) else milliseconds(target.now)
    own = fresh_id("msg", target, when, number)
    known[str(info.get("id"))] = own
    info = {**info, "id": own, "sessionID": target.native_id}
    if isinstance(info.get("parentID"), str):
        info["parentID"] = known.get(info["parentID"], own)
    if info.get("role") == "user":
        info.setdefault("agent", "build")
    found = []
    for place, part in enumerate(parts if isinstance(parts, list) else []):
        ids = {"id": fresh_id("prt", target, when, number, place), "messageID": own}
        found.append({**_object(part), **ids, "sessionID": target.native_id})
    return {**value, "info": info, "parts": found}


def _object(value: object) -> Mapping[str, object] | Value:
    return value if isinstance(value, dict) else {}


def messages(data: bytes) -> Sequence[object] | None:
    """Return the messages that the agent sends when it resumes a document."""
    return messages_in(data, NAME)


def place(folder: str, native_id: str, _project: str, _now: str) -> str:
    """Return the path of the document, which the agent's own folder has beside its database."""
    return os.path.join(folder, _FOLDER, f"{native_id}.json")


WRITER = Writer(write, messages, place=place, handle=str)
