"""Claude Code's identity members, and the ids of its conversations.

`--fork-session` and `/branch` copy rows with their ids and times; the SDK's `fork_session` gives
every row a new id and new links, drops some members and sets the last row's time. Rows about
other rows (`last-prompt`, `file-history-snapshot`) name them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from porcelain.transcript.identity import Members, spans, with_ids
from porcelain.transcript.json_lines import Object

SUB_AGENT = "/agent-"
"""Joins the parent's id and the sub-agent's in the native id of a sub-agent's conversation."""

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_NATIVE_ID = re.compile(rf"{_UUID}(?:{SUB_AGENT}[A-Za-z0-9_-]+)?")

_OTHERS: Members = {
    "sessionId": "conversation",
    "session_id": "conversation",
    "agentId": "agent",
    "leafUuid": "value",
    "messageId": "value",
    "snapshot": {"messageId": "value"},
}
_GRAPH: Members = {
    "sessionId": "conversation",
    "session_id": "conversation",
    "agentId": "agent",
    "uuid": "value",
    "parentUuid": "value",
    "timestamp": "value",
    "logicalParentUuid": "member",
    "forkedFrom": "member",
    "promptId": "member",
    "requestSessionId": "member",
    "sourceToolAssistantUUID": "member",
    "sessionKind": "member",
    "slug": "member",
    "teamName": "member",
    "agentName": "member",
    "compactMetadata": {"preservedSegment": "value", "preservedMessages": "value"},
}


def row_identity(value: Object) -> tuple[str | None, Members]:
    """Return the id of a row's original, and the table of its identity members."""
    uuid = value.get("uuid")
    if not isinstance(uuid, str):
        return None, _OTHERS
    origin = value.get("forkedFrom")
    original = origin.get("messageUuid") if isinstance(origin, dict) else None
    return original if isinstance(original, str) else uuid, _GRAPH


def with_native_id(raw: bytes, native_id: str) -> bytes:
    """Return a row of the conversation `native_id`; see `Format`."""
    conversation, _, agent = native_id.partition(SUB_AGENT)
    return with_ids(raw, row_identity, conversation, agent or None)


def identity_spans(raw: bytes) -> tuple[tuple[int, int], ...]:
    """Return the places of a row's identity; see `Format`."""
    return spans(raw, row_identity)


def fresh_native_id(name: str, random: Callable[[int], bytes]) -> str:  # noqa: ARG001
    """Return a random UUID."""
    return str(UUID(bytes=random(16), version=4))


def is_native_id(text: str) -> bool:
    """Tell whether a text is a UUID, or one with a sub-agent's id behind it."""
    return _NATIVE_ID.fullmatch(text) is not None
