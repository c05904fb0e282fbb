"""Folding of texts, so that spellings of one text that look alike are equal.

Upper and lower case (`STRASSE`, `Straße`), composed and decomposed letters, wide and half-width
forms, ligatures: NFKC after case folding. The letters I, İ, ı and i are one, because nobody
knows the language of a text. Characters that show nothing, and the vowel signs and the
stretching of Arabic, which most writers leave out, do not count. Accents do.
"""

from __future__ import annotations

import re
from functools import cache
from unicodedata import normalize

_DOTTED = re.compile("i\u0307+")
_CHUNK = re.compile("[^ \n]*[ \n]?")
_GROUP = re.compile("[^\u0300-\u036f]?[\u0300-\u036f]*")
_NOTHING = (
    *("\u00ad", "\u034f", "\u061c", "\u0640", "\u0670", "\u3164", "\ufeff"),
    *(chr(code) for code in range(0x064B, 0x0653)),
    *(chr(code) for code in range(0x180B, 0x180F)),
    *(chr(code) for code in range(0x200B, 0x2010)),
    *(chr(code) for code in range(0x202A, 0x202F)),
    *(chr(code) for code in range(0x2060, 0x2070)),
    *(chr(code) for code in range(0xFE00, 0xFE10)),
)


@cache
def _replaced() -> dict[int, str | None]:
    return dict.fromkeys(map(ord, _NOTHING)) | {ord("ı"): "i"}


def fold(text: str) -> str:
    """Return a text in the form in which texts are compared."""
    if text.isascii():
        return text.lower()
    # The steps of Unicode's caseless match of compatible texts.
    folded = normalize("NFKC", normalize("NFD", text).translate(_replaced()).casefold())
    folded = normalize("NFKC", folded.casefold()).translate(_replaced())
    if "i\u0307" in folded:
        folded = _DOTTED.sub("i", folded)
    return normalize("NFKC", folded)


def original_span(text: str, start: int, stop: int) -> tuple[int, int]:
    """Return the part of a text whose folded form is `start` to `stop` of the text's folded form.

    Near letters whose parts were joined it may be a letter longer.
    """
    if text.isascii():
        return start, stop
    first = _original(text, start, is_end=False)
    return first, max(first, _original(text, stop, is_end=True))


def _original(text: str, place: int, *, is_end: bool) -> int:
    """Return where a place of the folded text is in the text: before a letter, or behind it."""
    wanted = place if is_end else place + 1
    chunk, before = _reached(_CHUNK, text, wanted)
    if chunk is None:
        return len(text)
    letter, _ = _reached(_GROUP, chunk.group(), wanted - before)
    if letter is None:
        return chunk.end()
    return chunk.start() + (letter.end() if is_end else letter.start())


def _reached(parts: re.Pattern[str], text: str, wanted: int) -> tuple[re.Match[str] | None, int]:
    """Return the part with which the folded text is so long, and its length before that."""
    length = 0
    for part in parts.finditer(text):
        more = len(fold(part.group()))
        if more and length + more >= wanted:
            return part, length
        length += more
    return None, length
