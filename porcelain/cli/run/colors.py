"""Colours of labelled text.

Shown text consists of pieces, each with labels for its meaning, outermost first (`log
working_copy change_id prefix`). A rule of the theme applies to a piece whose labels contain the
rule's in the same order; for each attribute the rule with the deepest labels wins, of equal ones
the later. The settings `colors.*` add rules and replace built-in ones. Only this module knows how
a label looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

Piece = tuple[str, str]
"""Labels separated by blanks, and the text."""

Mode = Literal["never", "always", "debug"]
Style = dict[str, str]
_Sgr = tuple[str, str, str]
"""The codes of foreground and background, and those of the other attributes."""

# Labels -> attributes. The entry of `@` is bold, in bright colours.
THEME: dict[str, dict[str, str]] = {
    "commit_id": {"fg": "blue"},
    "change_id": {"fg": "magenta"},
    "prefix": {"bold": "true"},
    "rest": {"fg": "bright black"},
    "divergent change_id": {"fg": "red"},
    "author": {"fg": "yellow"},
    "model": {"fg": "yellow"},
    "timestamp": {"fg": "cyan"},
    "working_copies": {"fg": "green"},
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
    "role": {"bold": "true"},
    "role user": {"fg": "green"},
    "role assistant": {"fg": "cyan"},
    "role tool": {"fg": "yellow"},
    "role system": {"fg": "magenta"},
    "note": {"fg": "bright black"},
    "thinking": {"fg": "bright black"},
    "call": {"fg": "yellow"},
    "bar": {"fg": "cyan"},
    "match": {"fg": "red", "bold": "true"},
    "added": {"fg": "green"},
    "removed": {"fg": "red"},
    "added token": {"bold": "true"},
    "removed token": {"bold": "true"},
    "working_copy": {"bold": "true"},
    "current_operation": {"bold": "true"},
    "working_copy commit_id": {"fg": "bright blue"},
    "working_copy change_id": {"fg": "bright magenta"},
    "working_copy divergent change_id": {"fg": "bright red"},
    "working_copy prefix": {"bold": "true"},
    "working_copy rest": {"fg": "bright black"},
    "working_copy timestamp": {"fg": "bright cyan"},
    "working_copy working_copies": {"fg": "bright green"},
    "working_copy sessions": {"fg": "bright magenta"},
    "working_copy tags": {"fg": "bright magenta"},
    "working_copy empty": {"fg": "bright green"},
    "working_copy conflict": {"fg": "bright red"},
    "working_copy description placeholder": {"fg": "bright yellow"},
    "working_copy empty description placeholder": {"fg": "bright green"},
    "op_log id": {"fg": "blue"},
    "op_log user": {"fg": "yellow"},
    "op_log time": {"fg": "cyan"},
    "op_log attributes": {"fg": "magenta"},
    "op_log current_operation id": {"fg": "bright blue"},
    "op_log current_operation working_copies": {"fg": "bright green"},
    "op_log current_operation time": {"fg": "bright cyan"},
    "op_log current_operation attributes": {"fg": "bright magenta"},
    "node": {"fg": "default"},
    "node working_copy": {"fg": "green", "bold": "true"},
    "node current_operation": {"fg": "green", "bold": "true"},
    "node immutable": {"fg": "bright cyan", "bold": "true"},
    "node conflict": {"fg": "red", "bold": "true"},
    "node elided": {"fg": "bright black"},
    "error": {"bold": "true"},
    "error heading": {"fg": "red", "bold": "true"},
    "warning": {"bold": "true"},
    "warning heading": {"fg": "yellow", "bold": "true"},
    "hint heading": {"fg": "cyan", "bold": "true"},
}

_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_NUMBERS = {name: number for number, name in enumerate(_NAMES)}
_NUMBERS |= {f"bright {name}": number + 8 for number, name in enumerate(_NAMES)}
_FLAGS = {
    "bold": "1", "dim": "2", "italic": "3", "underline": "4", "reverse": "7", "crossed-out": "9",
}  # fmt: skip
_ENDS = {"3": "23", "4": "24", "7": "27", "9": "29"}
_PLAIN: _Sgr = ("", "", "")


class Painter:
    """Paints pieces by the built-in theme and the rules that `own` returns."""

    def __init__(self, own: Callable[[], Mapping[str, Style]] = dict) -> None:
        """Ask for no rules yet."""
        self._own = own
        self._rules: list[tuple[tuple[str, ...], Style]] = []
        self._known: dict[str, _Sgr] = {}

    def paint(self, pieces: Iterable[Piece], mode: Mode) -> str:
        """Return the painted text of the pieces; colours end before each line break."""
        if mode == "never":
            return "".join([text for _, text in pieces])
        if mode == "debug":
            return "".join(
                f"<<{labels}::{text}>>" if text.strip() else text for labels, text in pieces
            )
        shown: list[str] = []
        now = _PLAIN
        for labels, text in pieces:
            wanted = self._style(labels)
            for number, line in enumerate(text.split("\n")):
                if number:
                    shown.append(_change(now, _PLAIN) + "\n")
                    now = _PLAIN
                if line:
                    shown.append(_change(now, wanted) + line)
                    now = wanted
        shown.append(_change(now, _PLAIN))
        return "".join(shown)

    def _style(self, labels: str) -> _Sgr:
        """Return the codes for labels."""
        style = self._known.get(labels)
        if style is None:
            best: dict[str, tuple[tuple[int, ...], str]] = {}
            stack = labels.split()
            for wanted, attributes in self._rules or self._load():
                depth = _depth(stack, wanted)
                if depth is not None:
                    for name, value in attributes.items():
                        if name not in best or best[name][0] <= depth:
                            best[name] = (depth, value)
            colors = [_color(best[name][1], name) if name in best else "" for name in ("fg", "bg")]
            flags = [
                code for name, code in _FLAGS.items() if name in best and best[name][1] == "true"
            ]
            style = self._known[labels] = (colors[0], colors[1], ";".join(flags))
        return style

    def _load(self) -> list[tuple[tuple[str, ...], Style]]:
        theme = dict(THEME)
        for labels, style in self._own().items():
            is_color = style.keys() == {"fg"} or theme.get(labels, {}).keys() <= {"fg"}
            built_in = {} if is_color else theme.pop(labels)
            theme.pop(labels, None)
            theme[labels] = built_in | style
        self._rules = [(tuple(labels.split()), style) for labels, style in theme.items()]
        return self._rules


def _color(text: str, name: str) -> str:
    """Return the code of a colour of the text (`fg`) or behind it."""
    lead = "3" if name == "fg" else "4"
    if text in _NUMBERS:
        return f"{lead}8;5;{_NUMBERS[text]}"
    if text[:1] == "#":
        red, green, blue = (int(text[at : at + 2], 16) for at in (1, 3, 5))
        return f"{lead}8;2;{red};{green};{blue}"
    if text.startswith("ansi-color-"):
        return f"{lead}8;5;{int(text[11:])}"
    return ""


def _change(now: _Sgr, wanted: _Sgr) -> str:
    """Return the escape sequences that change one style to another."""
    if now == wanted:
        return ""
    color, back, flags = now
    codes = []
    ended = [flag for flag in flags.split(";") if flag and flag not in wanted[2].split(";")]
    if any(flag not in _ENDS for flag in ended):
        codes, color, back, flags, ended = ["0"], "", "", "", []
    codes += [_ENDS[flag] for flag in ended]
    codes += [flag for flag in wanted[2].split(";") if flag and flag not in flags.split(";")]
    if wanted[0] != color:
        codes.append(wanted[0] or "39")
    if wanted[1] != back:
        codes.append(wanted[1] or "49")
    return "".join(f"\x1b[{code}m" for code in codes)


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
