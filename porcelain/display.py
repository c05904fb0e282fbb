"""Text that is safe to show: one line of any text, a count with its noun, a caret diagram.

Texts that a user typed, or that came with a transcript or from another machine, may hold
control characters; none of these may reach a terminal.
"""

from __future__ import annotations

Span = tuple[int, int]

_LONGEST = 80


def plain(text: str, longest: int | None = _LONGEST) -> str:
    """Return `text` on one line, cut, with control characters escaped."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    if longest is not None and len(text) > longest:
        text = text[: longest - 3] + "..."
    return text


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, singular or plural: `1 commit`, `2 commits`."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


def caret_diagram(text: str, span: Span, reason: str) -> str:
    """Return the line where `span` begins, numbered, with carets under the place.

    A place between two characters points right with dashes: ``^---``. A span over several
    lines ends with its first line.
    """
    start, end = span
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    column = start - line_start
    width = min(end, line_start + len(line)) - start
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
            f"{margin}--> {number}:{column + 1}",
            f"{margin} |",
            f"{number} | {shown}".rstrip(),
            f"{margin} | {lead}{mark}",
            f"{margin} |",
            f"{margin} = {reason}",
        ]
    )
