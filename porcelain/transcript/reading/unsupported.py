"""Recognise the transcripts of agents that are known, but not read."""

from __future__ import annotations

from typing import Any

from porcelain.transcript.json_lines import leading_objects
from porcelain.transcript.reading.json_parts import sample
from porcelain.transcript.reading.json_values import mapping, objects

_SQLITE = b"SQLite format 3\0"
_LINES: tuple[tuple[str, dict[str, object], tuple[str, ...]], ...] = (
    ("Droid", {"type": "session_start"}, ("id", "cwd")),
    ("Kimi Code", {"type": "metadata"}, ("protocol_version",)),
    ("SillyTavern", {}, ("user_name", "character_name")),
    ("Mistral Vibe", {}, ("role", "content", "message_id")),
    ("gptme", {}, ("role", "content", "timestamp")),
)
"""Agent, members with their values, and further members of the first line."""

_DATABASES = (
    ("Codex's index of its rollouts", (b"thread_turns", b"thread_items")),
    ("Goose", (b"usage_ledger", b"content_json")),
    ("Zed", (b"threads", b"data_type")),
)
"""Agent, and words in its database."""

_DOCUMENTS = (
    ("Continue", ("sessionId", "history", "workspaceDirectory")),
    ("Kiro", ("conversation_id", "history")),
    ("OpenCode", ("sessionID", "role")),
    ("OpenCode", ("sessionID", "messageID")),
)


def known_agent(data: bytes) -> str:
    """Return the name of the agent whose transcript this seems to be, or ""."""
    if data.startswith(_SQLITE):
        names = (name for name, tables in _DATABASES if all(table in data for table in tables))
        return next(names, "an SQLite database")
    if data.lstrip().startswith(b"# aider chat started at ") or data.startswith(b"TO LLM "):
        return "Aider"
    document = mapping(sample(data))
    if document and b"\n{" not in data.strip():
        return _of_document(document)
    first = next(leading_objects(data, 1), {})
    for name, values, keys in _LINES:
        if values.items() <= _plain(first).items() and all(key in first for key in keys):
            return name
    return ""


def _of_document(document: dict[str, Any]) -> str:
    for name, keys in _DOCUMENTS:
        if all(key in document for key in keys):
            return name
    messages = objects(document.get("messages"))
    return (
        "Amp" if messages and all("messageId" in one and "role" in one for one in messages) else ""
    )


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return the members that can be compared at once."""
    return {key: one for key, one in value.items() if isinstance(one, str | int)}
