r"""Texts under all their spellings: as they are, and with JSON escapes undone, again and again.

What an agent's tool was given is often JSON in a JSON string, or a program that holds JSON in
turn, so one word may be spelt `é`, `\u00e9` or `\\u00e9`. Here a text is unescaped level by
level; what is found at any level is replaced where it stands in the source, and nothing else
is touched.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from porcelain.model.redacted_row import PLACEHOLDER

Range = tuple[int, int]
Find = Callable[[str], Iterable[Range]]
"""Says where in a text something is found: ranges (start, stop), none of them empty."""

_MOST_LEVELS = 8
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}"
    r'|["\\/bfnrt])'
)
_PLAIN = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

Stop = tuple[int, int]
"""A place in an unescaped text, and where the source goes on there."""


def spellings(text: str) -> Iterator[str]:
    """Yield a text, then the text with its escapes undone once, twice, … as far as there are."""
    for _ in range(_MOST_LEVELS):
        yield text
        if "\\" not in text:
            return
        plain = _ESCAPE.sub(_unescape, text)
        if plain == text:
            return
        text = plain


def redacted_text(text: str, find: Find, *, escaped: bool = False) -> str | None:
    """Return a text with what is found replaced by `PLACEHOLDER`; None where nothing is.

    `escaped` says that the text is a JSON string as written: then it is not searched as it
    stands, only unescaped.
    """
    found: set[Range] = set()
    above: list[list[Stop]] = []
    for level, plain in enumerate(spellings(text)):
        if level:
            above.append([])
        if level == 0 and escaped and "\\" in text:
            continue
        for start, stop in find(plain):
            if level and not above[-1]:
                _fill(above, text)
            found.add((_source(start, above), _source(stop, above)))
    return _replaced(text, found) if found else None


def _fill(above: list[list[Stop]], text: str) -> None:
    """Work out, for each level down to the deepest, how its places map to the one above."""
    for stops in above:
        if not stops:
            stops.append((0, 0))
            done = end = 0
            for match in _ESCAPE.finditer(text):
                done += match.start() - end + 1
                end = match.end()
                stops.append((done, end))
        text = _ESCAPE.sub(_unescape, text)


def _source(place: int, above: list[list[Stop]]) -> int:
    for stops in reversed(above):
        there, here = stops[bisect_right(stops, place, key=lambda stop: stop[0]) - 1]
        place = here + place - there
    return place


def _replaced(text: str, found: Iterable[Range]) -> str:
    """Replace ranges; those that overlap are one."""
    parts: list[str] = []
    done = 0
    covered = -1
    for start, stop in sorted(found):
        if start < covered:
            covered = max(covered, stop)
            done = covered
            continue
        parts += (text[done:start], PLACEHOLDER)
        done = covered = stop
    return "".join([*parts, text[done:]])


def _unescape(match: re.Match[str]) -> str:
    written = match.group()
    if written[1] != "u":
        return _PLAIN.get(written[1], written[1])
    first = int(written[2:6], 16)
    if len(written) == 6:
        return chr(first)
    return chr(0x10000 + ((first - 0xD800) << 10) + int(written[8:12], 16) - 0xDC00)
