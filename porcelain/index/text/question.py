"""Questions to texts: words, phrases and beginnings of words, or a regular expression.

    fork undo        both words, anywhere in a message
    "fork point"     these words, one after the other
    fork*            words that begin so; at the end of a phrase, its last word may go on

Case and forms of letters do not matter (`folding`). A word is found whole; in scripts without
spaces between words, and in Korean, anywhere. Signs in a word, as in `a.b()`, are looked for
too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, Protocol

from porcelain.errors import Refused
from porcelain.index.text.folding import fold, original_span
from porcelain.index.text.tokens import in_word, looked_up, runs
from porcelain.language.string_pattern import timed_regex

Spans = list[tuple[int, int]]
_MOST_TERMS = 32
_TERM = re.compile(r'"([^"]*)("\*?|$)|(\S+)')


class Question(Protocol):
    """A test of texts."""

    @property
    def query(self) -> str:
        """A full-text query that every text which fits answers; "" if there is none."""

    def fits(self, text: str) -> bool:
        """Tell whether a text is one of those that are looked for."""

    def spans(self, text: str) -> Spans:
        """Return where a text that fits does so, in order."""


class _Term(NamedTuple):
    """One word or phrase, folded; `is_prefix` says that its last word may go on."""

    pattern: re.Pattern[str]
    text: str
    is_prefix: bool

    def place(self, folded: str) -> tuple[int, int] | None:
        """Return where it is first in a folded text."""
        found = self.pattern.search(folded)
        while found is not None:
            start, stop = found.span()
            if not self._goes_on(folded, start, stop):
                return start, stop
            found = self.pattern.search(folded, start + 1)
        return None

    def _goes_on(self, folded: str, start: int, stop: int) -> bool:
        """Tell whether the first or the last word there is a part of a longer one."""
        if start and in_word(self.text[0]) and in_word(folded[start - 1]):
            return True
        if self.is_prefix or stop == len(folded):
            return False
        return in_word(self.text[-1]) and in_word(folded[stop])


class Words:
    """Words, phrases and beginnings of words, which a text has to have all."""

    def __init__(self, text: str) -> None:
        """Read what a user typed.

        Raises:
            Refused: there is no word in it.
        """
        self._terms = list(map(_term, _typed(text)))
        if not self._terms:
            raise Refused("There is no word to search for", code="empty_search")
        terms = {
            part for one in self._terms for part in looked_up(one.text, is_prefix=one.is_prefix)
        }
        # A few long words narrow the search as well as many, whatever was pasted.
        self.query = " AND ".join(sorted(terms, key=lambda term: (-len(term), term))[:_MOST_TERMS])

    def fits(self, text: str) -> bool:
        """Tell whether a text has all of them."""
        folded = fold(text)
        return all(term.place(folded) for term in self._terms)

    def spans(self, text: str) -> Spans:
        """Return the first place of each in a text."""
        folded = fold(text)
        places = [place for term in self._terms if (place := term.place(folded))]
        return sorted({original_span(text, *place) for place in places})


class Expression:
    """A regular expression, with a time limit; case matters."""

    query = ""

    def __init__(self, expression: str) -> None:
        """Compile it.

        Raises:
            Refused: it is invalid.
        """
        self._regex = timed_regex(expression, ignores_case=False)

    def fits(self, text: str) -> bool:
        """Tell whether it matches anywhere in a text.

        Raises:
            Refused: it takes too long.
        """
        return self._regex.search(text)

    def spans(self, text: str) -> Spans:
        """Return the places where it matches."""
        return self._regex.spans(text)


class Passing(NamedTuple):
    """Any test of whole texts, such as a string pattern; it shows no place."""

    fits: Callable[[str], bool]
    query: str = ""

    def spans(self, _text: str) -> Spans:
        """Return no place."""
        return []


def _typed(text: str) -> list[tuple[str, bool]]:
    """Return the words and phrases in what was typed, and whether each may go on."""
    found: list[tuple[str, bool]] = []
    for phrase, end, word in _TERM.findall(text):
        folded = fold(word or phrase)
        last = folded.removesuffix("*")
        goes_on = (end == '"*' or last != folded) and any(runs(last[-1:]))
        found.append((last if goes_on else folded, goes_on))
    return [(folded, goes_on) for folded, goes_on in found if folded.strip()]


def _term(typed: tuple[str, bool]) -> _Term:
    folded, is_prefix = typed[0].strip(), typed[1]
    pattern = r"\s+".join(map(re.escape, folded.split()))
    return _Term(re.compile(pattern), folded, is_prefix)
