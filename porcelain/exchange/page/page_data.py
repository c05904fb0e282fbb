"""The page's data: the lines of the tree and what each adds, as JSON values.

The page shows each text as text. Nothing here is HTML.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from porcelain.display import iso_time
from porcelain.exchange.page.lines import Line
from porcelain.exchange.page.parts import Part
from porcelain.exchange.page.segment import Message, Segment, Turn
from porcelain.graph.sub_agents import Start

MESSAGE_CHANGE = 12
"""The length to which a link to a message cuts the change id."""

_AGENTS = {
    "claude-code": "Claude Code",
    "claude-ai": "claude.ai",
    "chatgpt": "ChatGPT",
    "gemini-cli": "Gemini CLI",
    "copilot-cli": "Copilot CLI",
    "openai-chat": "OpenAI chat",
    "opencode": "OpenCode",
    "qwen-code": "Qwen Code",
    "vscode-copilot": "VS Code Copilot",
}


def line_data(line: Line, current: str | None) -> dict[str, object]:
    """Return a line as the tree shows it; `current` is the commit of `@`."""
    row, facts = line.tip, line.conversation.facts
    agent = _AGENTS.get(row.format or "", (row.format or "").replace("-", " ").capitalize())
    found: dict[str, object] = {
        "key": row.id,
        "change": line.change_id[:MESSAGE_CHANGE],
        "parent": line.parent,
        "kept": line.start_rows,
        "after": line.start_messages,
        "turns": len(line.commits),
        "messages": row.messages or 0,
        "title": line.title,
        "time": iso_time(row.time),
        "sessions": line.sessions,
        "tags": line.tags,
        "agent": f"{agent} {facts.version}".strip(),
        "model": row.model,
        "project": os.path.basename(facts.project.rstrip("/")),
        "branch": facts.branch,
        "current": row.id == current,
        "conflict": bool(row.conflict),
        "problem": row.problem,
    }
    # What is empty has no member: a repository may have ten thousand lines.
    return {key: value for key, value in found.items() if value or key in ("parent", "kept")}


def segment_data(segment: Segment) -> dict[str, object]:
    """Return what a line adds; rows that are no messages are left out."""
    found = [data for message in shown_messages(segment) if (data := _message(message))]
    return {
        "kept": segment.kept,
        "turns": [_turn(turn) for turn in segment.turns],
        "messages": found,
        "problem": segment.problem,
        "startedBy": None if segment.started_by is None else _start(segment.started_by),
    }


def shown_messages(segment: Segment) -> Sequence[Message]:
    """Return the rows that are shown: messages, marks of compaction, and those with a problem."""
    return [
        message
        for message in segment.messages
        if isinstance(message.row, str)
        or message.row.role is not None
        or (message.row.compaction and message.row.text)
    ]


def _turn(turn: Turn) -> dict[str, object]:
    return {
        "change": turn.change_id[:MESSAGE_CHANGE],
        "title": turn.title,
        "time": iso_time(turn.time),
        "tags": turn.tags,
    }


def _start(start: Start) -> dict[str, object]:
    return {"session": start.session, "number": start.number, "text": start.text}


def _message(message: Message) -> dict[str, object]:
    row = message.row
    if isinstance(row, str):
        return {
            "row": message.place,
            "turn": message.turn,
            "role": "unreadable",
            "parts": [_part(part) for part in message.parts],
        }
    found: dict[str, object] = {
        "row": message.place,
        "number": message.number,
        "turn": message.turn,
        "role": row.role or "compaction",
        "time": row.time,
        "model": row.model,
        "compaction": row.compaction,
    }
    kept = {key: value for key, value in found.items() if value or key == "turn"}
    return kept | {"parts": [_part(part) for part in message.parts]}


def _part(part: Part) -> dict[str, str]:
    return {key: value for key, value in part._asdict().items() if value}
