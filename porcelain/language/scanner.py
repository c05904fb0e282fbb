"""A place in a text, and the literals that both expression languages have.

Revsets and templates have grammars of their own, but the same strings, the same names for
functions and the same errors that point at a place in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import NoReturn

from porcelain.display import Span, plain
from porcelain.errors import ExpressionError

BLANKS = " \t\r\n\f"
STRICT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_COMPARED = 4_000
_STRING_TEXT = re.compile(r'[^"\\]+')
_ESCAPE = re.compile(r'\\(?:x([0-9a-fA-F]{2})|(["\\trn0e]))')
_ESCAPED = dict(zip('"\\trn0e', '"\\\t\r\n\0\x1b', strict=True))


class Scanner:
    """A text and a place in it. Every error is raised as the language's own class."""

    error: type[ExpressionError] = ExpressionError

    def __init__(self, text: str) -> None:
        """Start at the beginning of `text`."""
        self.text = text
        self.place = 0

    def peek(self) -> str:
        """Return the next character, "" at the end."""
        return self.text[self.place : self.place + 1]

    def at(self, token: str) -> bool:
        """Tell whether `token` comes next."""
        return self.text.startswith(token, self.place)

    def accept(self, token: str) -> bool:
        """Step over `token` if it comes next, and tell whether it did."""
        if not self.text.startswith(token, self.place):
            return False
        self.place += len(token)
        return True

    def match(self, pattern: re.Pattern[str]) -> str:
        """Step over text that fits a pattern and return it; "" if none comes next."""
        found = pattern.match(self.text, self.place)
        if found is None:
            return ""
        self.place = found.end()
        return found[0]

    def strict_name(self) -> str:
        """Step over an ASCII identifier and return it; "" if none comes next."""
        return self.match(STRICT_NAME)

    def skip_blanks(self) -> None:
        """Step over white space."""
        while self.place < len(self.text) and self.text[self.place] in BLANKS:
            self.place += 1

    def fail(self, reason: str, span: Span | None = None, hints: Iterable[str] = ()) -> NoReturn:
        """Raise the language's error, by default pointing at the present place."""
        raise self.error(self.text, span or (self.place, self.place), reason, tuple(hints))

    def expected(self, what: str, hints: Iterable[str] = ()) -> NoReturn:
        """Raise the language's error: the next character is not `what`."""
        found = f"`{plain(self.peek())}`" if self.peek() else "the end"
        self.fail(f"expected {what}, found {found}", None, hints)

    def string(self) -> str:
        """Step over the string literal that begins here and return its value.

        Double quotes understand escapes; within single quotes every character is itself.
        """
        start = self.place
        if self.accept("'"):
            end = self.text.find("'", self.place)
            if end < 0:
                self.fail("the string has no closing `'`", (start, start + 1))
            value = self.text[self.place : end]
            self.place = end + 1
            return value
        self.place += 1
        parts = []
        while not self.accept('"'):
            if not self.peek():
                self.fail('the string has no closing `"`', (start, start + 1))
            parts.append(self._escape() if self.at("\\") else self.match(_STRING_TEXT))
        return "".join(parts)

    def _escape(self) -> str:
        """Step over an escape and return the character that it stands for."""
        found = _ESCAPE.match(self.text, self.place)
        if found is None:
            span = (self.place, min(self.place + 2, len(self.text)))
            known = 'Known are \\" \\\\ \\t \\r \\n \\0 \\e \\xHH'
            self.fail("unknown escape in a string", span, [known])
        self.place = found.end()
        return _ESCAPED[found[2]] if found[2] else chr(int(found[1], 16))


def lone_surrogate(text: str) -> Span | None:
    """Return the place of a character that no UTF-8 text has, and no stored name equals."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start, error.end
    return None


def similar_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that `name` may be a typing error for, the likeliest first.

    Only the first of very many known names are compared: 100,000 take seconds.
    """
    from difflib import get_close_matches

    return get_close_matches(name, list(islice(known, _MOST_COMPARED)), 5, 0.7)
