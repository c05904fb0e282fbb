"""The members of a document in which facts about a conversation stand that its agent recorded.

    "native_id"        the agent's id of the conversation, where it is not the document's `id`
    "title"            given by the user or the agent
    "project"          the working folder
    "git_branch"       the git branch in it
    "agent_version"    the agent's version
    "started_by"       of a sub-agent's conversation, the native id of the one that started it

Documents without them are complete; a member of another type than text counts as missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class AgentFacts(NamedTuple):
    """Facts about a conversation that its agent recorded; "" where it did not."""

    title: str = ""
    project: str = ""
    branch: str = ""
    version: str = ""
    started_by: str = ""


class Conversation(NamedTuple):
    """A conversation of an agent: its native id, and what the agent recorded about it."""

    native_id: str
    facts: AgentFacts


NO_FACTS = AgentFacts()
NO_CONVERSATION = Conversation("", NO_FACTS)

NATIVE_ID = "native_id"
STARTED_BY = "started_by"
_MEMBERS = ("title", "project", "git_branch", "agent_version", STARTED_BY)
_MEMBERS_SET = frozenset(_MEMBERS)


def read_conversation(header: Mapping[str, object]) -> Conversation:
    """Return the conversation of a document with these members."""
    native_id = text_member(header, NATIVE_ID) or text_member(header, "id")
    if _MEMBERS_SET.isdisjoint(header):
        return Conversation(native_id, NO_FACTS)
    return Conversation(native_id, AgentFacts(*[text_member(header, key) for key in _MEMBERS]))


def conversation_members(conversation: Conversation, document_id: str) -> dict[str, str]:
    """Return the members that a document with this `id` needs; empty facts have none."""
    members = dict(zip(_MEMBERS, conversation.facts, strict=True))
    if conversation.native_id != document_id:
        members = {NATIVE_ID: conversation.native_id, **members}
    return {key: value for key, value in members.items() if value}


def text_member(header: Mapping[str, object], key: str) -> str:
    """Return a member of a document that is text; "" where it is missing or of another type."""
    value = header.get(key)
    return value if isinstance(value, str) else ""
