"""A conversation, or the difference of two, as Markdown and as plain text.

In Markdown thinking, tool calls and results are fenced, with fences longer than any in them, and
the texts of messages stay as they are. In plain text all of a message is indented below its head.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Literal, NamedTuple

from porcelain.display import counted, iso_time, plain
from porcelain.exchange.page.lines import Line
from porcelain.exchange.page.parts import Part
from porcelain.exchange.page.segment import Message
from porcelain.model.message_numbers import Numbered
from porcelain.repo.conversation_diff import MessageChange
from porcelain.transcript.row import Row

Style = Literal["markdown", "text"]

_ROLES = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}
_HEADS = {"thinking": "Thinking", "call": "Tool call", "result": "Result", "note": "Note"}
_FENCE = re.compile(r"`{3,}")
_INDENT = "    "


class Difference(NamedTuple):
    """How many rows two conversations share at their start, what differs, and how to write it."""

    shared: int
    changes: Sequence[MessageChange]
    style: Style


class Titled(NamedTuple):
    """A conversation's title and the facts below it."""

    title: str
    facts: str


def titled(line: Line, messages: int) -> Titled:
    """Return the head of a conversation."""
    names = ", ".join((*line.sessions, *line.tags))
    when = iso_time(line.tip.time) or ""
    known = [names, line.tip.format or "", line.tip.model or "", counted(messages, "message"), when]
    return Titled(line.title or line.change_id[:12], " · ".join(one for one in known if one))


def conversation_text(head: Titled, messages: Iterable[Message], style: Style) -> str:
    """Return a whole conversation; rows that are no messages are left out."""
    parts = [_title(head, style)]
    parts += [_message(one, style) for one in messages]
    return "\n".join(part for part in parts if part)


def difference_text(
    titles: Sequence[str], sides: tuple[Sequence[Message], Sequence[Message]], diff: Difference
) -> str:
    """Return the difference of two conversations, given by their titles and all of their rows."""
    shared, changes, style = diff
    said = f"They share {counted(shared, 'row')}" if shared else "They share no rows"
    parts = [_title(Titled(f"{titles[0]} and {titles[1]}", said), style)]
    ours, theirs = ({one.number: one for one in side} for side in sides)
    for change in changes:
        before, after = _at(change.before, ours), _at(change.after, theirs)
        parts.append(_change(before, after, style))
    if not changes:
        parts.append("Nothing differs\n")
    return "\n".join(part for part in parts if part)


def _title(head: Titled, style: Style) -> str:
    title, facts = plain(head.title, None), plain(head.facts, None)
    if style == "markdown":
        return f"# {_escaped(title)}\n\n{_escaped(facts)}\n"
    return f"{title}\n{'=' * min(len(title), 80)}\n{facts}\n"


def _at(side: Numbered | None, messages: Mapping[int | None, Message]) -> Message | None:
    """Return the message that a side of a change is; None where it is no message."""
    return None if side is None or side[0] is None else messages[side[0]]


def _change(before: Message | None, after: Message | None, style: Style) -> str:
    """Return what differs in one place; nothing for rows that are no messages."""
    if before is None:
        return "" if after is None else _message(after, style, "Only in the second")
    if after is None:
        return _message(before, style, "Only in the first")
    return _changed(before, after, style)


def _changed(before: Message, after: Message, style: Style) -> str:
    """Return a changed message as the lines that differ, `-` as they were and `+` as they are."""
    if isinstance(after.row, str) or after.row.role is None:
        return ""
    lines = _line_changes(_said(before), _said(after))
    head = _head(after.number, after.row, style, "Changed")
    if style == "markdown":
        return f"{head}\n{_fenced(lines, 'diff')}"
    return head + _indented(lines)


def _line_changes(before: str, after: str) -> str:
    found = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    lines = [line for line in found if not line.startswith(("---", "+++", "@@"))]
    return _visible("\n".join(lines))


def _said(message: Message) -> str:
    return "\n".join(part.text for part in message.parts)


def _message(message: Message, style: Style, mark: str = "") -> str:
    row = message.row
    body = "".join(_part(part, style) for part in message.parts)
    if isinstance(row, str):
        return f"{'## ' if style == 'markdown' else ''}Unreadable row {message.place}\n{body}"
    return "" if row.role is None else f"{_head(message.number, row, style, mark)}{body}"


def _head(number: int | None, row: Row, style: Style, mark: str = "") -> str:
    role = _ROLES.get(row.role or "", row.role or "")
    facts = " · ".join(plain(one) for one in (mark, row.time or "") if one)
    if style == "markdown":
        return f"## {number}. {role}\n" + (f"\n*{_escaped(facts)}*\n" if facts else "")
    return f"{number} {role}{f' · {facts}' if facts else ''}\n"


def _part(part: Part, style: Style) -> str:
    label = _HEADS.get(part.kind, "")
    if part.name:
        label = f"{label}: {plain(part.name)}"
    text = _visible(part.text)
    if style == "text":
        return (f"{_INDENT}[{label}]\n" if label else "") + _indented(text)
    if part.kind == "text":
        return f"\n{text.strip()}\n"
    return f"\n**{_escaped(label)}**\n\n{_fenced(text)}"


def _visible(text: str) -> str:
    """Return a text of several lines with control characters escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def _indented(text: str) -> str:
    return "".join(f"{_INDENT}{line}".rstrip() + "\n" for line in _lines(text))


def _lines(text: str) -> Iterator[str]:
    yield from text.strip("\n").split("\n")


def _fenced(text: str, language: str = "") -> str:
    """Return a fenced block whose fence no line of the text ends."""
    longest = max((len(one) for one in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}\n"


def _escaped(text: str) -> str:
    """Return one line in which Markdown finds no markup."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)
