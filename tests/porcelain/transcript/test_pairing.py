"""The tool calls and results of messages in every format."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from porcelain.transcript.format_table import pairing_of
from store.document.row_format import Format
from store.session.message import Message
from store.session.tool_pairing import Pairs, pair_edge

CLAUDE = [
    {"type": "user", "uuid": "1", "message": {"role": "user", "content": "go"}},
    {
        "type": "assistant",
        "uuid": "2",
        "message": {"content": [{"type": "tool_use", "id": "t1", "name": "n", "input": {}}]},
    },
    {
        "type": "user",
        "uuid": "3",
        "message": {"content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x"}]},
    },
]
PAWAN = [
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "c1", "name": "n", "arguments": {}}],
    },
    {
        "role": "tool",
        "content": "x",
        "tool_calls": [],
        "tool_result": {"tool_call_id": "c1", "content": "x", "success": True},
    },
]


def messages(rows: Sequence[object]) -> list[Message]:
    return [Message(json.dumps(row).encode()) for row in rows]


@pytest.mark.parametrize("format_", [None, "claude-code", (("pawan", 1), ("claude-code", 3))])
def test_calls_and_results_of_claude_code(format_: Format | None) -> None:
    rows = messages(CLAUDE)
    pairs = pairing_of(format_)
    assert [pairs(row) for row in rows] == [Pairs(), Pairs(("t1",)), Pairs((), ("t1",))]
    assert [pair_edge(rows, count, pairs) for count in range(4)] == [0, 1, 1, 3]


@pytest.mark.parametrize("format_", [None, "pawan", (("pawan", 1), ("claude-code", 3))])
def test_calls_and_results_of_pawan(format_: Format | None) -> None:
    pairs = pairing_of(format_)
    assert [pairs(row) for row in messages(PAWAN)] == [Pairs(("c1",)), Pairs((), ("c1",))]


def test_what_cannot_be_read_has_none() -> None:
    for format_ in (None, "pawan", "claude-code", "unknown"):
        for raw in (b"", b"[", b"7", b'{"role": "tool", "tool_result": 3}', b"\xff"):
            assert pairing_of(format_)(Message(raw)) == Pairs()
