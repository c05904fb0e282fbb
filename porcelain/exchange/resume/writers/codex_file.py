"""Write a conversation as a new rollout of Codex.

Measured with the agent: it finds a file below its folder by the id in the name, which has to be
that of the header; a header needs id, time, folder, originator and version, every row a time, and
in the mode "paginated" an ordinal. Unknown rows, and calls and results alone, do no harm.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer
from porcelain.exchange.resume.said_messages import messages_in
from porcelain.exchange.resume.writers.own_rows import (
    OwnRow,
    Value,
    line_file,
    made_row,
    own_rows,
)
from porcelain.transcript.conversion.codex import header
from porcelain.transcript.lines.codex import NAME, with_native_id
from porcelain.transcript.lines.codex_turns import ROLLED_BACK

_META = "session_meta"
_ELSEWHERE = ("forked_from_id", "forked_from_ordinal_exclusive", "history_base")


def write(wanted: Wanted) -> Resumed:
    """Return the file; see `Writer`."""
    rows = list(own_rows(wanted.session))
    first = next((row for row in rows if row.value.get("type") == _META), None)
    meta = _header(first, wanted)
    is_paginated = _payload(meta).get("history_mode") == "paginated"
    kept = [meta]
    for row in rows:
        kind = f"{row.value.get('type')}/{_payload(row).get('type')}"
        if row.value.get("type") != _META and kind != ROLLED_BACK:
            raw = with_native_id(row.raw, wanted.native_id)
            kept.append(row._replace(raw=raw) if raw != row.raw else row)
    for number, row in enumerate(kept):
        more: Value = {"ordinal": number} if is_paginated else {}
        more |= {} if isinstance(row.value.get("timestamp"), str) else {"timestamp": wanted.now}
        kept[number] = row.changed(more, () if is_paginated else ("ordinal",))
    left = first is not None and "history_base" in _payload(first)
    return line_file(kept, [_BASE] if left else [])


_BASE = "Messages of the file that this one continued are in it only where they were imported"


def _header(first: OwnRow | None, wanted: Wanted) -> OwnRow:
    """Return the file's header: that of the conversation, under the new id."""
    if first is None:
        return made_row(header(wanted.native_id, wanted.project, wanted.now))
    payload = {key: one for key, one in _payload(first).items() if key not in _ELSEWHERE}
    ids = {"id": wanted.native_id, "cwd": wanted.project}
    ids |= {"session_id": wanted.native_id} if "session_id" in payload else {}
    return first.changed({"payload": payload | ids})


def _payload(row: OwnRow) -> Value:
    found = row.value.get("payload")
    return found if isinstance(found, dict) else {}


def messages(data: bytes) -> Sequence[object] | None:
    """Return the messages that the agent sends when it resumes a file."""
    return messages_in(data, NAME)


def place(folder: str, native_id: str, _project: str, now: str) -> str:
    """Return the path of a session's file: a folder for each day."""
    time = now[:19].replace(":", "-")
    return os.path.join(folder, *now[:10].split("-"), f"rollout-{time}-{native_id}.jsonl")


WRITER = Writer(write, messages, place=place, anywhere=True)
