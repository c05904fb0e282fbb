"""Text that is safe to show: one line of any text, counts, times, a caret diagram.

Texts that a user typed, or that came with a transcript or from another machine, may hold
control characters; none of these may reach a terminal.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

Span = tuple[int, int]

_LONGEST = 80
_WIDEST = 160
# The seconds of the years that ISO 8601 and Python's dates can write. Git stores any number.
# The marks of the Latin script and of symbols, of Hebrew, Arabic and Thai.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
)
_COMBINING = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")
_YEAR_1, _YEAR_9999 = -62_135_596_800, 253_402_300_799

_UNITS = (
    ("year", 365 * 86_400),
    ("month", 30 * 86_400),
    ("week", 7 * 86_400),
    ("day", 86_400),
    ("hour", 3600),
    ("minute", 60),
    ("second", 1),
)


def plain(text: str, longest: int | None = _LONGEST, *, keep: str = "") -> str:
    """Return `text` on one line, cut, with control characters escaped.

    Characters of `keep` stay. Of many combining characters in a row, which would cover the
    lines around theirs, only some stay.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c in keep else ascii(c)[1:-1] for c in text)
    if not text.isascii():
        text = _COMBINING.sub(r"\1…", text)
    if longest is not None and len(text) > longest:
        text = text[: longest - 3] + "..."
    return text


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text of printable characters takes."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in "WF" else 1 for c in text
    )


def cut_at_word(text: str, width: int) -> str:
    """Return a text cut to so many columns, with `…` behind its last whole word."""
    if columns_of(text) <= width:
        return text
    end = min(len(text), width)
    while end and columns_of(text[:end]) >= width:
        end -= 1
    space = text.rfind(" ", 0, end + 1)
    if space >= end // 2:
        end = space
    return text[:end].rstrip() + "…" if width > 0 else ""


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, singular or plural: `1 commit`, `2 commits`."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


def iso_time(seconds: int) -> str | None:
    """Return a time as data: ISO 8601, in UTC; None for one that no calendar has."""
    return _written(time.gmtime, seconds, "%m-%dT%H:%M:%SZ")


def local_time(seconds: int) -> str:
    """Return a time as text, in the local zone; `invalid date` for one that no calendar has."""
    return _written(time.localtime, seconds, "%m-%d %H:%M:%S") or "invalid date"


def ago(milliseconds: int) -> str:
    """Return how long ago a time was, in its largest unit."""
    seconds = milliseconds // 1000
    if seconds < 0:
        return "in the future"
    if not seconds:
        return "now"
    for name, size in _UNITS:
        if seconds >= size:
            return f"{counted(seconds // size, name)} ago"
    return "now"


def duration(milliseconds: int) -> str:
    """Return a length of time in words."""
    if milliseconds < 1000:
        return counted(milliseconds, "millisecond")
    return f"{milliseconds / 1000:.1f} seconds"


def _written(calendar: Callable[[int], time.struct_time], seconds: int, rest: str) -> str | None:
    if not _YEAR_1 <= seconds <= _YEAR_9999:
        return None
    moment = calendar(seconds)
    return time.strftime(f"{moment.tm_year:04}-{rest}", moment)


def caret_diagram(text: str, span: Span, reason: str) -> str:
    """Return the line where `span` begins, numbered, with carets under the place.

    A place between two characters points right with dashes: ``^---``. A span over several
    lines ends with its first line. A long line is cut on both sides of the place.
    """
    start, end = span
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    place = column = start - line_start
    width = min(end, line_start + len(line)) - start
    if len(line) > _WIDEST:
        first = max(0, column - _WIDEST // 2)
        before, after = "..." * (first > 0), "..." * (first + _WIDEST < len(line))
        width = min(width, first + _WIDEST - column)
        line = f"{before}{line[first : first + _WIDEST]}{after}"
        column += len(before) - first
    if width <= 0:
        mark = "^---"
    else:
        mark = "^" if width == 1 else "^" + "-" * (width - 2) + "^"
    number = str(text.count("\n", 0, start) + 1)
    margin = " " * len(number)
    # One character stays one column: escapes would push the carets away from their place.
    shown = "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in line)
    lead = "".join(c if c == "\t" else " " for c in shown[:column])
    return "\n".join(
        [
            f"{margin}--> {number}:{place + 1}",
            f"{margin} |",
            f"{number} | {shown}".rstrip(),
            f"{margin} | {lead}{mark}",
            f"{margin} |",
            f"{margin} = {reason}",
        ]
    )
