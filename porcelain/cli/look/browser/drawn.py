"""Entries of the tree and messages as rows of text, wrapped to the width of their pane."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.text import Text

from porcelain.cli.look.browser.forest import Entry, Forest
from porcelain.display import counted, plain
from porcelain.exchange.page.parts import Part
from porcelain.exchange.page.segment import Message

_ROLES = {
    "user": ("User", "bold cyan"),
    "assistant": ("Assistant", "bold"),
    "system": ("System", "bold magenta"),
    "tool": ("Tool", "dim"),
}
_NAMES = {"thinking": "Thinking", "result": "Result", "call": "Tool", "note": "Note"}
_WORD = re.compile(r"\s*\S+|\s+")
_MOST_LINES = 2000
_LONGEST_NAME = 18


class Row(NamedTuple):
    """A row of the message pane: its text, its message, and the folded part that it heads."""

    text: Text
    message: int
    part: int | None = None


def entry_text(forest: Forest, entry: Entry, marked: str) -> Text:
    """Return the line of an entry of the tree."""
    line = forest.lines[entry.line]
    indent = "  " * min(entry.depth, 12)
    if entry.turn is not None:
        turn = forest.segment(entry.line).turns[entry.turn]
        return Text(f"{indent}    {plain(turn.title or turn.change_id[:8], None)}", "dim")
    made = Text(indent)
    made.append("▾ " if line.tip.id in forest.unfolded else "▸ " if line.commits[1:] else "  ")
    if line.tip.id == marked:
        made.append("✓ ", "bold green")
    here = line.tip.id == forest.repo.workspace.commit
    if here:
        made.append("@ ", "bold green")
    for name in (*line.sessions, *line.tags):
        made.append(f"{plain(name, _LONGEST_NAME)}  ", "bold magenta")
    made.append(plain(line.title or line.change_id[:8], None))
    made.append(f"  {line.tip.messages or 0}", "dim")
    return made


def head_text(forest: Forest, number: int) -> Text:
    """Return the title of a conversation and what is known about it."""
    line = forest.lines[number]
    facts = line.conversation.facts
    known = [*line.sessions, line.tip.format or "", line.tip.model or "", facts.project]
    known += [facts.branch, counted(line.tip.messages or 0, "message")]
    if line.parent is not None:
        parent = forest.lines[line.parent]
        name = parent.sessions[0] if parent.sessions else parent.title or parent.change_id[:8]
        known.append(f"parts from {name} after message {line.start_messages}")
    shown = " · ".join(plain(one, None) for one in known if one)
    return Text(plain(line.title or line.change_id[:8], None), "bold") + Text(f"  {shown}", "dim")


def message_rows(
    messages: list[Message],
    width: int,
    unfolded: Collection[tuple[int, int]],
    drawn: dict[int, list[Row]],
) -> list[Row]:
    """Return the rows of a conversation; parts are folded but those in `unfolded`.

    `drawn` keeps the rows of each message for the next call; the caller takes out what changed.
    """
    names = {part.call: part.name for one in messages for part in one.parts if part.kind == "call"}
    rows: list[Row] = []
    for at, message in enumerate(messages):
        if isinstance(message.row, str) or message.row.role is not None:
            if at not in drawn:
                drawn[at] = [*_message(at, message, width, unfolded, names)]
            rows += drawn[at]
    return rows


def _message(
    at: int,
    message: Message,
    width: int,
    unfolded: Collection[tuple[int, int]],
    names: dict[str, str],
) -> Iterator[Row]:
    if any(part.kind == "text" for part in message.parts) or isinstance(message.row, str):
        yield Row(_heading(message), at)
    for number, part in enumerate(message.parts):
        if part.kind == "text":
            yield from (Row(Text(f"  {one}"), at) for one in _wrapped(part.text, width - 2))
            yield Row(Text(""), at)
            continue
        is_open = (at, number) in unfolded
        yield Row(_fold(message, part, names.get(part.call, ""), is_open=is_open), at, number)
        if is_open:
            yield from (
                Row(Text(f"    {one}", "dim"), at) for one in _wrapped(part.text, width - 4)
            )


def _heading(message: Message) -> Text:
    if isinstance(message.row, str):
        return Text("Unreadable", "bold red")
    role, style = _ROLES.get(message.row.role or "", (message.row.role or "?", "bold"))
    made = Text().append(f"{message.number or ''} ", "yellow").append(role, style)
    when = (message.row.time or "")[:19].replace("T", " ")
    for fact in (message.row.model, when):
        if fact:
            made.append(f"  {plain(fact)}", "dim")
    return made


def _fold(message: Message, part: Part, known: str, *, is_open: bool) -> Text:
    name = part.name or (known if part.kind == "result" else "") or _NAMES.get(part.kind, "")
    made = Text("    " if part.kind == "result" else "  ")
    made.append("▾ " if is_open else "▸ ", "dim")
    made.append(plain(name), "bold" if part.kind == "call" else "dim")
    text = part.text
    if part.kind == "call":
        text = re.sub(r"^\w+: ?\n?", "", text)
    first = next((line for line in text.splitlines() if line.strip()), "")
    made.append(f"  {plain(first.strip(), 300)}", "dim")
    if message.number is not None:
        made.append(f"  {message.number}", "dim yellow")
    return made


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text, wrapped at words, without what would upset a terminal."""
    lines = text.strip("\n").expandtabs(4).split("\n")
    for line in lines[:_MOST_LINES]:
        yield from _folded(plain(line, None), max(width, 8))
    if len(lines) > _MOST_LINES:
        yield f"({counted(len(lines) - _MOST_LINES, 'more line')}; `wj cat` shows all)"


def _folded(line: str, width: int) -> Iterator[str]:
    if cell_len(line) <= width:
        yield line
        return
    here = ""
    for word in _WORD.findall(line):
        if cell_len(here) + cell_len(word) <= width:
            here += word
            continue
        if here:
            yield here
        pieces = chop_cells(word.lstrip(), width) or [""]
        yield from pieces[:-1]
        here = pieces[-1]
    if here:
        yield here
