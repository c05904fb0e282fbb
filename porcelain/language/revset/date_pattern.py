"""Dates in revsets: `after:"2026-03-12"`, `before:"2 days ago"`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from porcelain.language.revset.function import Scope, word
from porcelain.language.syntax_tree import Expression, Pattern

_AGO = re.compile(r"(\d{1,6})\s*(second|minute|hour|day|week|month|year)s?\s+ago", re.IGNORECASE)
_DAY = re.compile(
    r"(today|yesterday)(?:\s+(\d{1,2})(?::(\d\d))?(?::(\d\d))?\s*(am|pm)?)?", re.IGNORECASE
)
_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 30 * 86_400,
    "year": 365 * 86_400,
}
_HINT = (
    'Write `after:` or `before:` and a date, such as `after:2026-03-12` or `before:"2 days ago"`'
)


def date_test(scope: Scope, expression: Expression) -> Callable[[int], bool]:
    """Return a test of seconds since the epoch: `after:` includes its moment, `before:` does not.

    A date alone is its first moment; a date without a zone is in the local one.
    """
    inner, found = scope.expand(expression)
    if not isinstance(found, Pattern) or found.kind not in ("after", "before"):
        inner.fail("expected a date pattern", found.span, [_HINT])
    text = word(inner, found.value, "a date")
    try:
        moment = seconds_of(text.strip(), inner.facts.now())
    except (ValueError, OverflowError, OSError):
        inner.fail("this is neither a date in ISO 8601 nor like `2 days ago`", found.span, [_HINT])
    if found.kind == "after":
        return lambda seconds: seconds >= moment
    return lambda seconds: seconds < moment


def seconds_of(text: str, now: int) -> float:
    """Return the seconds since the epoch that a text names; `now` is in milliseconds.

    Raises:
        ValueError, OverflowError, OSError: it names no time.
    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now / 1000 - int(ago[1]) * _SECONDS[ago[2].lower()]
    if text.lower() == "now":
        return now / 1000
    day = _DAY.fullmatch(text)
    if day is None:
        return datetime.fromisoformat(text).astimezone().timestamp()
    start = datetime.fromtimestamp(now / 1000, UTC).astimezone()
    start -= timedelta(days=day[1].lower() == "yesterday")
    hour = int(day[2] or 0)
    if day[5]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + 12 * (day[5].lower() == "pm")
    wanted = start.replace(
        hour=hour, minute=int(day[3] or 0), second=int(day[4] or 0), microsecond=0
    )
    return wanted.replace(tzinfo=None).astimezone().timestamp()
