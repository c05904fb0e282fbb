"""The parts of a parsed revset, besides those that all languages share.

A chain of one operator is one part with many operands: a script's union of 10,000 ids is as
flat as it was written.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from porcelain.language.syntax_tree import Expression


class Symbol(Expression):
    """A name or an id: `main`, `kxyz`, `kxyz/1`, `"quoted name"`; a quoted one is no alias."""

    name: str
    quoted: bool


class RemoteSymbol(Expression):
    """A name as a remote last had it: `name@remote`."""

    name: str
    remote: str


class Workspace(Expression):
    """The current commit of a workspace: `name@`; None is `@`, one's own."""

    name: str | None


class Step(Expression):
    """Parents (`x-`) or children (`x+`) of the operand, `count` generations away."""

    operator: Literal["-", "+"]
    operand: Expression
    count: int


class Range(Expression):
    """`start::end` or `start..end`; None is a side that was left out."""

    operator: Literal["::", ".."]
    start: Expression | None
    end: Expression | None


class Negation(Expression):
    """`~operand`: all other commits."""

    operand: Expression


class Union(Expression):
    """`a | b | c`: two terms or more."""

    terms: tuple[Expression, ...]


class Intersection(Expression):
    """`a & b ~ c & d`: in all of `terms` (one or more), in none of `removed`."""

    terms: tuple[Expression, ...]
    removed: tuple[Expression, ...]


class Revset(NamedTuple):
    """A parsed revset and the text that it was parsed from."""

    text: str
    root: Expression
