"""Messages as text: a line with number, role and time, below it the indented text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from porcelain.cli.run.colors import Piece
from porcelain.display import counted, plain

if TYPE_CHECKING:
    from porcelain.transcript.row import Row

_MOST_LINES = 12
_MOST_CHARACTERS = 1200


class SkippedRows(NamedTuple):
    """Rows that are no messages: the first and last number, and their kinds."""

    first: int
    last: int
    kinds: tuple[str, ...]


def message_pieces(number: int | None, row: Row | str, *, full: bool) -> list[Piece]:
    """Return one message, its text cut unless `full`; ends with a newline.

    A message without a number is not in the conversation: only a conflict holds it.
    """
    at: list[Piece] = [] if number is None else [("number", f"{number}"), ("", " ")]
    if isinstance(row, str):
        return [*at, ("unreadable", f"{plain(row, None)}\n")]
    role = row.role or row.kind or "?"
    pieces: list[Piece] = [*at, (f"role {row.role}", plain(role))]
    if row.time:
        pieces += [("", " "), ("timestamp", plain(row.time))]
    if row.calls and (row.role != "assistant" or "(" not in row.text):
        pieces += [("", " "), ("note", f"({counted(len(row.calls), 'tool call')})")]
    pieces.append(("", "\n"))
    lines, more = _cut(row.text, full=full)
    pieces += [("", f"    {plain(line, None)}".rstrip() + "\n") for line in lines]
    if more:
        pieces.append(("note", f"    ({more}; `--full` shows all)\n"))
    return pieces


def skipped_pieces(skipped: SkippedRows) -> list[Piece]:
    """Return the line that replaces rows which are no messages."""
    first, last, kinds = skipped
    numbers = f"{first}" if first == last else f"{first} to {last}"
    shown = ", ".join(plain(kind) for kind in kinds)
    return [("number", numbers), ("", " "), ("note", f"no messages: {shown}\n")]


def _cut(text: str, *, full: bool) -> tuple[list[str], str]:
    """Return the lines of a text to show, and a note about the rest."""
    text = text.strip("\n")
    lines = text.splitlines()
    if full or (len(lines) <= _MOST_LINES and len(text) <= _MOST_CHARACTERS):
        return lines, ""
    shown: list[str] = []
    left = _MOST_CHARACTERS
    for line in lines[:_MOST_LINES]:
        shown.append(line if len(line) <= left else f"{line[:left]}…")
        left -= len(line)
        if left <= 0:
            break
    if len(lines) > len(shown):
        return shown, counted(len(lines) - len(shown), "more line")
    hidden = len(text) - sum(len(line) for line in shown)
    return shown, counted(max(hidden, 1), "more character")
