"""Claude Code's identity members.

`--fork-session` and `/branch` copy rows with their ids and times; the SDK's `fork_session` gives
every row a new id and new links, drops some members and sets the last row's time. Rows about
other rows (`last-prompt`, `file-history-snapshot`) name them.
"""

from __future__ import annotations

from porcelain.transcript.claude.native_id import SUB_AGENT
from porcelain.transcript.identity import Members, spans, with_ids
from porcelain.transcript.json_lines import Object

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
