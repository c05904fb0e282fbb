"""Choose the rows of a conversation that Claude Code resumes, and cut what it could not send.

A call without a result, a result without a call, and thinking whose signature no longer fits make
the service refuse the whole conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from porcelain.display import counted
from porcelain.exchange.resume.claude_rows import (
    PROGRESS,
    THINKING,
    ClaudeRow,
    Value,
    is_main,
    message_of,
)
from porcelain.transcript.claude.claude_code import read_row


class Cut(NamedTuple):
    """The rows that stay, and a phrase for each kind of thing that was left out."""

    rows: list[ClaudeRow]
    left_out: list[str]


def resumable_rows(rows: Sequence[ClaudeRow], edited: Collection[int]) -> Cut:
    """Return the rows of the main conversation that the agent can send.

    Progress reports go without mention: the agent skips them. So do rows that repeat another one,
    and rows about the state of the old file, such as copies of the user's files.
    """
    kept, seen = [], set[bytes]()
    for row in rows:
        if is_main(row) and row.kind != PROGRESS and row.raw not in seen:
            kept.append(row)
            seen.add(row.raw)
    said = [
        _phrase(sum(not row.value for row in rows), "damaged row"),
        _phrase(sum(row.value.get("isSidechain") is True for row in rows), "row of sub-agents",
                "rows of sub-agents"),
    ]  # fmt: skip
    start = _first_edited_turn(rows, edited)
    if start is not None:
        kept, count = _without(
            kept, lambda row, block: row.place >= start and block.get("type") in THINKING
        )
        said.append(
            _phrase(
                count,
                "block of thinking from the edited turn on",
                "blocks of thinking from the edited turn on",
            )
        )
    calls = _joined(row.ids("tool_use", "id") for row in kept)
    results = _joined(row.ids("tool_result", "tool_use_id") for row in kept)
    kept, open_calls = _without(
        kept, lambda _, block: block.get("type") == "tool_use" and block.get("id") not in results
    )
    kept, loose = _without(
        kept,
        lambda _, block: (
            block.get("type") == "tool_result" and block.get("tool_use_id") not in calls
        ),
    )
    said.append(_phrase(open_calls, "tool call without a result", "tool calls without a result"))
    said.append(_phrase(loose, "tool result without a call", "tool results without a call"))
    if open_calls:
        kept = _without_last_thought(kept)
    return Cut(kept, [phrase for phrase in said if phrase])


def _first_edited_turn(rows: Sequence[ClaudeRow], edited: Collection[int]) -> int | None:
    """Return the place of the prompt whose turn holds the first edited row; None without one."""
    if not edited:
        return None
    first = min(edited)
    for row in reversed(rows[: first + 1]):
        if row.value and read_row(row.raw).prompt:
            return row.place
    return 0


def _without(
    rows: Iterable[ClaudeRow], is_cut: Callable[[ClaudeRow, Value], bool]
) -> tuple[list[ClaudeRow], int]:
    """Return rows without some blocks, and the number of blocks; an empty row goes with them."""
    kept, count = [], 0
    for row in rows:
        blocks = row.blocks
        cut = [block for block in blocks if is_cut(row, block)]
        count += len(cut)
        if not cut:
            kept.append(row)
        elif len(cut) < len(blocks):
            rest = [block for block in blocks if block not in cut]
            message = {**message_of(row.value), "content": rest}
            kept.append(row._replace(value={**row.value, "message": message}))
    return kept, count


def _without_last_thought(rows: list[ClaudeRow]) -> list[ClaudeRow]:
    """Return rows without thinking at the end: a response must not consist of it alone."""
    messages = [row for row in rows if row.is_message]
    ends = set[int]()
    while messages and messages[-1].blocks and all(
        block.get("type") in THINKING for block in messages[-1].blocks
    ):  # fmt: skip
        ends.add(messages.pop().place)
    return [row for row in rows if row.place not in ends]


def _joined(sets: Iterable[set[str]]) -> set[str]:
    return set[str]().union(*sets)


def _phrase(count: int, noun: str, plural: str = "") -> str:
    return counted(count, noun, plural) if count else ""
