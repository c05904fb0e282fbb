"""What the two expression languages share: a place in a text, literals, did-you-mean.

Revsets and templates have grammars of their own, but the same strings, the same names for
functions and the same way to say where a text goes wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from porcelain.display import Span, plain
from porcelain.errors import ExpressionError

# Deeper texts are no one's intention, and would exhaust the interpreter's stack.
MAX_DEPTH = 50

BLANKS = " \t\r\n\f"
_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_ASCII_DIGITS = frozenset("0123456789")
_ESCAPES = {
    '"': '"',
    "\\": "\\",
    "t": "\t",
    "r": "\r",
    "n": "\n",
    "0": "\0",
    "e": "\x1b",
}


class Part:
    """Any part of a parsed text.

    `span` is where it stands, `depth` the number of parts from here to the deepest within.
    """

    __slots__ = ("depth", "span")

    def __init__(self, span: Span, parts: Iterable[Part] = ()) -> None:
        self.span = span
        self.depth: int = 1 + max((part.depth for part in parts), default=0)


class Scanner:
    """A text and a place in it. Every fault is raised as the language's own error."""

    error: type[ExpressionError] = ExpressionError

    def __init__(self, text: str) -> None:
        """Start at the beginning of `text`."""
        self.text = text
        self.place = 0
        self._depth = 0

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

    def skip_blanks(self) -> None:
        """Step over white space."""
        while self.place < len(self.text) and self.text[self.place] in BLANKS:
            self.place += 1

    def enter(self) -> None:
        """Count one level of nesting.

        Raises:
            ExpressionError: it is one too many.
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail(f"nested more than {MAX_DEPTH} levels deep")

    def leave(self) -> None:
        """Count one level of nesting less."""
        self._depth -= 1

    def check_depth(self, part: Part) -> None:
        """Refuse what evaluation, a few calls for each part, would run out of stack on.

        Raises:
            ExpressionError: it is too deep.
        """
        if part.depth > 3 * MAX_DEPTH:
            self.fail("nested too deeply", part.span)

    def fail(self, reason: str, span: Span | None = None, hints: Iterable[str] = ()) -> NoReturn:
        """Raise the language's error, by default pointing at the present place."""
        raise self.error(self.text, span or (self.place, self.place), reason, tuple(hints))

    def expected(self, what: str) -> NoReturn:
        """Raise the language's error: something else stands here."""
        found = f"`{plain(self.peek())}`" if self.peek() else "the end"
        self.fail(f"expected {what}, found {found}")

    def strict_name(self) -> str:
        """Step over an ASCII identifier and return it; "" if none comes next."""
        start = end = self.place
        text = self.text
        if end < len(text) and text[end] in _ASCII_LETTERS:
            end += 1
            while end < len(text) and (text[end] in _ASCII_LETTERS or text[end] in _ASCII_DIGITS):
                end += 1
        self.place = end
        return text[start:end]

    def digits(self) -> str:
        """Step over ASCII digits and return them."""
        start = self.place
        while self.peek() in _ASCII_DIGITS:
            self.place += 1
        return self.text[start : self.place]

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
            parts.append(self._escape() if self.at("\\") else self.peek())
            self.place += 1
        return "".join(parts)

    def _escape(self) -> str:
        """Return what an escape stands for, and stop on its last character."""
        start = self.place
        self.place += 1
        letter = self.peek()
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        if letter == "x":
            digits = self.text[self.place + 1 : self.place + 3]
            if len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
                self.place += 2
                return chr(int(digits, 16))
        known = 'Known are \\" \\\\ \\t \\r \\n \\0 \\e \\xHH'
        return self.fail("unknown escape in a string", (start, self.place + len(letter)), [known])


def is_strict_name(text: str) -> bool:
    """Tell whether `text` is an ASCII identifier, as functions and keywords have."""
    return text.isascii() and text.isidentifier()


def similar_names(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that `name` may be a slip of, the likeliest first."""
    from difflib import get_close_matches

    return get_close_matches(name, list(known), 5, 0.7)


def did_you_mean(similar: Iterable[str]) -> tuple[str, ...]:
    """Return the hint that offers these names, or none."""
    shown = ", ".join(f"`{plain(name)}`" for name in similar)
    return (f"Did you mean {shown}?",) if shown else ()
