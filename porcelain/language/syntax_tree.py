"""The parts of a parsed text that revsets and templates share.

Every part remembers its span in the text, so that an error found later (an unknown function, a
wrong number of arguments) can still point at its place.
"""

from __future__ import annotations

from typing import dataclass_transform

from porcelain.display import Span


@dataclass_transform()
class _Part:
    """Takes its fields as a dataclass does; importing `dataclasses` would delay every start."""

    _fields: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        cls._fields += tuple(cls.__annotations__)

    def __init__(self, *values: object, **named: object) -> None:
        self.__dict__.update(zip(self._fields, values, strict=False), **named)
        self.depth = 1 + max(map(_depth, values[1:]), default=0)


def _depth(value: object) -> int:
    """Return how many parts there are from a field's value down to the deepest within it."""
    if isinstance(value, _Part):
        return value.depth
    return max(map(_depth, value), default=0) if isinstance(value, tuple) else 0


class Expression(_Part):
    """Any part of a text that has a value; `span` is its place in the text."""

    span: Span


class KeywordArgument(Expression):
    """One `key=value` of a call."""

    name: str
    value: Expression


class Call(Expression):
    """`name(arguments, key=value)`, or a method's `target.name(...)`.

    `inside` is the span between the parentheses.
    """

    target: Expression | None
    name: str
    name_span: Span
    arguments: tuple[Expression, ...]
    keywords: tuple[KeywordArgument, ...]
    inside: Span


class Pattern(Expression):
    """`kind:value`, which only some functions take as an argument."""

    kind: str
    value: Expression
