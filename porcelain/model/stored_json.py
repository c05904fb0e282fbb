"""Check decoded JSON against a declared form: types, ranges and members.

A form is a function of a value and its place; it returns the checked value or raises `Misfit`.

    CHECK = record({"session": optional(text), "commit": optional(object_id)})
    fields = decode(data, CHECK)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from store.ids import is_full_id

Form = Callable[[Any, str], Any]
_LATEST = 253_370_764_800_000  # the end of year 9998, in any time zone


class Misfit(ValueError):
    """A value that is not of its declared form; the text says where and why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)


def decode(data: bytes | str, form: Form) -> Any:
    """Return JSON that has a form.

    Raises:
        Misfit: it is no JSON, or has another form.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Misfit("", f"it is not valid JSON: {error}") from error
    return form(value, "")


def text(value: Any, place: str) -> str:
    """Accept text that can be encoded."""
    if not isinstance(value, str):
        raise Misfit(place, "it is not text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Misfit(place, "it is not valid Unicode") from error
    return value


def truth(value: Any, place: str) -> bool:
    """Accept true and false."""
    if not isinstance(value, bool):
        raise Misfit(place, "it is neither true nor false")
    return value


def one_of(*texts: str) -> Form:
    """Accept one of these texts."""

    def check(value: Any, place: str) -> str:
        if value not in texts or not isinstance(value, str):
            raise Misfit(place, f"it is none of {', '.join(texts)}")
        return value

    return check


def object_id(value: Any, place: str) -> str:
    """Accept the full id of an object."""
    if not isinstance(value, str) or not is_full_id(value):
        raise Misfit(place, "it is not an id of 40 hex digits")
    return value


def number(low: int, high: int) -> Form:
    """Accept whole numbers of a range."""

    def check(value: Any, place: str) -> int:
        if type(value) is not int or not low <= value <= high:
            raise Misfit(place, f"it is not a whole number from {low} to {high}")
        return value

    return check


milliseconds = number(0, _LATEST)
"""Accepts a time since the epoch."""


def optional(form: Form) -> Form:
    """Accept null too."""
    return lambda value, place: None if value is None else form(value, place)


def list_of(form: Form) -> Form:
    """Accept a list, as a tuple."""

    def check(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Misfit(place, "it is not a list")
        return tuple(form(one, f"{place}[{number}]") for number, one in enumerate(value))

    return check


def mapping(keys: Form, values: Form) -> Form:
    """Accept an object with any members."""

    def check(value: Any, place: str) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise Misfit(place, "it is not an object")
        return {keys(k, f"{place} key"): values(v, f"{place}.{k}") for k, v in value.items()}

    return check


def record(members: Mapping[str, Form]) -> Form:
    """Accept an object with these members; others are left out."""

    def check(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Misfit(place, "it is not an object")
        for name in members:
            if name not in value:
                raise Misfit(f"{place}.{name}" if place else name, "it is missing")
        return {
            name: form(value[name], f"{place}.{name}" if place else name)
            for name, form in members.items()
        }

    return check
