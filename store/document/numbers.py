"""Decimal numbers in text from outside: ASCII digits only, and never too long to compute with.

`int` also takes signs, blanks, underscores and digits of other scripts, and raises above 4,300
digits; SQLite and C take 64 bits.
"""

from __future__ import annotations

LARGEST = 2**63 - 1
_MOST_DIGITS = 19


def read_number(text: str) -> int | None:
    """Return the number that a text of ASCII digits means; None for other text or above 64 bits."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    number = int(digits or "0") if len(digits) <= _MOST_DIGITS else LARGEST + 1
    return number if number <= LARGEST else None
