"""Messages as text: a line with number, role and time, below it the indented text.

4 assistant 2026-03-12 09:14:08
    ┊ what was thought
    what was said
    → Bash(ls -la) (34 lines)
5 tool 2026-03-12 09:14:09
    the first lines of a result
    (31 more lines; `--full` shows all)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from porcelain.cli.run.colors import Piece
from porcelain.display import counted, local_time, plain
from porcelain.index.text.said import said_at
from porcelain.transcript.reading.message_parts import parts_of

if TYPE_CHECKING:
    from porcelain.transcript.row import Row


class Cut(NamedTuple):
    """How much of a text is shown."""

    lines: int
    characters: int


SAID = Cut(12, 1200)
READING = Cut(60, 6000)
_FOLDED = Cut(3, 300)
_WHOLE = Cut(1 << 62, 1 << 62)
_MOST_CALL = 160
_CODE = "\t"


def message_pieces(
    number: int | None,
    row: Row | str,
    *,
    full: bool,
    said: Cut = SAID,
    sizes: Mapping[str, str] | None = None,
) -> list[Piece]:
    """Return one message; ends with a newline.

    What was said is cut to `said`, thinking and the results of tools to a few lines; nothing is
    cut if `full`. A row without a number is no message, or only a conflict holds it. `sizes` has
    the sizes of results, by the ids of their calls.
    """
    at: list[Piece] = [] if number is None else [("number", f"{number}"), ("", " ")]
    if isinstance(row, str):
        return [*at, ("unreadable", f"{plain(row, None)}\n")]
    pieces: list[Piece] = [*at, (f"role {row.role}", plain(row.role or row.kind or "?"))]
    if row.time:
        moment = said_at(row)
        shown = plain(row.time) if moment is None else local_time(moment // 1000)
        pieces += [("", " "), ("timestamp", shown)]
    thinking, text, calls = parts_of(row)
    if row.calls and not calls:
        pieces += [("", " "), ("note", f"({counted(len(row.calls), 'tool call')})")]
    pieces.append(("", "\n"))
    for thought in thinking:
        pieces += _lines(thought, _WHOLE if full else _FOLDED, "┊ ", "thinking")
    usual = _FOLDED if row.role == "tool" else said
    pieces += _lines(text, _WHOLE if full else usual, "", "")
    for call in calls:
        line = plain(" ".join(call.line.split()), None if full else _MOST_CALL)
        pieces.append(("call", f"    → {line}"))
        size = (sizes or {}).get(call.id)
        pieces += [("", " "), ("note", f"({size})")] if size else []
        pieces.append(("", "\n"))
    return pieces


def result_sizes(rows: Iterable[Row | str]) -> dict[str, str]:
    """Return how long the results of tool calls are, by the ids of the calls."""
    return {
        call: _size(row.text) for row in rows if not isinstance(row, str) for call in row.results
    }


def _size(text: str) -> str:
    lines = text.strip("\n").count("\n") + 1
    return counted(lines, "line") if lines > 1 else counted(len(text.strip()), "character")


def _lines(text: str, most: Cut, mark: str, label: str) -> list[Piece]:
    """Return the lines of a text, indented, and a note about those that are left out."""
    lines, more = _cut(text, most)
    pieces = [
        (label, f"    {mark}{plain(line, None, keep=_CODE)}".rstrip() + "\n") for line in lines
    ]
    if more:
        pieces.append(("note", f"    {mark}({more}; `--full` shows all)\n"))
    return pieces


def _cut(text: str, most: Cut) -> tuple[list[str], str]:
    """Return the lines of a text to show, and a note about the rest."""
    text = text.strip("\n")
    lines = text.splitlines()
    if len(lines) <= most.lines + 1 and len(text) <= most.characters:
        return lines, ""
    shown: list[str] = []
    left = most.characters
    for line in lines[: most.lines]:
        shown.append(line if len(line) <= left else f"{line[:left]}…")
        left -= len(line)
        if left <= 0:
            break
    if len(lines) > len(shown):
        return shown, counted(len(lines) - len(shown), "more line")
    hidden = len(text) - sum(len(line) for line in shown)
    return shown, counted(max(hidden, 1), "more character")
