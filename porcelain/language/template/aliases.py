"""Aliases of templates, as they are declared: `name`, `name(x, y)` or `kind:x`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

PATTERN_ALIAS = -1
"""Stands for the number of parameters of an alias `kind:x`."""


class Alias(NamedTuple):
    """The parameters of an alias and its text."""

    parameters: tuple[str, ...]
    text: str


Aliases = Mapping[tuple[str, int | None], Alias]


def declared(declaration: str, text: str) -> tuple[tuple[str, int | None], Alias]:
    """Return a name with its number of parameters, None without parentheses, and the alias."""
    name, opened, rest = declaration.partition("(")
    if not opened and ":" in name:
        name, _, parameter = name.partition(":")
        return (name.strip(), PATTERN_ALIAS), Alias((parameter.strip(),), text)
    parameters = tuple(one.strip() for one in rest.rstrip(") ").split(",") if one.strip())
    return (name.strip(), len(parameters) if opened else None), Alias(parameters, text)
