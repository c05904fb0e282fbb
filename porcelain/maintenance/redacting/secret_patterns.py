"""Patterns of secrets: keys, tokens and passwords.

Every expression begins at a boundary, and each repetition in it is bounded or possessive, so that a
line of a megabyte costs milliseconds whatever its content. Hex ids and UUIDs are not taken for
secrets by their entropy or by the name before them: they are ids of commits, messages and sessions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log2
from typing import NamedTuple

from porcelain.maintenance.redacting.text_pattern import Range

_WORD = r"(?<![A-Za-z0-9_-])"
_PRIVATE_KEY = (
    # Up to its end or, if that is missing, to the next dashes. A group must not be possessive:
    # Python before 3.11.5 matches too little then.
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-(?!----)[^-]*)*"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
)
_SHAPES = (
    _PRIVATE_KEY,
    rf"{_WORD}(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{{16}}(?![A-Za-z0-9])",
    rf"{_WORD}gh[pousr]_[A-Za-z0-9]{{36,255}}",
    rf"{_WORD}github_pat_[A-Za-z0-9_]{{22,255}}",
    rf"{_WORD}glpat-[A-Za-z0-9_-]{{20,255}}",
    rf"{_WORD}xox[abeoprs]-[A-Za-z0-9-]{{10,255}}",
    rf"{_WORD}xapp-[A-Za-z0-9-]{{10,255}}",
    r"hooks\.slack\.com/services/[A-Za-z0-9/_-]{20,120}",
    rf"{_WORD}AIza[A-Za-z0-9_-]{{35}}(?![A-Za-z0-9_-])",
    rf"{_WORD}[rs]k_(?:live|test)_[A-Za-z0-9]{{16,255}}",
    rf"{_WORD}(?:npm_|hf_|gsk_|r8_|pul-|lin_api_|ntn_)[A-Za-z0-9_-]{{30,255}}",
    rf"{_WORD}(?:shp(?:at|ca|pa|ss)_|nfp_|figd_|dckr_pat_)[A-Za-z0-9_-]{{27,255}}",
    rf"{_WORD}whsec_[A-Za-z0-9+/]{{24,255}}=?=?",
    rf"{_WORD}sb[ps]_[A-Za-z0-9_]{{30,255}}",
    rf"{_WORD}sb_secret_[A-Za-z0-9_-]{{20,255}}",
    rf"{_WORD}(?:dop|doo|dor)_v1_[a-f0-9]{{64}}",
    rf"{_WORD}(?:xai|tvly|pplx|CFPAT|GOCSPX)-[A-Za-z0-9_-]{{20,255}}",
    rf"{_WORD}(?:hvs|hvb)\.[A-Za-z0-9_-]{{24,255}}",
    rf"{_WORD}ATATT3[A-Za-z0-9_=-]{{50,255}}",
    rf"{_WORD}ya29\.[A-Za-z0-9_-]{{20,400}}",
    rf"{_WORD}AGE-SECRET-KEY-1[A-Z0-9]{{58}}",
    rf"{_WORD}sntry[su]_[A-Za-z0-9_=+/-]{{40,400}}",
    # A Telegram bot: its number, and 35 characters that begin with AA.
    r"(?<![A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])",
    # A Discord bot: its number in base 64, a time, a code.
    rf"{_WORD}[MNO][A-Za-z0-9_-]{{23,25}}\.[A-Za-z0-9_-]{{6}}\.[A-Za-z0-9_-]{{27,38}}",
    rf"{_WORD}pypi-[A-Za-z0-9_-]{{50,255}}",
    rf"{_WORD}SG\.[A-Za-z0-9_-]{{16,64}}\.[A-Za-z0-9_-]{{16,128}}",
    rf"{_WORD}eyJ[A-Za-z0-9_-]{{8,}}+\.eyJ[A-Za-z0-9_-]{{8,}}+\.[A-Za-z0-9_-]{{8,}}+",
)
_KNOWN = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))
_SK = re.compile(rf"{_WORD}sk-[A-Za-z0-9_-]{{20,255}}")
_URL = re.compile(r"://[^\s/:@\"'<>\\]{0,100}:([^\s/@\"'<>\\]{1,200})@")
_NAME = (
    r"(?:api[_-]?key|apikey|secret(?:[_-]?(?:access[_-]?)?key)?|access[_-]?key|private[_-]?key"
    r"|auth[_-]?token|token|passwd|password|pwd|credentials?)"
)
_ASSIGNED = re.compile(
    rf"{_NAME}[\"']?[ \t]{{0,5}}(?::=|=>|=|:)[ \t]{{0,5}}(?:\"([^\"\s]{{8,200}})\"|'([^'\s]{{8,200}})'"
    r"|([A-Za-z0-9/+_.~-]{16,200}=?=?))",
    re.IGNORECASE,
)
_BARE = 3
"""The group of a value without quotes."""

_CONTEXT = re.compile(
    r"(?:key|token|secret|password|passwd|credential|bearer|authorization)s?"
    r"[^A-Za-z0-9]{1,10}(?:(?:is|was|bearer|basic)[^A-Za-z0-9]{1,5})?"
    r"([A-Za-z0-9+/_-]{20,200}+=?=?)(?![A-Za-z0-9+/_-])",
    re.IGNORECASE,
)
_MEMBER = re.compile(rf"[A-Za-z0-9_-]{{0,40}}?{_NAME}", re.IGNORECASE)
_ID = re.compile(r"(?:0x)?[0-9a-fA-F]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_STAND_IN = re.compile(
    r"[$<{%*\[(].*|x{4,}.*|\.{3,}.*|(?:your|my|some|example|changeme|placeholder|process\.|os\.|env\.)"
    r".*|null|undefined|none|true|false",
    re.IGNORECASE | re.DOTALL,
)
_HINTS = re.compile(
    r"AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|glpat-|xox|xapp-|slack\.com|AIza|[rs]k_|npm_|hf_"
    r"|pypi-|SG\.|PRIVATE KEY|eyJ|sk-|://|gsk_|r8_|pul-|lin_api_|ntn_|shp|nfp_|figd_|dckr_"
    r"|whsec_|sb[ps_]|_v1_|xai-|tvly-|pplx-|CFPAT|GOCSPX|hv[sb]\.|ATATT|ya29|AGE-|sntry|:AA"
    r"|[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\."
    r"|(?i:key|token|secret|passw|pwd|credential|bearer|authorization)"
)
_RANDOM = 3.2
"""The entropy in bits a character above which a text counts as random; English has 2.8 to 4."""


class Secrets(NamedTuple):
    """The built-in patterns; a `Finder`.

    Without `by_randomness` those are left out that take a bare value for a secret because of
    its randomness and the word before it.
    """

    by_randomness: bool = True

    @property
    def is_literal(self) -> bool:
        """Whether it searches for one given text: no."""
        return False

    def may_find(self, text: str) -> bool:
        """Tell whether a text may contain a secret."""
        return _HINTS.search(text) is not None

    def find(self, text: str, key: str) -> Iterator[Range]:
        """Yield the secrets in a value; the whole value of a member like `password` may be one."""
        if key and _MEMBER.fullmatch(key) and _is_secret(text) and not re.search(r"\s", text):
            yield 0, len(text)
            return
        if not self.may_find(text):
            return
        for match in _KNOWN.finditer(text):
            yield match.span()
        for match in _SK.finditer(text):
            if _is_random(match.group()):
                yield match.span()
        for match in _URL.finditer(text):
            if not _STAND_IN.fullmatch(match.group(1)):
                yield match.span(1)
        for match in _ASSIGNED.finditer(text):
            group = match.lastindex or 0
            if group < _BARE and _is_secret(match.group(group)):
                yield match.span(group)
        if self.by_randomness:
            yield from _random_values(text)


def _random_values(text: str) -> Iterator[Range]:
    """Yield the bare values that a word like `token` precedes, and that look random."""
    for match in _ASSIGNED.finditer(text):
        value = match.group(_BARE)
        if value is not None and _is_secret(value) and _is_random(value):
            yield match.span(_BARE)
    for match in _CONTEXT.finditer(text):
        if _is_secret(match.group(1)) and _is_random(match.group(1)):
            yield match.span(1)


def _is_secret(value: str) -> bool:
    if not 8 <= len(value) <= 200 or _ID.fullmatch(value):
        return False
    return _STAND_IN.fullmatch(value) is None


def _is_random(text: str) -> bool:
    """Tell whether a text has letters and digits and a high entropy."""
    if not any(c.isdigit() for c in text) or not any(c.isalpha() for c in text):
        return False
    counts = [text.count(c) for c in set(text)]
    size = len(text)
    return -sum(count / size * log2(count / size) for count in counts) >= _RANDOM
