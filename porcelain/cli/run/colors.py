"""Colours of labelled text.

Shown text consists of pieces, each with labels for its meaning, outermost first (`log current
change_id prefix`). A rule of the theme applies to a piece whose labels contain the rule's in
the same order; for each attribute the rule with the deepest labels wins. Only this module
knows how a label looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Piece = tuple[str, str]
"""Labels separated by blanks, and the text."""

Mode = Literal["never", "always", "debug"]

_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_CODES = {name: f"38;5;{number}" for number, name in enumerate(_NAMES)} | {
    f"bright {name}": f"38;5;{number + 8}" for number, name in enumerate(_NAMES)
}

# Labels -> attributes. The entry of `@` is bold, in bright colours.
_THEME: dict[str, dict[str, str]] = {
    "commit_id": {"fg": "blue"},
    "change_id": {"fg": "magenta"},
    "prefix": {"bold": "1"},
    "rest": {"fg": "bright black"},
    "divergent change_id": {"fg": "red"},
    "author": {"fg": "yellow"},
    "model": {"fg": "yellow"},
    "timestamp": {"fg": "cyan"},
    "workspaces": {"fg": "green"},
    "sessions": {"fg": "magenta"},
    "tags": {"fg": "magenta"},
    "count": {"fg": "bright black"},
    "conflict": {"fg": "red"},
    "unreadable": {"fg": "red"},
    "empty": {"fg": "green"},
    "root": {"fg": "green"},
    "placeholder": {"fg": "red"},
    "description placeholder": {"fg": "yellow"},
    "empty description placeholder": {"fg": "green"},
    "separator": {"fg": "bright black"},
    "elided": {"fg": "bright black"},
    "number": {"fg": "bright black"},
    "role": {"bold": "1"},
    "role user": {"fg": "green"},
    "role assistant": {"fg": "cyan"},
    "role tool": {"fg": "yellow"},
    "role system": {"fg": "magenta"},
    "note": {"fg": "bright black"},
    "thinking": {"fg": "bright black"},
    "call": {"fg": "yellow"},
    "bar": {"fg": "cyan"},
    "match": {"fg": "red", "bold": "1"},
    "added": {"fg": "green"},
    "removed": {"fg": "red"},
    "added token": {"bold": "1"},
    "removed token": {"bold": "1"},
    "current": {"bold": "1"},
    "current commit_id": {"fg": "bright blue"},
    "current change_id": {"fg": "bright magenta"},
    "current divergent change_id": {"fg": "bright red"},
    "current prefix": {"bold": "1"},
    "current rest": {"fg": "bright black"},
    "current timestamp": {"fg": "bright cyan"},
    "current workspaces": {"fg": "bright green"},
    "current sessions": {"fg": "bright magenta"},
    "current tags": {"fg": "bright magenta"},
    "current empty": {"fg": "bright green"},
    "current conflict": {"fg": "bright red"},
    "current description placeholder": {"fg": "bright yellow"},
    "current empty description placeholder": {"fg": "bright green"},
    "op_log id": {"fg": "blue"},
    "op_log user": {"fg": "yellow"},
    "op_log time": {"fg": "cyan"},
    "op_log attributes": {"fg": "magenta"},
    "op_log current id": {"fg": "bright blue"},
    "op_log current time": {"fg": "bright cyan"},
    "op_log current attributes": {"fg": "bright magenta"},
    "node": {"fg": "default"},
    "node working_copy": {"fg": "green", "bold": "1"},
    "node current_operation": {"fg": "green", "bold": "1"},
    "node immutable": {"fg": "bright cyan", "bold": "1"},
    "node conflict": {"fg": "red", "bold": "1"},
    "node elided": {"fg": "bright black"},
    "error": {"bold": "1"},
    "error heading": {"fg": "red", "bold": "1"},
    "warning": {"bold": "1"},
    "warning heading": {"fg": "yellow", "bold": "1"},
    "hint heading": {"fg": "cyan", "bold": "1"},
}

_rules: list[tuple[tuple[str, ...], dict[str, str]]] = []
_known: dict[str, tuple[str, bool]] = {}


def paint(pieces: Iterable[Piece], mode: Mode) -> str:
    """Return the painted text of the pieces; colours end before each line break."""
    if mode == "never":
        return "".join(text for _, text in pieces)
    if mode == "debug":
        return "".join(f"<<{labels}::{text}>>" if text.strip() else text for labels, text in pieces)
    shown: list[str] = []
    now = ("", False)
    for labels, text in pieces:
        wanted = _style(labels)
        for number, line in enumerate(text.split("\n")):
            if number:
                shown.append(_change(now, ("", False)) + "\n")
                now = ("", False)
            if line:
                shown.append(_change(now, wanted) + line)
                now = wanted
    shown.append(_change(now, ("", False)))
    return "".join(shown)


def _change(now: tuple[str, bool], wanted: tuple[str, bool]) -> str:
    """Return the escape sequences that change one style to another."""
    if now == wanted:
        return ""
    color, bold = now
    codes = []
    if bold and not wanted[1]:
        codes, color, bold = ["\x1b[0m"], "", False
    if wanted[1] and not bold:
        codes.append("\x1b[1m")
    if wanted[0] != color:
        codes.append(f"\x1b[{wanted[0] or '39'}m")
    return "".join(codes)


def _style(labels: str) -> tuple[str, bool]:
    """Return the foreground code and the boldness for labels."""
    style = _known.get(labels)
    if style is None:
        if not _rules:
            _rules.extend((tuple(key.split()), value) for key, value in _THEME.items())
        best: dict[str, tuple[tuple[int, ...], str]] = {}
        stack = labels.split()
        for wanted, attributes in _rules:
            depth = _depth(stack, wanted)
            if depth is not None:
                for name, value in attributes.items():
                    if name not in best or best[name][0] <= depth:
                        best[name] = (depth, value)
        color = _CODES.get(best["fg"][1], "") if "fg" in best else ""
        style = _known[labels] = (color, "bold" in best)
    return style


def _depth(stack: list[str], wanted: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return the depths of a rule's labels, deepest first; None if one is missing."""
    found: list[int] = []
    end = len(stack)
    for label in reversed(wanted):
        while end and stack[end - 1] != label:
            end -= 1
        if not end:
            return None
        end -= 1
        found.append(end)
    return tuple(found)
