"""The words of one message: all that was said in it, and the tools that it names.

A format's readable text leaves out much of a message: the arguments of a tool call but the
first, what was thought beside what was said. So every text in the row is taken, but not those
that identify it, and no binary data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from porcelain.transcript.row import Row

# Members of rows and of blocks of content that say whose they are, and not what was said.
_ABOUT = frozenset(
    (
        *("uuid", "parentUuid", "logicalParentUuid", "sessionId", "leafUuid", "messageId"),
        *("promptId", "requestId", "id", "tool_use_id", "tool_call_id", "call_id", "parentId"),
        *("timestamp", "created_at", "updated_at", "type", "role", "model", "version", "cwd"),
        *("gitBranch", "userType", "slug", "stop_reason", "stop_sequence", "service_tier"),
        *("signature", "encrypted_content", "media_type", "mimeType", "mime_type"),
        *("toolUseResult", "usage", "sourceToolAssistantUUID", "entrypoint", "agentId"),
    )
)
# Below these a member of any name is what was said.
_ARGUMENTS = frozenset(("input", "arguments", "args", "parameters"))
_BINARY = re.compile(r"(?:data:[\w/+.;-]+,)?[\w+/=-]{256,}", re.ASCII)
_MOST_DEEP = 64
_MOST_COMPARED = 64


def said(row: Row) -> str:
    """Return all texts of a message, the readable one first, a line between them."""
    texts = [row.text] if row.text else []
    seen = set(texts)
    for text in _texts(_content(_value(row.raw))):
        if text not in seen and text.strip():
            seen.add(text)
            # Each look through a long text takes time; to take one twice does no harm.
            is_known = len(seen) <= _MOST_COMPARED and text in row.text
            if not is_known and not _BINARY.fullmatch(text):
                texts.append(text)
    return "\n".join(texts)


def called(row: Row) -> dict[str, str]:
    """Return the names of the tools that a message calls, by the ids of the calls."""
    return dict(_calls(_value(row.raw), frozenset(row.calls))) if row.calls else {}


def said_at(row: Row) -> int | None:
    """Return when a message was written, in milliseconds since the epoch; None if it is unknown."""
    if row.time is None:
        return None
    try:
        moment = datetime.fromisoformat(row.time)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _content(value: object) -> object:
    """Return the part of a row that holds the message, where the row has one for it."""
    if isinstance(value, dict):
        for name in ("message", "payload"):
            if isinstance(value.get(name), dict):
                return value[name]
    return value


def _value(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _texts(value: object, depth: int = 0, *, all_members: bool = False) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth > _MOST_DEEP:
        return
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1, all_members=all_members)
    elif isinstance(value, dict):
        for key, item in value.items():
            if all_members or key not in _ABOUT:
                inside = all_members or key in _ARGUMENTS
                yield from _texts(item, depth + 1, all_members=inside)


def _calls(value: object, ids: frozenset[str], depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > _MOST_DEEP:
        return
    if isinstance(value, list):
        for item in value:
            yield from _calls(item, ids, depth + 1)
    elif isinstance(value, dict):
        function = value.get("function")
        named = function if isinstance(function, dict) else value
        name = named.get("name")
        if isinstance(name, str):
            members = [one for one in value.values() if isinstance(one, str) and one in ids]
            yield from ((one, name) for one in members)
        for item in value.values():
            if isinstance(item, (dict, list)):
                yield from _calls(item, ids, depth + 1)
