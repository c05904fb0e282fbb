"""The methods of templates, by type and name.

Their signatures and descriptions are in `vocabulary`; a compiled template needs only these.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from porcelain.display import ago, duration
from porcelain.language.template.value import (
    Id,
    RenderFault,
    ShortestPrefix,
    Timestamp,
    TimestampRange,
    Trailer,
    as_json,
)

if TYPE_CHECKING:
    from porcelain.language.string_pattern import NamePattern


def _short(of: Id, length: int = 12) -> str:
    return of.text[: _natural(length)]


def _shortest(of: Id, least: int = 0) -> ShortestPrefix:
    unique = of.unique()
    return ShortestPrefix(of.text[:unique], of.text[unique : max(unique, _natural(least))])


def _natural(length: int) -> int:
    if length < 0:
        raise RenderFault("a length cannot be negative")
    return length


def _normal_hex(of: Id) -> str:
    return of.text.translate(str.maketrans("zyxwvutsrqponmlk", "0123456789abcdef"))


def _first_line(text: str) -> str:
    return text.partition("\n")[0].removesuffix("\r")


def _substr(text: str, start: int, end: int | None = None) -> str:
    return text[start:end]


def _match(text: str, pattern: NamePattern) -> str:
    span = next(iter(pattern.spans(text)), None)
    return "" if span is None else text[slice(*span)]


def _split(text: str, pattern: NamePattern, most: int | None = None) -> list[str]:
    if most == 0:
        return []
    parts: list[str] = []
    here = 0
    for start, end in pattern.spans(text):
        if most is not None and len(parts) + 1 >= most:
            break
        parts.append(text[here:start])
        here = end
    return [*parts, text[here:]]


def _replace(text: str, pattern: NamePattern, new: str, most: int | None = None) -> str:
    parts, here = [], 0
    for start, end in pattern.spans(text)[:most]:
        parts += [text[here:start], _filled(new, pattern, text[start:end])]
        here = end
    return "".join([*parts, text[here:]])


def _filled(new: str, pattern: NamePattern, found: str) -> str:
    """Return a replacement with `$0`, `$1`, … replaced by the groups of a match."""
    if "$" not in new:
        return new
    groups = pattern.groups(found)

    def group(reference: re.Match[str]) -> str:
        number = int(reference[1])
        return groups[number] if number < len(groups) else ""

    return re.sub(r"\$(\d{1,2})", group, new)


def _element(items: list[Any], place: int) -> Any:
    if not 0 <= place < len(items):
        raise RenderFault(f"the list has no item {place}" if items else "the list is empty")
    return items[place]


def _contains_key(trailers: list[Trailer], key: str) -> bool:
    return any(one.key == key for one in trailers)


def _after(one: Timestamp, text: str) -> bool:
    return one.milliseconds >= _milliseconds(one, text)


def _milliseconds(one: Timestamp, text: str) -> float:
    from porcelain.language.revset.date_pattern import seconds_of

    try:
        return seconds_of(text.strip(), one.now()) * 1000
    except (ValueError, OverflowError, OSError):
        raise RenderFault(f"`{text}` is no date") from None


def _case(change: Callable[[str], str]) -> Callable[[ShortestPrefix], ShortestPrefix]:
    return lambda one: ShortestPrefix(change(one.prefix), change(one.rest))


_IDS: dict[str, Callable[..., object]] = {"short": _short, "shortest": _shortest}

METHODS: dict[str, dict[str, Callable[..., Any]]] = {
    "String": {
        "len": len,
        "contains": str.__contains__,
        "match": _match,
        "starts_with": str.startswith,
        "ends_with": str.endswith,
        "remove_prefix": str.removeprefix,
        "remove_suffix": str.removesuffix,
        "trim": str.strip,
        "trim_start": str.lstrip,
        "trim_end": str.rstrip,
        "substr": _substr,
        "first_line": _first_line,
        "lines": str.splitlines,
        "split": _split,
        "replace": _replace,
        "upper": str.upper,
        "lower": str.lower,
        "escape_json": as_json,
    },
    "List": {
        "len": len,
        "first": lambda items: _element(items, 0),
        "last": lambda items: _element(items[::-1], 0),
        "get": _element,
        "reverse": lambda items: items[::-1],
        "skip": lambda items, count: items[_natural(count) :],
        "take": lambda items, count: items[: _natural(count)],
        "contains_key": _contains_key,
    },
    "ChangeId": {**_IDS, "normal_hex": _normal_hex},
    "CommitId": _IDS,
    "OperationId": _IDS,
    "ShortestIdPrefix": {
        "prefix": lambda one: one.prefix,
        "rest": lambda one: one.rest,
        "upper": _case(str.upper),
        "lower": _case(str.lower),
    },
    "Timestamp": {
        "ago": lambda one: ago(one.now() - one.milliseconds),
        "format": Timestamp.written,
        "utc": lambda one: Timestamp(one.milliseconds, one.now, utc=True),
        "local": lambda one: Timestamp(one.milliseconds, one.now),
        "after": _after,
        "before": lambda one, text: not _after(one, text),
        "since": lambda one, start: TimestampRange(start, one),
    },
    "TimestampRange": {
        "start": lambda one: one.start,
        "end": lambda one: one.end,
        "duration": lambda one: duration(max(0, one.end.milliseconds - one.start.milliseconds)),
    },
    "Signature": {
        "name": lambda one: one.name,
        "email": lambda one: one.email,
        "timestamp": lambda one: one.timestamp,
    },
    "Email": {
        "local": lambda text: text.partition("@")[0],
        "domain": lambda text: text.partition("@")[2],
    },
    "Trailer": {"key": lambda one: one.key, "value": lambda one: one.value},
    "SizeHint": {
        "lower": lambda one: one.lower,
        "upper": lambda one: one.upper,
        "exact": lambda one: one.exact,
        "zero": lambda one: one.upper == 0,
    },
    "ConfigValue": {
        "as_string": lambda one: one.as_string(),
        "as_boolean": lambda one: one.as_boolean(),
        "as_integer": lambda one: one.as_integer(),
        "as_string_list": lambda one: one.as_string_list(),
    },
}
"""The methods of values that are no subjects; those of subjects are their keywords."""
