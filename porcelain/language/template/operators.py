"""The operators of templates between numbers, texts and booleans."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from porcelain.language.template.value import RenderFault

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def _divide(left: int, right: int) -> int:
    """Divide towards zero."""
    if right == 0:
        raise RenderFault("cannot divide by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def in_range(number: int) -> int:
    """Return a number if it is one of 64 bits; larger ones could be too long to print."""
    if not _SMALLEST <= number <= _LARGEST:
        raise RenderFault("the number does not fit in 64 bits")
    return number


def rank(value: Any) -> tuple[bool, Any]:
    """Return what a value is compared by: one that is not set is less than any other."""
    return value is not None, value


COMPUTED: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": lambda left, right: left - right * _divide(left, right),
}
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
