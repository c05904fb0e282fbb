"""Change members of a row, and leave the rest of its text as the agent wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from store.document.json_scanner import scan_document, write_value
from store.errors import InvalidSession


def with_members(raw: bytes, changes: Mapping[str, object]) -> bytes:
    """Return a row, an object in JSON, with members replaced, or added at the end.

    A row that only a lenient reader takes, such as one with a repeated key, is written anew.
    """
    try:
        document = scan_document(raw)
    except InvalidSession:
        return _dumped({**json.loads(raw), **changes})
    parts = [document.start, "{"]
    for member in document.members:
        changed = member.key in changes
        source = _text(changes[member.key]) if changed else member.source
        parts += [member.before, member.token, member.colon, source]
    present = {member.key for member in document.members}
    for key, value in changes.items():
        if key not in present:
            parts += ["," if len(parts) > 2 else "", _text(key), ":", _text(value)]
    return "".join([*parts, document.close, "}", document.end]).encode()


def _text(value: object) -> str:
    try:
        return write_value(value)
    except InvalidSession:
        return json.dumps(value, separators=(",", ":"))  # half of a surrogate pair, as an escape


def _dumped(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
