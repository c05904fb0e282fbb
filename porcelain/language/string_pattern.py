r"""Patterns that choose names: exact, glob, regex or substring, in jj's spelling.

    name*             a glob, or the kind that is the default where it is used
    exact:"a b"       the whole name; the text may be quoted, as in a revset
    regex:^try-\d+$   found anywhere in the name, unless anchored
    glob-i:WORK/*     `-i` after the kind: upper and lower case are the same

In a glob `*` stands for any text, `/` included, `?` for one character, `[a-z]` and `[!a-z]`
for one of a class, `{a,b}` for one of several, and `\` makes the next character literal.
A glob without any of these is an exact name.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from porcelain.display import plain
from porcelain.errors import ExpressionError, Refused
from porcelain.language.scanner import Scanner, lone_surrogate

if TYPE_CHECKING:
    from porcelain.language.timed_regex import TimedRegex

KINDS = ("exact", "glob", "regex", "substring")
_ANY = ".*"
_SHORT = 100
_SPECIAL = frozenset("*?[]{}\\")
_HINT = (
    "A kind is one of `exact:`, `glob:`, `regex:` and `substring:`, "
    "with `-i` (`glob-i:`) where case does not matter"
)


class NamePattern(NamedTuple):
    """One pattern; `text` follows the kind, without quotes."""

    kind: str
    text: str
    ignores_case: bool
    test: Callable[[str], bool]

    @classmethod
    def parse(cls, text: str, default: str = "glob") -> NamePattern:
        """Read a pattern as it is typed; `default` is the kind of one that names none.

        Raises:
            Refused: an unknown kind, an unfinished quotation, glob or regular expression.
        """
        kind, colon, rest = text.partition(":")
        if not colon or not kind.replace("-", "").isalpha():
            kind, rest = default, text
        kind, ignores_case = kind.removesuffix("-i"), kind.endswith("-i")
        if kind not in KINDS:
            raise Refused(f"Invalid name pattern kind `{plain(kind)}:`", _HINT, code="name_pattern")
        return cls.of(kind, _unquoted(rest), ignores_case)

    @classmethod
    def of(cls, kind: str, text: str, ignores_case: bool = False) -> NamePattern:
        """Make a pattern of its parts; `kind` is one of `KINDS`.

        Raises:
            Refused: an unfinished glob or regular expression, or no valid Unicode.
        """
        if lone_surrogate(text):
            raise _invalid(text, "it is not valid Unicode")
        if kind == "glob" and _SPECIAL.isdisjoint(text):
            kind = "exact"
        return cls(kind, text, ignores_case, _test(kind, text, ignores_case))

    def matches(self, name: str) -> bool:
        """Tell whether the pattern fits a name."""
        return self.test(name)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where the pattern fits in a text, from left to right."""
        if self.kind in ("regex", "substring"):
            return timed_regex(self._expression, self.ignores_case).spans(text)
        return [(0, len(text))] if self.test(text) else []

    def groups(self, found: str) -> list[str]:
        """Return a text that was found, and the groups of the expression in it."""
        match = re.fullmatch(self._expression, found, re.IGNORECASE if self.ignores_case else 0)
        return [found, *((one or "" for one in match.groups()) if match else ())]

    @property
    def _expression(self) -> str:
        return self.text if self.kind == "regex" else re.escape(self.text)

    @property
    def is_exact(self) -> bool:
        """Whether `text` is the only name that fits, so that no search is needed."""
        return self.kind == "exact" and not self.ignores_case


def timed_regex(text: str, ignores_case: bool) -> TimedRegex:
    """Compile a user's regular expression.

    Raises:
        Refused: it is invalid.
    """
    from porcelain.language.timed_regex import TimedRegex

    return TimedRegex(_compiled(text, text, ignores_case), text)


def _test(kind: str, text: str, ignores_case: bool) -> Callable[[str], bool]:
    if kind == "regex":
        return timed_regex(text, ignores_case).search
    if kind == "glob":
        wanted = _compiled(_of_glob(text), text, ignores_case)
        if "{" not in text:
            return lambda name: wanted.fullmatch(name) is not None
        from porcelain.language.timed_regex import TimedRegex

        return TimedRegex(wanted, text).fullmatch
    if ignores_case:
        folded = text.casefold()
        if kind == "exact":
            return lambda name: name.casefold() == folded
        return lambda name: folded in name.casefold()
    if kind == "exact":
        return text.__eq__
    return lambda name: text in name


def _compiled(expression: str, shown: str, ignores_case: bool) -> re.Pattern[str]:
    flags = re.DOTALL | (re.IGNORECASE if ignores_case else re.NOFLAG)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # a set that Python may read differently
            if len(expression) <= _SHORT:
                return re.compile(expression, flags)
            from porcelain.language.timed_regex import timed_compile

            return timed_compile(expression, flags, shown)
    except (re.error, OverflowError, RecursionError) as error:
        raise _invalid(shown, str(error)) from None


def _of_glob(text: str) -> str:
    """Return the regular expression that a glob stands for."""
    parts: list[str] = []
    depth = place = 0
    while place < len(text):
        character = text[place]
        place += 1
        if character == "\\":
            if place == len(text):
                raise _invalid(text, "it ends with a backslash")
            parts.append(re.escape(text[place]))
            place += 1
        elif character == "[":
            part, place = _class(text, place)
            parts.append(part)
        elif character in "{}" or (character == "," and depth):
            depth += {"{": 1, "}": -1}.get(character, 0)
            parts.append({"{": "(?:", "}": ")", ",": "|"}[character])
            if depth < 0:
                raise _invalid(text, "it closes a `{` that was not opened")
        else:
            parts.append({"*": _ANY, "?": "."}.get(character) or re.escape(character))
    if depth:
        raise _invalid(text, "its `{` is not closed")
    return "".join(parts) if "{" in text else _atomic(parts)


def _atomic(parts: Iterable[str]) -> str:
    """Join the parts of a glob so that no `*` is tried again once the text after it was found."""
    between = [""]
    for part in parts:
        if part == _ANY:
            between.append("")
        else:
            between[-1] += part
    first, *middle = between
    last = f"{_ANY}{middle.pop()}" if middle else ""
    return "".join([first, *(f"(?>.*?{text})" for text in middle), last])


def _class(text: str, start: int) -> tuple[str, int]:
    """Return the regular expression of the class that begins at `start`, and where it ends."""
    negated = text[start : start + 1] in ("!", "^")
    first = start + negated
    end = text.find("]", first + 1)
    if end < 0:
        raise _invalid(text, "its `[` is not closed")
    members = re.sub(r"([\[\]\\^&|~])", r"\\\1", text[first:end])
    return f"[{'^' if negated else ''}{members}]", end + 1


def _unquoted(text: str) -> str:
    if text[:1] not in ("'", '"'):
        return text

    scanner = Scanner(text)
    try:
        value = scanner.string()
    except ExpressionError as error:
        raise _invalid(text, error.reason) from None
    if scanner.peek():
        raise _invalid(text, "something follows the quotation")
    return value


def _invalid(text: str, reason: str) -> Refused:
    return Refused(f"Invalid name pattern `{plain(text)}`: {reason}", code="name_pattern")
