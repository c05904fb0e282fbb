"""Patterns to redact, in jj's notation, and finders made of them.

text            a text anywhere in a value
exact:text      a value that equals the text
glob:a*b        a value that matches as a whole
regex:[0-9]{4}  any match of the expression
substring-i:    `-i` after the kind ignores case
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from porcelain.errors import Refused
from porcelain.language.string_pattern import NamePattern, timed_regex
from porcelain.model.redacted_row import PLACEHOLDER

Range = tuple[int, int]
Find = Callable[[str], Iterable[Range]]
"""Finds ranges (start, stop) in a text, none of them empty."""


class Finder(Protocol):
    """Finds the text to redact."""

    @property
    def is_literal(self) -> bool:
        """Whether it searches for one given text; ids are searched too then."""
        ...

    def find(self, text: str, key: str) -> Iterator[Range]:
        """Yield the matches in a value; `key` is the name of its JSON member, or ""."""
        ...

    def may_find(self, text: str) -> bool:
        """Tell whether a part of the text may match; True in doubt."""
        ...


class TextPattern(NamedTuple):
    """A `Finder` for a pattern that a user gave."""

    pattern: NamePattern
    spans: Find | None

    @classmethod
    def parse(cls, text: str) -> TextPattern:
        """Parse a pattern; its default kind is `substring`.

        Raises:
            Refused: it is invalid or empty, or matches the placeholder.
        """
        try:
            pattern = NamePattern.parse(text, "substring")
        except Refused as error:
            hint = "`substring:` before a text takes it literally"
            raise Refused(
                str(error).replace("name pattern", "pattern"), hint, code="pattern"
            ) from None
        spans: Find | None = None
        if pattern.kind == "substring":
            flags = re.IGNORECASE if pattern.ignores_case else re.NOFLAG
            find = re.compile(re.escape(pattern.text), flags).finditer
            spans = lambda text: (match.span() for match in find(text))  # noqa: E731
        elif pattern.kind == "regex":
            spans = timed_regex(pattern.text, pattern.ignores_case).spans
        made = cls(pattern, spans)
        if not pattern.text:
            raise Refused("The pattern is empty, and would match everywhere", code="pattern")
        if any(made.find(PLACEHOLDER, "")):
            raise Refused(
                f"The pattern also matches `{PLACEHOLDER}`, which replaces the text",
                "Give more of the text",
                code="pattern",
            )
        return made

    @property
    def is_literal(self) -> bool:
        """Whether it searches for one given text."""
        return self.pattern.kind in ("substring", "exact")

    def find(self, text: str, key: str) -> Iterator[Range]:  # noqa: ARG002 - the protocol's
        """Yield the matches of the pattern."""
        if self.spans is None:
            if text and self.pattern.matches(text):
                yield 0, len(text)
            return
        yield from ((start, stop) for start, stop in self.spans(text) if start < stop)

    def may_find(self, text: str) -> bool:
        """Tell whether a part of the text may match; anchors leave it in doubt."""
        if self.pattern.kind == "substring":
            return self.spans is not None and any(self.spans(text))
        if self.pattern.is_exact:
            return self.pattern.text in text
        return True


class Several(NamedTuple):
    """A `Finder` that combines several."""

    finders: Sequence[Finder]

    @property
    def is_literal(self) -> bool:
        """Whether all of them search for one given text."""
        return all(finder.is_literal for finder in self.finders)

    def find(self, text: str, key: str) -> Iterator[Range]:
        """Yield the matches of all of them."""
        for finder in self.finders:
            yield from finder.find(text, key)

    def may_find(self, text: str) -> bool:
        """Tell whether one of them may match."""
        return any(finder.may_find(text) for finder in self.finders)


def within(finder: Finder, key: str = "") -> Find:
    """Return the finder's search of the values of one member."""
    return lambda text: finder.find(text, key)
