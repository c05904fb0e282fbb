"""Facts about a Claude Code conversation: its id, title, folder, versions, and its parent.

A sub-agent's file lies in `<session>/subagents/` or, of older versions, beside the session's.
All its rows name the session that started it, and the same agent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from porcelain.transcript.claude.identity import SUB_AGENT
from porcelain.transcript.json_lines import Object
from store.document.agent_facts import AgentFacts

_SUFFIX = ".jsonl"
_TITLES = {"custom-title": "customTitle", "ai-title": "aiTitle", "summary": "summary"}


class About(NamedTuple):
    """The facts about a file that its `Transcript` has under the same names."""

    native_id: str
    name: str
    facts: AgentFacts
    parent: str | None
    parent_row: str | None


def about(values: Sequence[Object], source: str) -> About:
    """Return the facts that the rows of a file tell; `source` is its path."""
    native_id, name, parent = _conversation(values, source)
    origin = _origin(values)
    return About(
        native_id=native_id,
        name=name,
        facts=AgentFacts(
            title=_title(values),
            project=_first(values, "cwd"),
            branch=_last(values, "gitBranch"),
            version=_last(values, "version"),
        ),
        parent=parent or (origin and origin[0]),
        parent_row=None if parent else origin and origin[1],
    )


def _conversation(values: Sequence[Object], source: str) -> tuple[str, str, str | None]:
    """Return the conversation's id, its session's name, and a sub-agent's parent.

    A file may name several conversations: its own name comes first, then the first row's, so a
    growing file keeps its id.
    """
    graph = [value for value in values if isinstance(value.get("uuid"), str)]
    stem = re.split(r"[/\\]", source)[-1].removesuffix(_SUFFIX)
    named = [n for value in (*graph, *values) if isinstance(n := value.get("sessionId"), str) and n]
    if stem in named:
        return stem, stem, None
    if all(value.get("isSidechain") is True for value in graph):
        agents = {a for value in values if isinstance(a := value.get("agentId"), str)}
        if len(agents) == 1:
            agent = agents.pop()
            name = f"agent-{agent}"
            parent = named[0] if named else None
            return f"{parent}{SUB_AGENT}{agent}" if parent else name, name, parent
    native_id = named[0] if named else stem
    return native_id, native_id, None


def _origin(values: Sequence[Object]) -> tuple[str, str | None] | None:
    """Return conversation and row id of the last row that was copied from another conversation."""
    for value in reversed(values):
        origin = value.get("forkedFrom")
        if isinstance(origin, dict) and isinstance(conversation := origin.get("sessionId"), str):
            row = origin.get("messageUuid")
            return conversation, row if isinstance(row, str) else None
    return None


def _title(values: Sequence[Object]) -> str:
    """Return the newest title of the strongest kind.

    A summary counts only where the row that it is about is in the file: the agent also wrote
    those of other conversations there.
    """
    found: dict[object, str] = {}
    own: set[object] | None = None
    for value in values:
        kind = value.get("type")
        if kind not in _TITLES:
            continue
        if kind == "summary":
            own = own or {row.get("uuid") for row in values}
            if value.get("leafUuid") not in own:
                continue
        title = value.get(_TITLES[kind])
        if isinstance(title, str) and title.strip():
            found[kind] = " ".join(title.split())
    return next((found[kind] for kind in _TITLES if kind in found), "")


def _first(values: Sequence[Object], key: str) -> str:
    return next((v for row in values if isinstance(v := row.get(key), str) and v), "")


def _last(values: Sequence[Object], key: str) -> str:
    return next((v for row in reversed(values) if isinstance(v := row.get(key), str) and v), "")
