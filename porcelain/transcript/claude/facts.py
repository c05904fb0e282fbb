"""Facts about a Claude Code conversation: its id, title, folder, versions, and its parent.

A sub-agent's file lies in `<session>/subagents/` or, of older versions, beside the session's.
All its rows name the session that started it, and the same agent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from porcelain.transcript.claude.native_id import SUB_AGENT
from porcelain.transcript.json_lines import Object
from porcelain.transcript.reading.line_file import About
from porcelain.transcript.row import Row
from store.document.agent_facts import AgentFacts

_SUFFIX = ".jsonl"
_SUMMARY = "summary"
_TITLES = {"custom-title": "customTitle", "ai-title": "aiTitle", _SUMMARY: "summary"}


class Facts:
    """Collects what the rows of a file tell, one row after the other."""

    def __init__(self) -> None:
        """Begin before the first row."""
        self._conversations: dict[str, None] = {}  # of the rows of the graph
        self._others: dict[str, None] = {}
        self._agents: set[str] = set()
        self._only_side = True
        self._origin: tuple[str, str | None] | None = None
        self._titles: dict[str, str] = {}
        self._summaries: list[tuple[str | None, str]] = []
        self._project = self._branch = self._version = ""

    def add(self, value: Object) -> None:
        """Take the next row."""
        is_graph = isinstance(value.get("uuid"), str)
        conversation = _text(value, "sessionId")
        if conversation:
            (self._conversations if is_graph else self._others).setdefault(conversation)
        if is_graph and value.get("isSidechain") is not True:
            self._only_side = False
        agent = value.get("agentId")
        if isinstance(agent, str):
            self._agents.add(agent)
        origin = value.get("forkedFrom")
        if isinstance(origin, dict) and isinstance(copied := origin.get("sessionId"), str):
            row = origin.get("messageUuid")
            self._origin = copied, row if isinstance(row, str) else None
        self._project = self._project or _text(value, "cwd")
        self._branch = _text(value, "gitBranch") or self._branch
        self._version = _text(value, "version") or self._version
        kind = value.get("type")
        if isinstance(kind, str) and kind in _TITLES:
            title = " ".join(_text(value, _TITLES[kind]).split())
            if title and kind == _SUMMARY:
                leaf = value.get("leafUuid")
                if leaf is None or isinstance(leaf, str):
                    self._summaries.append((leaf, title))
            elif title:
                self._titles[kind] = title

    def about(self, rows: Iterable[Row], source: str) -> About:
        """Return the facts about the whole file; `rows` are its rows, `source` is its path."""
        native_id, name, parent = self._conversation(source)
        origin = self._origin
        return About(
            native_id=native_id,
            name=name,
            facts=AgentFacts(
                self._title(rows), self._project, self._branch, self._version, parent or ""
            ),
            parent=parent or (origin and origin[0]),
            parent_row=None if parent else origin and origin[1],
        )

    def _conversation(self, source: str) -> tuple[str, str, str | None]:
        """Return the conversation's id, its session's name, and a sub-agent's parent.

        A file may name several conversations: its own name comes first, then the first row's, so
        a growing file keeps its id.
        """
        stem = re.split(r"[/\\]", source)[-1].removesuffix(_SUFFIX)
        named = [*self._conversations, *self._others]
        if stem in named:
            return stem, stem, None
        if self._only_side and len(self._agents) == 1:
            (agent,) = self._agents
            name = f"agent-{agent}"
            parent = named[0] if named else None
            return f"{parent}{SUB_AGENT}{agent}" if parent else name, name, parent
        native_id = named[0] if named else stem
        return native_id, native_id, None

    def _title(self, rows: Iterable[Row]) -> str:
        """Return the newest title of the strongest kind.

        A summary counts only where the row that it is about is in the file: the agent also wrote
        those of other conversations there.
        """
        titles = dict(self._titles)
        if self._summaries:
            wanted = {leaf for leaf, _ in self._summaries}
            own = {row.native_id for row in rows if row.native_id in wanted}
            for leaf, title in self._summaries:
                if leaf in own:
                    titles[_SUMMARY] = title
        return next((titles[kind] for kind in _TITLES if kind in titles), "")


def _text(value: Object, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
