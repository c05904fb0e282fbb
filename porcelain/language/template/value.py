"""Values of templates, and the fragments that they print.

The output of a template is a list of fragments: a text and the labels that describe it,
outermost first. The command line decides how a label looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

Labels = tuple[str, ...]


class Fragment(NamedTuple):
    """A piece of output."""

    labels: Labels
    text: str


class RenderFault(Exception):
    """A value cannot be computed for one subject; it is printed in the value's place."""


class Id:
    """A commit or change id; `unique` returns how many of its digits name it alone."""

    __slots__ = ("text", "unique")

    def __init__(self, text: str, unique: Callable[[], int]) -> None:
        self.text = text
        self.unique = unique


class ShortestPrefix(NamedTuple):
    """The beginning of an id: its unique prefix, and further digits that are shown beside it."""

    prefix: str
    rest: str


def shortest(of: Id, least: int) -> ShortestPrefix:
    """Return the unique prefix of an id, with further digits beside it up to `least`."""
    unique = of.unique()
    return ShortestPrefix(of.text[:unique], of.text[unique : max(unique, least)])


class Timestamp:
    """A moment, in milliseconds since the epoch; `now` returns the present one."""

    __slots__ = ("milliseconds", "now", "utc")

    def __init__(self, milliseconds: int, now: Callable[[], int], *, utc: bool = False) -> None:
        self.milliseconds = milliseconds
        self.now = now
        self.utc = utc

    def written(self, form: str) -> str:
        """Return the moment in a form of `strftime`.

        Raises:
            RenderFault: no calendar has it, or the form is none.
        """
        moment = time.gmtime if self.utc else time.localtime
        try:
            return time.strftime(form, moment(self.milliseconds // 1000))
        except (ValueError, OverflowError, OSError):
            raise RenderFault("the time cannot be written so") from None

    def __str__(self) -> str:
        return self.written("%Y-%m-%d %H:%M:%S")


def as_json(value: object) -> str:
    """Return a value as JSON; of a subject what its `data` returns."""
    import json

    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, Id):
        return value.text
    if isinstance(value, ShortestPrefix):
        return value._asdict()
    if isinstance(value, Timestamp):
        return value.written("%Y-%m-%dT%H:%M:%S%z")
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    data = getattr(value, "data", None)
    return data() if callable(data) else value


def fragments(value: object, labels: Labels) -> Iterable[Fragment]:
    """Return the fragments that print a value."""
    if isinstance(value, list):
        return list_fragments(value, [Fragment(labels, " ")], labels)
    if isinstance(value, ShortestPrefix):
        parts = [Fragment((*labels, name), text) for name, text in value._asdict().items()]
        return [part for part in parts if part.text]
    if isinstance(value, Id):
        value = value.text
    elif isinstance(value, bool):
        value = "true" if value else "false"
    text = str(value)
    return [Fragment(labels, text)] if text else []


def list_fragments(
    items: Iterable[object], between: list[Fragment], labels: Labels
) -> list[Fragment]:
    """Return the fragments that print a list; an item may be a list of fragments itself."""
    found: list[Fragment] = []
    for number, item in enumerate(items):
        if number:
            found += between
        if isinstance(item, list):
            found += [Fragment((*labels, *part.labels), part.text) for part in item]
        else:
            found += fragments(item, labels)
    return found


def fault_fragments(fault: RenderFault, labels: Labels) -> list[Fragment]:
    """Return the fragments that are printed in the place of a value that cannot be computed."""
    labels = (*labels, "error")
    return [
        Fragment(labels, "<"),
        Fragment((*labels, "heading"), "Error: "),
        Fragment(labels, f"{fault}>"),
    ]
