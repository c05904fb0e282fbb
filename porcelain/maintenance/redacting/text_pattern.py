"""What is to be redacted: a pattern in jj's spelling, built-in secrets, or both.

text            a text, wherever it stands
exact:text      a value that is this and nothing else
glob:a*b        a value that fits as a whole
regex:[0-9]{4}  whatever the expression finds
substring-i:    `-i` after the kind: upper and lower case are the same
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from porcelain.errors import Refused
from porcelain.language.string_pattern import NamePattern
from porcelain.maintenance.redacting.json_escapes import Range
from porcelain.model.redacted_row import PLACEHOLDER


class Finder(Protocol):
    """Finds text that is to go."""

    @property
    def is_literal(self) -> bool:
        """Whether one given text is looked for, so that ids are searched too."""
        ...

    def find(self, text: str, key: str) -> Iterator[Range]:
        """Yield where in a value something is found; `key` is the member it stands in, or ""."""
        ...

    def may_find(self, text: str) -> bool:
        """Tell whether anything can be found in any part of a text; True in doubt."""
        ...


class TextPattern(NamedTuple):
    """A pattern that somebody typed; a `Finder`."""

    pattern: NamePattern
    expression: re.Pattern[str] | None

    @classmethod
    def parse(cls, text: str) -> TextPattern:
        """Read a pattern; one that names no kind is a text to look for.

        Raises:
            Refused: it cannot be read, is empty, or would find what is put in its place.
        """
        try:
            pattern = NamePattern.parse(text, "substring")
        except Refused as error:
            hint = "`substring:` before a text takes it as it is"
            raise Refused(
                str(error).replace("name pattern", "pattern"), hint, code="pattern"
            ) from None
        expression = None
        flags = re.IGNORECASE if pattern.ignores_case else re.NOFLAG
        if pattern.kind == "substring":
            expression = re.compile(re.escape(pattern.text), flags)
        elif pattern.kind == "regex":
            expression = re.compile(pattern.text, flags | re.DOTALL)
        made = cls(pattern, expression)
        if not pattern.text:
            raise Refused("The pattern is empty, and would be found everywhere", code="pattern")
        if any(made.find(PLACEHOLDER, "")):
            raise Refused(
                f"The pattern would find `{PLACEHOLDER}` too, which is put in its place",
                "Give more of the text",
                code="pattern",
            )
        return made

    @property
    def is_literal(self) -> bool:
        """Whether one given text is looked for."""
        return self.pattern.kind in ("substring", "exact")

    def find(self, text: str, key: str) -> Iterator[Range]:  # noqa: ARG002 - the protocol's
        """Yield where the pattern is found."""
        if self.expression is None:
            if text and self.pattern.matches(text):
                yield 0, len(text)
            return
        for match in self.expression.finditer(text):
            if match.end() > match.start():
                yield match.span()

    def may_find(self, text: str) -> bool:
        """Tell whether a part of the text may be found; anchors make it hard to tell."""
        if self.pattern.kind == "substring":
            return self.expression is not None and self.expression.search(text) is not None
        if self.pattern.is_exact:
            return self.pattern.text in text
        return True


class Several(NamedTuple):
    """Finders together; a `Finder`."""

    finders: Sequence[Finder]

    @property
    def is_literal(self) -> bool:
        """Whether all of them look for one given text."""
        return all(finder.is_literal for finder in self.finders)

    def find(self, text: str, key: str) -> Iterator[Range]:
        """Yield what any of them finds."""
        for finder in self.finders:
            yield from finder.find(text, key)

    def may_find(self, text: str) -> bool:
        """Tell whether one of them may find something."""
        return any(finder.may_find(text) for finder in self.finders)


def within(finder: Finder, key: str = "") -> Callable[[str], Iterator[Range]]:
    """Return a finder's search of values of one member."""
    return lambda text: finder.find(text, key)
