"""Change members of a row, and leave the rest of its text as the agent wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from store.document.json_scanner import member_spans, write_value
from store.errors import InvalidSession


def with_members(raw: bytes, changes: Mapping[str, object]) -> bytes:
    """Return a row, an object in JSON, with members replaced, or added at the end.

    Raises:
        InvalidSession: the row is no object in JSON.
    """
    text = raw.decode()
    parts: list[str] = []
    missing = dict(changes)
    done = 0
    for member in member_spans(text):
        if member.key in changes:
            parts += [text[done : member.start], _text(changes[member.key])]
            missing.pop(member.key, None)
        else:
            parts.append(text[done : member.stop])
        done = member.stop
    comma = "," if parts else ""
    end = done or text.index("{") + 1
    parts.append(text[done:end])
    for key, value in missing.items():
        parts += [comma, _text(key), ":", _text(value)]
        comma = ","
    return "".join([*parts, text[end:]]).encode()


def _text(value: object) -> str:
    try:
        return write_value(value)
    except InvalidSession:
        return json.dumps(value, separators=(",", ":"))  # half of a surrogate pair, as an escape
