"""Values of templates, and the fragments that they print.

The output of a template is a list of fragments: a text and the labels that describe it,
outermost first. The command line decides how a label looks.
"""

from __future__ import annotations

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


def fragments(value: object, labels: Labels) -> Iterable[Fragment]:
    """Return the fragments that print a value."""
    if isinstance(value, ShortestPrefix):
        parts = [Fragment((*labels, name), text) for name, text in value._asdict().items()]
        return [part for part in parts if part.text]
    if isinstance(value, Id):
        value = value.text
    elif isinstance(value, bool):
        value = "true" if value else "false"
    text = str(value)
    return [Fragment(labels, text)] if text else []


def fault_fragments(fault: RenderFault, labels: Labels) -> list[Fragment]:
    """Return the fragments that are printed in the place of a value that cannot be computed."""
    labels = (*labels, "error")
    return [
        Fragment(labels, "<"),
        Fragment((*labels, "heading"), "Error: "),
        Fragment(labels, f"{fault}>"),
    ]
