"""The rows of a Claude Code file as the agent reads them when it resumes a session.

It takes one line of conversation: from the last row that descends from the one which the newest
`last-prompt` row names, else from the last row of the file, up along `parentUuid` to a row without
a parent, which is the first one or the newest compaction. Results of parallel calls and further blocks of a response hang beside
that line, and are found by their ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

MESSAGES = ("user", "assistant")
PROGRESS = "progress"
LAST_PROMPT = "last-prompt"
THINKING = ("thinking", "redacted_thinking")

Value = dict[str, Any]


class ClaudeRow(NamedTuple):
    """A row: its place in the conversation, its bytes, and its value; {} for a damaged row."""

    place: int
    raw: bytes
    value: Value

    @property
    def uuid(self) -> str | None:
        """The row's id; None for a row that is outside the graph."""
        return text_of(self.value, "uuid")

    @property
    def kind(self) -> str:
        """The row's type, or ""."""
        return text_of(self.value, "type") or ""

    @property
    def is_message(self) -> bool:
        """Whether it is a message to or from the model."""
        return self.kind in MESSAGES

    @property
    def blocks(self) -> list[Value]:
        """The blocks of its content; empty for content that is text."""
        content = message_of(self.value).get("content")
        return [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []

    def ids(self, kind: str, member: str) -> set[str]:
        """Collect a member of the blocks of one kind."""
        found = (text_of(b, member) for b in self.blocks if b.get("type") == kind)
        return {one for one in found if one}


def read_rows(rows: Iterable[bytes]) -> Iterator[ClaudeRow]:
    """Read rows; one that is no JSON object has no value."""
    for place, raw in enumerate(rows):
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            value = None
        yield ClaudeRow(place, raw, value if isinstance(value, dict) else {})


def is_main(row: ClaudeRow) -> bool:
    """Tell whether a row is in the graph of the main conversation."""
    return row.uuid is not None and row.value.get("isSidechain") is not True


def live_line(rows: Sequence[ClaudeRow]) -> list[ClaudeRow]:
    """Return the rows of the line that the agent takes, in the order of the file."""
    graph = {row.uuid: row for row in rows if is_main(row)}
    named = [row.value.get("leafUuid") for row in rows if row.kind == LAST_PROMPT]
    pointed = graph.get(named[-1]) if named and isinstance(named[-1], str) else None
    here = _newest(pointed, graph.values()) or next(reversed(graph.values()), None)
    line: dict[str | None, ClaudeRow] = {}
    while here is not None and here.uuid not in line:
        line[here.uuid] = here
        here = graph.get(text_of(here.value, "parentUuid"))
    beside = _beside(list(line.values()), graph.values())
    return [row for row in graph.values() if row.uuid in line or row.uuid in beside]


def _newest(start: ClaudeRow | None, graph: Iterable[ClaudeRow]) -> ClaudeRow | None:
    """Return the last row in the file that descends from a row, or that row."""
    newest = start
    line = set[str | None]() if start is None else {start.uuid}
    for row in graph:
        if text_of(row.value, "parentUuid") in line:
            line.add(row.uuid)
            newest = row
    return newest


def _beside(line: Sequence[ClaudeRow], graph: Iterable[ClaudeRow]) -> set[str | None]:
    """Return the ids of parallel calls and results that hang beside a line."""
    responses = {message_of(row.value).get("id") for row in line if row.kind == "assistant"}
    others = list(graph)
    calls = [r for r in others if r.kind == "assistant" and has_id(r.value, responses)]
    called = set[str]().union(*(row.ids("tool_use", "id") for row in calls))
    results = [r for r in others if called & r.ids("tool_result", "tool_use_id")]
    return {row.uuid for row in (*calls, *results)}


def has_id(value: Mapping[str, Any], ids: set[Any]) -> bool:
    """Tell whether a row is a block of a response with one of these ids."""
    found = message_of(value).get("id")
    return isinstance(found, str) and found in ids


def message_of(value: Mapping[str, Any]) -> Value:
    """Return a row's message, or an empty object."""
    message = value.get("message")
    return message if isinstance(message, dict) else {}


def text_of(value: Mapping[str, Any], member: str) -> str | None:
    """Return a member if it is text."""
    found = value.get(member)
    return found if isinstance(found, str) else None
